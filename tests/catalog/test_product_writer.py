from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Connection, func, select

from vsearch.catalog import feed_store, product_store, product_views, schema
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.product import Product
from vsearch.catalog.source_registry import SourceRegistry

MUG = Product("MUG", title="Mug", price=Decimal("9.90"), images=("mug.jpg", "mug-back.jpg"))
CUP = Product("CUP", title="Cup", images=("cup.jpg",))


def stamps(connection: Connection, sku: str):
    columns = schema.products.c
    return connection.execute(
        select(columns.seen_run, columns.seen_row, columns.added_at, columns.updated_at).where(
            columns.sku == sku
        )
    ).one()


def counted(outcome) -> tuple[int, int, int, int]:
    return outcome.added, outcome.changed, outcome.unchanged, len(outcome.repeated)


def test_added_then_unchanged_then_changed(shop, connection: Connection) -> None:
    assert counted(shop.write(shop.run(), MUG, CUP)) == (2, 0, 0, 0)
    first = stamps(connection, "MUG")
    assert (first.seen_run, first.seen_row) == (1, 2)

    assert counted(shop.write(shop.run(), CUP, MUG)) == (0, 0, 2, 0)
    second = stamps(connection, "MUG")
    assert (second.seen_run, second.seen_row) == (2, 3)
    assert (second.added_at, second.updated_at) == (first.added_at, first.updated_at)

    cheaper = replace(MUG, price=Decimal("8.90"))
    assert counted(shop.write(shop.run(), CUP, cheaper)) == (0, 1, 1, 0)
    third = stamps(connection, "MUG")
    assert third.added_at == first.added_at
    assert third.updated_at > first.updated_at
    assert product_store.find(connection, "MUG") == cheaper


def test_a_product_keeps_its_id_when_it_changes(shop, connection: Connection) -> None:
    shop.write(shop.run(), MUG, CUP)
    before = product_store.product_id(connection, "MUG")
    shop.write(shop.run(), replace(MUG, title="Large mug"))
    assert product_store.product_id(connection, "MUG") == before


def test_a_sku_listed_twice_in_one_batch_names_the_first_row(shop, connection: Connection) -> None:
    second = replace(MUG, title="Another mug")
    outcome = shop.write(shop.run(), MUG, CUP, second)
    assert counted(outcome) == (2, 0, 0, 1)
    assert outcome.repeated == [(Listed(4, second), 2)]
    assert product_store.find(connection, "MUG") == MUG


def test_a_sku_listed_again_in_a_later_batch_names_the_first_row(
    shop, connection: Connection, listed
) -> None:
    writer = shop.writer(shop.run())
    writer.write(listed([MUG], 2))
    second = replace(MUG, title="Another mug")
    outcome = writer.write(listed([CUP, second], 3))
    assert counted(outcome) == (1, 0, 0, 1)
    assert outcome.repeated == [(Listed(4, second), 2)]
    assert product_store.find(connection, "MUG") == MUG


def test_change_lines_may_name_a_sku_again_and_the_last_counts(
    shop, connection: Connection, listed
) -> None:
    writer = shop.writer(shop.run(), may_repeat=True)
    second, third = replace(MUG, title="Second"), replace(MUG, title="Third", images=("x.jpg",))
    assert counted(writer.write(listed([MUG, CUP, second]))) == (2, 0, 0, 0)
    assert product_store.find(connection, "MUG") == second
    assert counted(writer.write(listed([third, CUP]))) == (0, 1, 1, 0)
    assert product_store.find(connection, "MUG") == third


