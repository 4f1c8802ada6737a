from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from vsearch.catalog import image_store, product_store, product_views
from vsearch.catalog.product import Product

MUG = Product("MUG", title="Mug", images=("mug.jpg", "mug-back.jpg"))
CUP = Product("CUP", title="Cup", images=("cup.jpg",))
BARE = Product("BARE", title="No picture")


def ids(connection: Connection, *skus: str) -> list[int]:
    found = [product_store.product_id(connection, sku) for sku in skus]
    assert None not in found
    return [one for one in found if one is not None]


def skus(connection: Connection) -> list[str]:
    return [product.sku for _, product in product_store.iterate(connection)]


def test_finding_by_sku(shop, connection: Connection) -> None:
    shop.write(shop.run(), MUG, CUP)
    assert product_store.find(connection, "CUP") == CUP
    assert product_store.find(connection, "cup") is None
    assert product_store.product_id(connection, "cup") is None


def test_loading_leaves_out_what_is_not_there(shop, connection: Connection) -> None:
    shop.write(shop.run(), MUG, CUP)
    mug, cup = ids(connection, "MUG", "CUP")
    assert product_store.load(connection, [cup, 10**9, mug]) == {mug: MUG, cup: CUP}
    assert product_store.load(connection, []) == {}


def test_iterating_goes_by_id_over_many_pages(shop, connection: Connection) -> None:
    products = [Product(f"S{n}", images=(f"{n % 7}.jpg",)) for n in reversed(range(2_001))]
    shop.write(shop.run(), *products)
    found = list(product_store.iterate(connection))
    assert [product for _, product in found] == products
    numbers = [number for number, _ in found]
    assert numbers == sorted(numbers)
    assert product_store.load(connection, numbers) == dict(found)


def test_counting(shop, connection: Connection) -> None:
    run = shop.run()
    shop.write(run, MUG, CUP, BARE)
    assert product_store.count(connection) == 3
    assert product_store.count_without_image(connection) == 3
    shop.find_all()
    assert product_store.count_without_image(connection) == 1
    shop.reject("mug.jpg")
    assert product_store.count_without_image(connection) == 1
    shop.reject("mug-back.jpg")
    assert product_store.count_without_image(connection) == 2


def test_removing_names_what_was_there(shop, connection: Connection) -> None:
    shop.write(shop.run(), MUG, CUP, BARE)
    assert sorted(product_store.remove(connection, ["MUG", "no such", "BARE", "MUG"])) == [
        "BARE",
        "MUG",
    ]
    assert skus(connection) == ["CUP"]
    assert product_store.remove(connection, []) == []
    shop.write(shop.run(), MUG)
    assert product_store.find(connection, "MUG") == MUG


def test_removing_more_than_a_page(shop, connection: Connection) -> None:
    products = [Product(f"S{n}", images=("one.jpg",)) for n in range(1_500)]
    shop.write(shop.run(), *products)
    removed = product_store.remove(connection, [product.sku for product in products[1:]])
    assert len(removed) == 1_499
    assert skus(connection) == ["S0"]


def test_ids_are_never_given_again(shop, connection: Connection) -> None:
    shop.write(shop.run(), MUG, CUP)
    (last,) = ids(connection, "CUP")
    (source,) = [shop.source_ids()["cup.jpg"]]
    product_store.remove(connection, ["CUP"])
    image_store.forget_unshown_sources(connection)
    shop.write(shop.run(), CUP)
    assert ids(connection, "CUP")[0] > last
    assert shop.source_ids()["cup.jpg"] > source


def test_pruning_removes_what_the_latest_run_of_the_feed_left_out(
    shop, connection: Connection
) -> None:
    other = Product("OTHER", images=("cup.jpg",))
    shop.write(shop.run("other"), other)
    shop.write(shop.run(), MUG, CUP, BARE)
    run = shop.run()
    shop.write(run, CUP)
    assert product_store.prune(connection, run) == 2
    assert skus(connection) == ["OTHER", "CUP"]
    assert product_store.prune(connection, run) == 0


