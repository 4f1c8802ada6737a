"""--prune removes what has left the feed, and only that."""

from __future__ import annotations

import json

import pytest

from vsearch.errors import FeedError


def test_without_it_nothing_is_removed(target, feed):
    target.index(feed)
    feed.drop("B")
    assert target.index(feed).products() == {"unchanged": 2}
    assert sorted(target.contents().products) == ["A", "B", "C"]


def test_products_that_left_the_feed_go(target, feed, hash_of, no_encoder):
    target.index(feed)
    feed.drop("A", "B")
    with no_encoder():
        run = target.index(feed, prune=True)
    assert run.products() == {"unchanged": 1, "removed": 2}
    contents = target.contents()
    assert list(contents.products) == ["C"]
    assert contents.indexed == {hash_of(3)}


def test_a_malformed_row_spares_its_product(target, feed, hash_of):
    target.index(feed)
    feed.list("B", "b.jpg", price="abc")
    feed.drop("C")
    run = target.index(feed, prune=True)
    assert run.products() == {"unchanged": 1, "rejected": 1, "removed": 1}
    contents = target.contents()
    assert sorted(contents.products) == ["A", "B"]
    assert str(contents.products["B"].price) == "19.90"
    assert contents.views["B"] == [hash_of(2)]


def test_products_of_other_feeds_stay(target, feed, new_feed):
    other = new_feed("other")
    other.put("a.jpg", 50)
    other.list("OTHER", "a.jpg")
    target.index(other)
    target.index(feed)
    feed.drop("A")
    assert target.index(feed, prune=True).products() == {"unchanged": 2, "removed": 1}
    assert sorted(target.contents().products) == ["B", "C", "OTHER"]


@pytest.mark.parametrize("rows", ["", "X,abc\n"])
def test_a_feed_without_one_good_row_removes_nothing(target, feed, rows):
    target.index(feed)
    before = target.contents()
    feed.file.write_text(f"sku,price\n{rows}")
    with pytest.raises(FeedError, match=r"feed\.csv: not one product.*nothing was removed"):
        target.index(feed.file, prune=True)
    assert target.contents() == before


def test_a_list_of_changes_is_no_list_of_products(target, feed):
    target.index(feed)
    changes = feed.folder / "changes.jsonl"
    changes.write_text('{"operation": "DELETE", "sku": "A"}\n')
    with pytest.raises(FeedError, match=r"changes\.jsonl: a list of changes.*--prune"):
        target.index(changes, prune=True)
    assert "A" in target.contents().products


def test_changes_are_made_in_their_order(target, feed, hash_of):
    target.index(feed)
    feed.put("d.jpg", 4)
    changes = feed.folder / "changes.jsonl"
    lines = [
        {"operation": "DELETE", "sku": "A"},
        {"operation": "ADD", "sku": "D", "title": "first", "images": ["d.jpg"]},
        {"operation": "ADD", "sku": "B", "title": "changed", "images": ["d.jpg", "b.jpg"]},
        {"operation": "DELETE", "sku": "D"},
        {"operation": "ADD", "sku": "D", "title": "second", "images": ["d.jpg"]},
        {"operation": "DELETE", "sku": "no such"},
    ]
    changes.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = target.index(changes)
    assert run.products() == {"added": 2, "changed": 1, "removed": 2}
    contents = target.contents()
    titles = {sku: product.title for sku, product in contents.products.items()}
    assert titles == {"B": "changed", "C": "c", "D": "second"}
    assert contents.indexed == {hash_of(seed) for seed in (2, 3, 4)}
