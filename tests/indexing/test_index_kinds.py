"""The index is derived: any kind, any damage, it is made again without encoding."""

from __future__ import annotations

import shutil

import pytest

from vsearch.errors import CollectionDamaged, SettingsError
from vsearch.index.manifest import read_manifest
from vsearch.indexing.options import IndexOptions


@pytest.mark.parametrize("kind", ["exact", "hnsw", "ivf"])
def test_every_kind_can_be_asked_for_and_is_kept(target, feed, kind, picture, no_encoder):
    assert target.index(feed, index_kind=kind).summary.index_kind == kind
    feed.put("d.jpg", 4)
    feed.list("D", "d.jpg")
    feed.drop("A")
    run = target.index(feed, prune=True)
    assert (run.summary.index_kind, run.images()) == (kind, {"encoded": 1, "unchanged": 2})
    target.contents()
    with target.open() as collection:
        assert collection.query(image=picture(4))[0].sku == "D"
    with no_encoder():
        assert not target.index(feed).summary.published


def test_switching_encodes_nothing(target, feed, no_encoder):
    generation = target.index(feed).summary.generation
    assert read_manifest(target.folder).index_kind == "exact"
    for kind in ("hnsw", "ivf", "exact", "hnsw", "auto"):
        with no_encoder():
            run = target.index(feed, index_kind=kind)
        assert run.summary.published
        assert run.summary.generation > generation
        generation = run.summary.generation
        assert run.summary.index_kind == ("exact" if kind == "auto" else kind)
        assert len(target.contents().indexed) == 4


def test_asking_for_the_kind_that_it_is_publishes_nothing(target, feed):
    target.index(feed)
    run = target.index(feed, index_kind="exact")
    assert not run.summary.published
    assert read_manifest(target.folder).index_requested == "exact"


def test_a_kind_that_there_is_none_of():
    with pytest.raises(SettingsError, match=r'"lsh".*auto, exact, hnsw, ivf'):
        IndexOptions(index_kind="lsh")


def test_rebuilding_encodes_nothing(target, feed, no_encoder):
    target.index(feed)
    with no_encoder():
        run = target.index(feed, rebuild=True)
    assert run.summary.published
    assert run.images() == {"unchanged": 4}
    assert len(target.contents().indexed) == 4


def generation_folder(target):
    return target.folder / "index" / f"{read_manifest(target.folder).generation:08d}"


@pytest.mark.parametrize("damage", ["folder gone", "file gone", "file cut short", "all empty"])
def test_a_damaged_index_is_built_again_by_the_next_run(target, feed, no_encoder, damage):
    target.index(feed)
    folder = generation_folder(target)
    largest = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    match damage:
        case "folder gone":
            shutil.rmtree(folder)
        case "file gone":
            largest.unlink()
        case "file cut short":
            largest.write_bytes(largest.read_bytes()[:-7])
        case "all empty":
            for path in folder.iterdir():
                path.write_bytes(b"")
    with pytest.raises(CollectionDamaged, match="vsearch index --rebuild"):
        target.open()
    with no_encoder():
        run = target.index(feed)
    assert run.summary.published
    assert len(target.contents().indexed) == 4


def test_damage_that_only_a_checksum_shows(target, feed, no_encoder):
    target.index(feed)
    folder = generation_folder(target)
    largest = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[-3] ^= 0xFF
    largest.write_bytes(content)
    with target.open() as collection, pytest.raises(CollectionDamaged, match="checksum"):
        collection.verify()
    with no_encoder():
        target.index(feed, rebuild=True)
    target.contents()


def test_embeddings_deleted_by_hand_are_made_again(target, feed, no_encoder):
    target.index(feed)
    shutil.rmtree(target.folder / "embeddings")
    assert target.index(feed).images() == {"encoded": 4}
    assert len(target.contents().indexed) == 4
    with no_encoder():
        assert target.index(feed).images() == {"unchanged": 4}
