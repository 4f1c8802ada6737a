"""The second look at the best hits, with the encoder that comes with vsearch."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from vsearch import Box, Collection, Example, Query, QueryError

QUERIES = Path(__file__).parents[2] / "catalog" / "queries"


def skus(collection: Collection, **asked: object) -> list[str]:
    return [hit.sku for hit in collection.search(Query(**asked)).hits]


def test_it_finds_more_of_the_drawings_first(trained: Collection) -> None:
    """On every fourth query of the sample; docs/search.md has the figures for all of them."""
    with (QUERIES / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[::4]
    plain = again = 0
    for row in rows:
        right, photo = set(row["sku"].split("|")), QUERIES / row["query"]
        plain += skus(trained, image=photo, k=1)[0] in right
        again += skus(trained, image=photo, k=1, rerank=True)[0] in right
    assert again > plain


@pytest.mark.parametrize(
    "asked",
    [
        {"image": QUERIES / "bell-pepper-1fad1.png"},
        {"image": QUERIES / "bell-pepper-1fad1.png", "box": Box(0, 0, 1, 0.9)},
        {"sku": "GRO-APL-001"},
    ],
    ids=["photo", "part", "product"],
)
def test_only_the_first_ten_change_places(trained: Collection, asked: dict) -> None:
    plain = skus(trained, **asked, k=30)
    again = skus(trained, **asked, k=30, rerank=True)
    assert sorted(again[:10]) == sorted(plain[:10])
    assert again[10:] == plain[10:]
    pages = [skus(trained, **asked, k=5, offset=at, rerank=True) for at in range(0, 30, 5)]
    assert [sku for page in pages for sku in page] == again


@pytest.mark.parametrize(
    "asked",
    [
        {"words": "apple"},
        {"sku": "GRO-APL-001", "words": "apple"},
        {"sku": "GRO-APL-001", "diversity": 0.5},
        {"sku": "GRO-APL-001", "unlike": (Example(sku="GRO-APL-002"),)},
        {"sku": "GRO-APL-001", "image": "a.jpg"},
    ],
)
def test_only_one_picture_can_be_looked_at_again(asked: dict) -> None:
    with pytest.raises(QueryError, match="rerank: looks at the hits of one picture again"):
        Query(**asked, rerank=True)