def test_many_batches_give_every_product_its_own_images(
    shop, connection: Connection, listed
) -> None:
    products = [Product(f"S{n}", images=(f"{n}.jpg", "shared.jpg")) for n in range(2_500)]
    writer = shop.writer(shop.run())
    outcomes = [
        writer.write(listed(products[start : start + 1_000], start + 2))
        for start in range(0, len(products), 1_000)
    ]
    assert [counted(outcome) for outcome in outcomes] == [
        (1_000, 0, 0, 0),
        (1_000, 0, 0, 0),
        (500, 0, 0, 0),
    ]
    assert [product for _, product in product_store.iterate(connection)] == products
    sources = connection.scalar(select(func.count()).select_from(schema.image_sources))
    assert sources == len(products) + 1


def test_a_batch_may_show_more_images_than_a_statement_takes_parameters(
    shop, connection: Connection
) -> None:
    # PostgreSQL takes 65,535 in one statement: a thousand products of 66 views go beyond.
    locations = [f"{number}.jpg" for number in range(66_000)]
    feed = shop.run().feed_id
    added = SourceRegistry(connection, feed).ids(locations)
    assert len(set(added.values())) == len(locations)
    assert SourceRegistry(connection, feed).ids(locations[::2]) == {
        location: added[location] for location in locations[::2]
    }


def test_a_product_moves_to_the_feed_that_lists_it_last(shop, connection: Connection) -> None:
    old, new = shop.run("old", "/srv/old"), shop.run("new", "/srv/new")
    shop.write(old, MUG, CUP)
    shop.find_all()
    before = product_store.product_id(connection, "MUG")
    assert counted(shop.write(new, MUG)) == (0, 1, 0, 0)
    assert product_store.product_id(connection, "MUG") == before
    assert product_store.find(connection, "MUG") == MUG
    feeds = {feed.name: feed.products for feed in feed_store.known_feeds(connection)}
    assert feeds == {"old": 1, "new": 1}
    # Its paths start from the new feed's folder now: what was read in the old one tells nothing.
    assert product_views.views_of_products(connection, [before]) == {}
    shop.find_all()
    views = product_views.views_of_products(connection, [before])[before]
    assert [view.address for view in views] == ["/srv/new/mug.jpg", "/srv/new/mug-back.jpg"]
    # And the old feed can't prune it any more.
    assert product_store.prune(connection, shop.run("old", "/srv/old")) == 1
    assert product_store.find(connection, "CUP") is None
    assert product_store.find(connection, "MUG") == MUG


@pytest.mark.parametrize(
    "images",
    [
        ("mug-back.jpg", "mug.jpg"),
        ("new.jpg", "mug-back.jpg", "mug.jpg"),
        ("mug-back.jpg",),
        ("cup.jpg",),
        (),
    ],
)
def test_images_are_replaced_in_their_order(shop, connection: Connection, images) -> None:
    shop.write(shop.run(), MUG, CUP)
    changed = replace(MUG, images=images)
    assert counted(shop.write(shop.run(), changed, CUP)) == (0, 1, 1, 0)
    assert product_store.find(connection, "MUG") == changed
    assert product_store.find(connection, "CUP") == CUP


def test_products_that_show_one_image_share_its_source(shop, connection: Connection) -> None:
    run = shop.run()
    shop.write(run, MUG, replace(MUG, sku="MUG-RED"), replace(MUG, sku="MUG-BLUE"))
    locations = connection.scalars(select(schema.image_sources.c.location)).all()
    assert sorted(locations) == ["mug-back.jpg", "mug.jpg"]
    # The same path in another feed's folder is another file.
    shop.write(shop.run("other", "/srv/other"), replace(MUG, sku="OTHER"))
    assert connection.scalar(select(func.count()).select_from(schema.image_sources)) == 4


def test_a_row_that_was_malformed_doesnt_make_the_good_one_a_repeat(
    shop, connection: Connection, listed
) -> None:
    shop.write(shop.run(), MUG)
    run = shop.run()
    product_store.keep(connection, run, ["MUG"])
    assert counted(shop.writer(run).write(listed([MUG], 9))) == (0, 0, 1, 0)
    assert stamps(connection, "MUG").seen_row == 9