def test_pruning_more_than_a_page(shop, connection: Connection) -> None:
    shop.write(shop.run(), *[Product(f"S{n}", images=(f"{n}.jpg",)) for n in range(2_100)])
    run = shop.run()
    shop.write(run, CUP)
    assert product_store.prune(connection, run) == 2_100
    assert skus(connection) == ["CUP"]


def test_keeping_spares_a_product_of_the_same_feed(shop, connection: Connection) -> None:
    shop.write(shop.run("other"), Product("OTHER"))
    shop.write(shop.run(), MUG, CUP)
    run = shop.run()
    shop.write(run, CUP)
    product_store.keep(connection, run, ["MUG", "never seen", "OTHER"])
    assert product_store.prune(connection, run) == 0
    assert product_store.find(connection, "MUG") == MUG
    # What another feed lists isn't this feed's to keep.
    assert product_store.prune(connection, shop.run("other")) == 1


@pytest.fixture
def shared(shop, connection: Connection) -> int:
    """One picture that is the second view of A, the main one of B, C and D; its image id."""
    run = shop.run()
    shop.write(
        run,
        Product("A", images=("a.jpg", "shared.jpg")),
        Product("B", images=("shared.jpg", "b.jpg")),
        Product("C", images=("shared.jpg",)),
        Product("D", images=("copy-of-shared.jpg",)),
    )
    shop.find_all(lambda location: "shared" if "shared" in location else location)
    (product,) = ids(connection, "C")
    return product_views.views_of_products(connection, [product])[product][0].image_id


@pytest.mark.parametrize(
    ("each", "expected"), [(1, "B"), (2, "BC"), (3, "BCD"), (4, "BCDA"), (100, "BCDA")]
)
def test_views_of_images_main_images_first_then_older_products(
    connection: Connection, shared: int, each: int, expected: str
) -> None:
    views = product_views.views_of_images(connection, [shared, 10**9], each=each)
    products = dict(product_store.iterate(connection))
    assert list(views) == [shared]
    assert "".join(products[view.product_id].sku for view in views[shared]) == expected


def test_the_limit_on_views_is_for_each_image(shop, connection: Connection, shared: int) -> None:
    images = image_store.live_ids(connection, shop.encoder()).tolist()
    assert len(images) == 3
    views = product_views.views_of_images(connection, images, each=1)
    assert {image: len(found) for image, found in views.items()} == dict.fromkeys(images, 1)


def test_views_of_images_over_many_pages(shop, connection: Connection) -> None:
    products = [Product(f"S{n}", images=(f"{n}.jpg",)) for n in range(1_200)]
    run = shop.run()
    for start in (0, 600):
        shop.write(run, *products[start : start + 600])
    shop.find_all()
    images = image_store.live_ids(connection, shop.encoder()).tolist()
    views = product_views.views_of_images(connection, images, each=3)
    assert sorted(view.location for found in views.values() for view in found) == sorted(
        shop.source_ids()
    )


def test_a_view_tells_where_its_image_is(shop, connection: Connection, sha256) -> None:
    url = "https://cdn.example/mug.jpg?w=1"
    shop.write(shop.run(root="/srv/shop"), replace(MUG, images=("front/mug.jpg", url)))
    shop.find_all()
    (mug,) = ids(connection, "MUG")
    first, second = product_views.views_of_products(connection, [mug])[mug]
    assert (first.address, first.position) == ("/srv/shop/front/mug.jpg", 0)
    assert (second.address, second.position) == (url, 1)
    assert first.content_hash == sha256("front/mug.jpg")


def test_only_usable_images_are_views(shop, connection: Connection) -> None:
    shop.write(shop.run(), MUG, CUP, BARE)
    mug, cup, bare = ids(connection, "MUG", "CUP", "BARE")
    assert product_views.views_of_products(connection, [mug, cup, bare]) == {}
    shop.find_all()
    shop.reject("mug.jpg")
    views = product_views.views_of_products(connection, [bare, cup, mug, 10**9])
    locations = {product: [view.location for view in found] for product, found in views.items()}
    assert locations == {mug: ["mug-back.jpg"], cup: ["cup.jpg"]}
