"""One collection, one encoder: another is refused, or takes over altogether."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vsearch.errors import EncoderMismatch
from vsearch.index.manifest import read_manifest


@pytest.fixture
def other(settings):
    return replace(settings, weights="random:1")


@pytest.mark.parametrize("option", [{}, {"rebuild": True}, {"prune": True}, {"index_kind": "ivf"}])
def test_another_encoder_is_refused_by_name(target, feed, other, option):
    target.index(feed)
    before = target.contents()
    with pytest.raises(EncoderMismatch) as refused:
        target.index(feed, settings=other, **option)
    assert "random:0" in str(refused.value)
    assert "random:1" in str(refused.value)
    assert "--replace-encoder" in str(refused.value)
    assert target.contents() == before


def test_a_query_with_another_encoder_is_refused_by_name(target, feed, other, picture):
    target.index(feed)
    with target.open(other) as collection:
        with pytest.raises(EncoderMismatch, match=r"random:0.*random:1"):
            collection.query(image=picture(0))
        # What is stored needs no encoder.
        assert collection.query(sku="A") != []


def test_settings_that_name_no_encoder_take_the_collections_own(target, feed, settings, picture):
    target.index(feed)
    unnamed = replace(settings, encoder=None, weights=None)
    feed.put("d.jpg", 4)
    feed.list("D", "d.jpg")
    assert target.index(feed, settings=unnamed).images() == {"encoded": 1, "unchanged": 4}
    with target.open(unnamed) as collection:
        assert collection.query(image=picture(4))[0].sku == "D"


def test_replacing_moves_the_images_of_every_feed(target, feed, new_feed, other, picture):
    second = new_feed("second")
    second.put("z.jpg", 60)
    second.list("Z", "z.jpg")
    target.index(second)
    target.index(feed)
    with target.open() as collection:
        old = {one.product.sku: one.embeddings for one in collection.export(embeddings=True)}
    before = target.contents()
    run = target.index(feed, settings=other, replace_encoder=True)
    assert run.products() == {"unchanged": 3}
    assert run.images() == {"encoded": 5}
    assert read_manifest(target.folder).encoder.weights == "random:1"
    assert target.contents(other) == before
    with target.open(other) as collection:
        assert collection.query(image=picture(60))[0].sku == "Z"
        for one in collection.export(embeddings=True):
            assert not np.allclose(one.embeddings, old[one.product.sku], atol=0.1)


def test_going_back_to_a_former_encoder_encodes_nothing(target, feed, other, settings, no_encoder):
    target.index(feed)
    target.index(feed, settings=other, replace_encoder=True)
    run = target.index(feed, settings=settings, replace_encoder=True)
    assert run.images() == {"unchanged": 4}
    assert run.summary.published
    assert read_manifest(target.folder).encoder.weights == "random:0"
    target.contents()


def test_replacing_by_the_same_encoder_does_nothing(target, feed):
    target.index(feed)
    run = target.index(feed, replace_encoder=True)
    assert run.images() == {"unchanged": 4}
    assert not run.summary.published


def test_replacing_keeps_an_image_whose_file_is_gone_out(target, feed, other):
    """It can't be encoded any more: it is named, and the rest moves."""
    target.index(feed)
    feed.folder.joinpath("b.jpg").unlink()
    run = target.index(feed, settings=other, replace_encoder=True)
    assert run.images() == {"encoded": 3, "rejected": 1}
    assert run.reasons() == {"b.jpg": "no such file"}
    contents = target.contents(other)
    assert (len(contents.indexed), contents.views["B"]) == (3, [])
