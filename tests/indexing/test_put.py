"""A few products put or removed: stored, found at once, and as an indexing run would have it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from vsearch.catalog.product import Availability, Product
from vsearch.catalog.product_outcome import Outcome
from vsearch.catalog.revision import catalogue_revision, is_indexed
from vsearch.collection import Collection
from vsearch.errors import CollectionLocked, ProductRejected
from vsearch.images.content import content_hash
from vsearch.indexing import live_writer
from vsearch.indexing.changes import ProductChange
from vsearch.indexing.lock import writing
from vsearch.indexing.removal import Removal
from vsearch.layout import Layout

LAMP = Product(
    sku="LAMP",
    title="Desk lamp",
    description="Bends where you want it",
    brand="Lumen",
    category=("Home", "Lamps"),
    price=Decimal("39.90"),
    currency="EUR",
    availability=Availability.IN_STOCK,
    url="https://shop.example/lamp",
    gtin="4006381333931",
    item_group="LAMPS",
    attributes={"colour": "red", "watts": 7, "dims": True, "rooms": ("study", "hall")},
)


def outcomes(summary):
    return {one.sku: one.outcome for one in summary.products}


def uploads(target):
    folder = Layout(target.folder).uploads
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("??/*"))


@pytest.fixture
def shop(target, feed, settings):
    """A collection of the feed's three products, opened."""
    target.index(feed, feed_name="shop")
    with target.open() as collection:
        yield collection


def test_a_new_product_is_found_and_an_older_one_changes(shop, target, picture):
    pictures = picture(70), picture(71)
    with target.open() as reader:
        assert reader.query(image=pictures[0], k=1)[0].score < 0.999
        summary = shop.put([ProductChange(LAMP, pictures)])
        assert outcomes(summary) == {"LAMP": Outcome.CREATED}
        assert summary.generation == shop.manifest.generation == 2
        # Whoever reads sees it at their next query.
        for one in pictures:
            hit = reader.query(image=one, k=1)[0]
            assert (hit.sku, hit.score) == ("LAMP", pytest.approx(1, abs=1e-4))
    stored = shop.stored_product("LAMP")
    assert stored.product == replace(LAMP, images=stored.product.images)
    assert [one.content_hash for one in stored.images] == [content_hash(one) for one in pictures]
    assert (stored.feed, shop.stored_product("A").feed) == ("api", "shop")
    assert target.contents().views["LAMP"] == [content_hash(one) for one in pictures]

    cheaper = replace(LAMP, price=Decimal("29.90"))
    assert outcomes(shop.put([ProductChange(cheaper, pictures[::-1])])) == {"LAMP": Outcome.CHANGED}
    assert target.contents().views["LAMP"] == [content_hash(one) for one in pictures[::-1]]
    assert shop.query(image=pictures[0], k=1)[0].price == Decimal("29.90")


def test_without_pictures_it_keeps_those_that_it_has(shop, target, no_encoder):
    before = target.contents()
    with no_encoder():
        summary = shop.put([ProductChange(Product(sku="A", title="Renamed")), ProductChange(LAMP)])
    assert outcomes(summary) == {"A": Outcome.CHANGED, "LAMP": Outcome.CREATED}
    # Only words and prices have changed: the index is as it was.
    assert summary.generation == 1
    after = target.contents()
    assert (after.products["A"].title, after.products["A"].images) == (
        "Renamed",
        before.products["A"].images,
    )
    assert after.views["A"] == before.views["A"]
    assert after.indexed == before.indexed
    assert shop.stored_product("A").feed == "shop"


def test_what_is_as_it_was_writes_nothing(shop, picture, no_encoder):
    change = ProductChange(LAMP, (picture(70),))
    shop.put([change])
    with shop._engine.connect() as connection:
        before = catalogue_revision(connection)
    written = [path for path in shop.folder.rglob("*") if "products.db" not in path.name]
    mug = Product(sku="B", title="b", price=Decimal("19.90"), currency="EUR")
    summary = shop.put([change, ProductChange(mug)])
    assert outcomes(summary) == {"LAMP": Outcome.UNCHANGED, "B": Outcome.UNCHANGED}
    with shop._engine.connect() as connection:
        assert catalogue_revision(connection) == before
    assert written == [path for path in shop.folder.rglob("*") if "products.db" not in path.name]


