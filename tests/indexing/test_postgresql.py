"""The whole path with the catalogue in PostgreSQL: the folder holds the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vsearch.collection import Collection
from vsearch.errors import CollectionLocked
from vsearch.indexing.lock import writing
from vsearch.layout import Layout


@pytest.fixture
def settings(settings, new_postgresql):
    return replace(settings, database_url=new_postgresql())


def test_index_query_prune_and_remove(target, feed, picture, hash_of, no_encoder):
    feed.list("D", "gone.jpg")
    feed.list("E", "b.jpg", price="abc")
    run = target.index(feed)
    assert run.products() == {"added": 4, "rejected": 1}
    assert run.images() == {"encoded": 4, "rejected": 1}
    assert not Layout(target.folder).database.exists()
    contents = target.contents()
    assert contents.views["A"] == [hash_of(0), hash_of(1)]
    with target.open() as collection:
        best = collection.query(image=picture(2))[0]
        assert (best.sku, str(best.price), best.currency) == ("B", "19.90", "EUR")
        assert {hit.sku for hit in collection.query(sku="A")} == {"B", "C"}
        status = collection.status()
        assert (status.products, status.without_image, status.database_bytes) == (4, 1, 0)
        assert [str(one) for one in collection.rejected_images()] == ["gone.jpg: no such file"]
        with no_encoder():
            again = collection.index(feed.write())
        assert (again.images.unchanged, again.images.rejected) == (4, 1)

        feed.drop("B", "D", "E")
        feed.put("c.jpg", 70)
        assert target.index(feed, prune=True, dry_run=True).products() == {
            "unchanged": 2,
            "removed": 2,
        }
        assert target.contents() == contents
        assert target.index(feed, prune=True).images() == {"encoded": 1, "unchanged": 2}
        # A collection that is open sees the new generation.
        assert {hit.sku for hit in collection.query(image=picture(70))} == {"A", "C"}
        assert collection.remove(["A"]).removed == ("A",)
        assert [hit.sku for hit in collection.query(image=picture(70))] == ["C"]
    assert target.contents().indexed == {hash_of(70)}


def test_other_encoders_and_kinds_of_index(target, feed, settings):
    target.index(feed)
    before = target.contents()
    other = replace(settings, weights="random:1")
    target.index(feed, settings=other, replace_encoder=True, index_kind="hnsw")
    assert target.contents(other) == before


def test_creating_and_opening(target, settings):
    with Collection.create(target.folder, settings=settings) as collection:
        assert collection.status().products == 0
    with target.open() as collection:
        assert list(collection.export()) == []


def test_the_folder_still_holds_the_lock(target, feed):
    with writing(Layout(target.folder)), pytest.raises(CollectionLocked, match="process"):
        target.index(feed)
