"""A dry run foretells what a run would do, and does nothing."""

from __future__ import annotations

import pytest

from vsearch.errors import EncoderMismatch

LOCK = "writer.lock"


def files(folder):
    """The content and time of every file but the lock, which every run holds."""
    return {
        path.relative_to(folder): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and path.name != LOCK
    }


def test_it_changes_no_file(target, feed, no_encoder):
    target.index(feed)
    before = files(target.folder)
    assert len(before) > 4
    feed.put("b.jpg", 90)
    feed.put("d.jpg", 91)
    feed.list("D", "d.jpg", "gone.jpg")
    feed.list("A", "a.jpg", price="1 EUR")
    feed.list("X", "a.jpg", price="abc")
    feed.drop("C")
    with no_encoder():
        run = target.index(feed, prune=True, dry_run=True)
    assert run.products() == {"added": 1, "changed": 1, "unchanged": 1, "removed": 1, "rejected": 1}
    assert run.images() == {"to_read": 2, "unchanged": 1, "rejected": 1}
    assert run.reasons() == {"gone.jpg": "no such file"}
    assert [row.field for row in run.rows()] == ["price"]
    assert files(target.folder) == before
    done = target.index(feed, prune=True)
    assert done.products() == run.products()
    assert done.images() == {"encoded": 2, "unchanged": 1, "rejected": 1}


def test_it_creates_nothing(target, feed, no_encoder):
    with no_encoder():
        run = target.index(feed, dry_run=True)
    assert run.products() == {"added": 3}
    assert run.images() == {"to_read": 4}
    assert not target.folder.exists()


def test_it_refuses_what_a_run_would_refuse(target, feed, settings):
    target.index(feed)
    before = files(target.folder)
    other = type(settings)(encoder=settings.encoder, weights="random:1", device="cpu")
    with pytest.raises(EncoderMismatch):
        target.index(feed, settings=other, dry_run=True)
    assert files(target.folder) == before


def test_with_an_image_that_vanished(target, feed):
    target.index(feed)
    feed.folder.joinpath("b.jpg").unlink()
    foretold, done = target.index(feed, dry_run=True), target.index(feed)
    assert foretold.images() == done.images() == {"outdated": 1, "unchanged": 3}
    assert foretold.reasons() == done.reasons()
    assert foretold.summary.reasons == done.summary.reasons
