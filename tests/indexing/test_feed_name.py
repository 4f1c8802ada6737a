"""A feed is known by its path, or by the name that it is given."""

from __future__ import annotations

import shutil


def test_a_feed_that_moved_is_the_same_feed_by_its_name(target, feed, tmp_path, no_encoder):
    target.index(feed, feed_name="shop")
    moved = tmp_path / "tuesday"
    feed.folder.rename(moved)
    feed.folder = moved
    feed.drop("C")
    with no_encoder():
        run = target.index(feed, feed_name="shop", prune=True)
    assert run.products() == {"unchanged": 2, "removed": 1}
    assert run.images() == {"unchanged": 3}
    target.contents()
    with target.open() as collection:
        (known,) = collection.status().feeds
        assert (known.name, known.root, known.products) == ("shop", moved, 2)
        (hit,) = collection.query(sku="A")
        assert hit.image == str(moved / "b.jpg")


def test_copied_pictures_are_read_but_not_encoded(target, feed, tmp_path):
    target.index(feed, feed_name="shop")
    shutil.copytree(feed.folder, tmp_path / "tuesday", copy_function=shutil.copyfile)
    feed.folder = tmp_path / "tuesday"
    assert target.index(feed, feed_name="shop").images() == {"reused": 4}


def test_without_a_name_a_moved_feed_is_another_one(target, feed, tmp_path):
    target.index(feed)
    feed.folder.rename(tmp_path / "tuesday")
    feed.folder = tmp_path / "tuesday"
    run = target.index(feed, prune=True)
    # Its products are found by SKU all the same, and move over.
    assert run.products() == {"changed": 3}
    assert run.images() == {"reused": 4}
    with target.open() as collection:
        assert [known.products for known in collection.status().feeds] == [0, 3]
    target.contents()
