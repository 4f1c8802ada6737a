from __future__ import annotations

import pytest

from vsearch.catalog import product_store
from vsearch.catalog.product import Product
from vsearch.catalog.product_pages import find_stored, product_page
from vsearch.errors import FilterError, QueryError


def skus(page) -> list[str]:
    return [one.product.sku for one in page.products]


@pytest.fixture
def ten(connection, shop):
    """Ten products: the even ones are mugs, the odd ones lamps."""
    run = shop.run("north")
    shop.write(
        run,
        *(
            Product(
                sku=f"S{number}",
                title=f"{('Mug', 'Lamp')[number % 2]} number {number}",
                brand="Töpferei" if number < 5 else "Lumen",
                images=(f"{number}.jpg", "shared.jpg"),
            )
            for number in range(10)
        ),
    )
    shop.find_all()
    shop.reject("3.jpg", "truncated")
    return connection


def test_pages_of_all_follow_each_other(ten):
    seen, after = [], 0
    while after is not None:
        page = product_page(ten, after=after, k=4)
        assert page.total == 10
        seen += skus(page)
        after = page.after
    assert seen == [f"S{number}" for number in range(10)]
    # Exactly as many as fit on the pages: the last one says so.
    assert product_page(ten, k=10).after is None
    assert product_page(ten, k=9).after is not None


def test_what_leaves_meanwhile_shifts_no_page(ten):
    first = product_page(ten, k=3)
    product_store.remove(ten, ["S0", "S2", "S3"])
    assert skus(product_page(ten, after=first.after, k=3)) == ["S4", "S5", "S6"]


def test_a_filter_and_words(ten):
    page = product_page(ten, where="brand = Lumen", k=2)
    assert (skus(page), page.total) == (["S5", "S6"], 5)
    page = product_page(ten, where="brand = Lumen", words="mug", k=1)
    assert page.total == 2
    rest = product_page(ten, where="brand = Lumen", words="mug", k=5, after=page.after)
    assert sorted(skus(page) + skus(rest)) == ["S6", "S8"]
    assert rest.after is None
    # Those first that fit best.
    assert skus(product_page(ten, words="lamp 7"))[0] == "S7"
    assert product_page(ten, words="sofa").total == 0
    assert product_page(ten, words="?!").products == ()
    with pytest.raises(QueryError, match="after: 10000 is no product that these words find"):
        product_page(ten, words="mug", after=10_000)


def test_a_product_comes_with_its_images_and_its_feed(ten, sha256):
    three = product_page(ten, where="title : number", k=10).products[3]
    assert three == find_stored(ten, "S3")
    assert [(one.location, one.content_hash, one.reason) for one in three.images] == [
        ("3.jpg", "", "truncated"),
        ("shared.jpg", sha256("shared.jpg"), ""),
    ]
    assert three.product.images == ("3.jpg", "shared.jpg")
    assert (three.feed, three.added_at) == ("north", three.updated_at)
    assert find_stored(ten, "nobody") is None


@pytest.mark.parametrize("k", [0, -1, 1_001])
def test_a_page_has_a_length(connection, k):
    with pytest.raises(QueryError, match=f"k: {k} is not from 1 to 1,000"):
        product_page(connection, k=k)


def test_a_filter_that_cant_be_read(connection):
    with pytest.raises(FilterError):
        product_page(connection, where="price <")