def test_pictures_are_kept_once_and_go_with_the_last_that_shows_them(shop, target, picture):
    shared, own = picture(70), picture(71)
    lamps = [
        ProductChange(Product(sku="L1"), (shared, own, shared)),
        ProductChange(Product(sku="L2"), (shared,)),
    ]
    shop.put(lamps)
    names = [f"{(one := content_hash(data))[:2]}/{one}.jpg" for data in (shared, own)]
    assert uploads(target) == sorted(names)
    assert shop.image(content_hash(shared)) == shared
    assert shop.thumbnail(content_hash(shared), 80).startswith(b"RIFF")
    assert shop.remove(["L1", "L1", "nobody"]) == Removal(("L1",), ("nobody",))
    assert uploads(target) == names[:1]
    assert outcomes(shop.put([ProductChange(Product(sku="L2"), ())])) == {"L2": Outcome.CHANGED}
    assert uploads(target) == []
    assert not any(Layout(target.folder).uploads.iterdir())
    assert target.contents().views["L2"] == []
    # The embedding stays: coming back costs nothing.
    assert outcomes(shop.put(lamps[1:])) == {"L2": Outcome.CHANGED}
    assert shop.query(image=shared, k=1)[0].sku == "L2"
    target.contents()


def test_a_feed_takes_a_product_back_and_the_upload_goes(shop, target, feed, picture, hash_of):
    shop.put([ProductChange(Product(sku="A"), (picture(70),))])
    assert target.contents().views["A"] == [hash_of(70)]
    target.index(feed, feed_name="shop")
    assert target.contents().views["A"] == [hash_of(0), hash_of(1)]
    assert uploads(target) == []
    assert shop.stored_product("A").feed == "shop"
    assert {hit.sku for hit in shop.query(image=picture(70), k=3)} == {"A", "B", "C"}


def test_pictures_that_are_none(shop, target, picture, tmp_path):
    (tmp_path / "secret.jpg").write_bytes(picture(5))
    pictures = (
        b"no picture",
        picture(70)[:300],
        str(tmp_path / "secret.jpg"),
        f"file://{tmp_path}/secret.jpg",
        "http://127.0.0.1:9/x.jpg",
        picture(71),
    )
    (done,) = shop.put([ProductChange(LAMP, pictures)]).products
    assert done.outcome is Outcome.CREATED
    reasons = {one.location: one.reason for one in done.rejected}
    assert reasons["picture 1"] == "not an image but text"
    assert "truncated" in reasons["picture 2"] or "damaged" in reasons["picture 2"]
    for path in pictures[2:4]:
        assert reasons[path] == "neither the bytes of an image nor an http(s) URL"
    assert "refused" in reasons[pictures[4]]
    assert list(reasons) == ["picture 1", *pictures[2:4], "picture 2", pictures[4]]
    # What came as bytes and isn't an image leaves nothing; an address may be mended.
    images = shop.stored_product("LAMP").images
    assert [(one.location, bool(one.reason)) for one in images] == [
        (pictures[4], True),
        (uploads(target)[0], False),
    ]
    assert target.contents().views["LAMP"] == [content_hash(picture(71))]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"sku": ""}, "product: sku: it is empty"),
        ({"sku": "a\x07b"}, r'product: sku: "a\\x07b" holds a control character'),
        ({"sku": "x" * 256}, "product: sku: .* has 256 characters; 255 are allowed"),
        ({"sku": 7}, 'product: sku: "7" is not a text'),
        ({"price": Decimal("1.00001")}, 'N: price: "1.00001" has more than 4 decimal places'),
        ({"price": Decimal(-1)}, 'N: price: "-1" is negative'),
        ({"price": Decimal("NaN")}, 'N: price: "NaN" is not a price'),
        ({"price": "12.50"}, 'N: price: "12.50" is not a Decimal'),
        ({"currency": "EURO"}, 'N: currency: "EURO" is not a currency'),
        ({"availability": "perhaps"}, 'N: availability: "perhaps" is not an availability'),
        ({"url": "javascript:alert(1)"}, r'N: url: "javascript:alert\(1\)" is not a web address'),
        ({"category": "Home"}, 'N: category: "Home" is not a list of names'),
        ({"category": ("Home > Lamps",)}, 'N: category: "Home > Lamps" holds " > "'),
        ({"title": "a\0b"}, r"N: title: .*can't be stored"),
        ({"attributes": {"size": {"cm": 3}}}, r"N: attributes.size: .*neither a text, a number"),
        ({"attributes": {"size": [1, 2]}}, r"N: attributes.size: .*neither a text, a number"),
        ({"attributes": {"size": float("inf")}}, r'N: attributes.size: "inf" is not a number'),
    ],
)
def test_a_field_that_cant_be_is_named_and_nothing_is_changed(shop, fields, told):
    before = shop.status()
    with pytest.raises(ProductRejected, match=told):
        shop.put([ProductChange(LAMP), ProductChange(Product(**{"sku": "N"} | fields))])
    assert shop.status() == before


def test_a_product_is_given_once(shop):
    with pytest.raises(ProductRejected, match='LAMP: sku: "LAMP" is given twice'):
        shop.put([ProductChange(LAMP), ProductChange(LAMP, ())])
    assert shop.put([]).products == ()


def test_another_writer_is_waited_for_and_named(shop, target, monkeypatch):
    monkeypatch.setattr(live_writer, "PATIENCE_S", 0.1)
    with writing(Layout(target.folder)):
        for change in (lambda: shop.put([ProductChange(LAMP)]), lambda: shop.remove(["A"])):
            with pytest.raises(CollectionLocked, match=r"process \d+ on .* is writing"):
                change()
    assert outcomes(shop.put([ProductChange(LAMP)])) == {"LAMP": Outcome.CREATED}


def test_into_an_empty_collection_and_out_of_it(target, settings, picture):
    with Collection.create(target.folder, settings=settings) as empty:
        assert empty.put([ProductChange(LAMP)]).generation == 1
        assert empty.query(image=picture(1)) == []
        empty.put([ProductChange(LAMP, (picture(1),))])
        assert [hit.sku for hit in empty.query(image=picture(1))] == ["LAMP"]
        assert empty.remove(["LAMP"]).removed == ("LAMP",)
        assert empty.query(image=picture(1)) == []
    assert target.contents().indexed == set()


def test_what_a_writer_that_died_left_out_of_the_index_is_put_right(shop, target, picture):
    """Between its transaction and the new generation: the next change finds it out."""
    shop.put([ProductChange(LAMP, (picture(70),))])
    with sqlite3.connect(Layout(target.folder).database) as database:
        database.execute("DELETE FROM product_images WHERE product_id = 1")
        database.execute("UPDATE catalogue SET revision = revision + 1")
    database.close()
    with shop._engine.connect() as connection:
        assert not is_indexed(connection, shop.manifest.generation)
    shop.put([ProductChange(Product(sku="LAMP", title="Other words"))])
    assert target.contents().views["A"] == []
    with shop._engine.connect() as connection:
        assert is_indexed(connection, shop.manifest.generation)


def test_small_changes_compare_only_what_they_touch(shop, picture, monkeypatch):
    shop.put([ProductChange(LAMP, (picture(70),))])

    def refuse(*_arguments):
        raise AssertionError("the whole catalogue was compared")

    monkeypatch.setattr("vsearch.catalog.image_store.live_ids", refuse)
    monkeypatch.setattr("vsearch.catalog.image_store.forget_unshown_sources", refuse)
    shop.put([ProductChange(LAMP, (picture(72),))])
    assert shop.query(image=picture(72), k=1)[0].sku == "LAMP"
    shop.remove(["LAMP", "A"])
    assert {hit.sku for hit in shop.query(image=picture(72))} == {"B", "C"}


def test_uploads_are_found_where_the_folder_has_been_moved_to(target, feed, picture, tmp_path):
    target.index(feed)
    with target.open() as collection:
        collection.put([ProductChange(LAMP, (picture(70),))])
    target.folder = target.folder.rename(tmp_path / "elsewhere")
    with target.open() as collection:
        assert collection.image(content_hash(picture(70))) == picture(70)
        hit = collection.query(image=picture(70), k=1)[0]
        assert (hit.sku, Path(hit.image).read_bytes()) == ("LAMP", picture(70))
