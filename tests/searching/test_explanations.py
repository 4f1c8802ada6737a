"""Explanations of hits, as PNG and on the page, with the encoder that comes with vsearch."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from vsearch import Box, Collection, Example, Query, QueryError

QUERIES = Path(__file__).parents[2] / "catalog" / "queries"
GUITAR = QUERIES / "electric-guitar-1f3b8.png"


@pytest.mark.parametrize(
    "query",
    [
        Query(image=GUITAR, k=1),
        Query(image=GUITAR, box=Box(0, 0, 0.9, 0.9), k=1),
        Query(sku="MUS-STR-001", k=1),
    ],
    ids=["photo", "part", "product"],
)
def test_a_hit_of_one_picture_is_explained(trained: Collection, query: Query) -> None:
    (hit,) = trained.search(query).hits
    with Image.open(io.BytesIO(trained.explain(query, hit))) as picture:
        assert (picture.format, picture.size) == ("PNG", (688, 394))


@pytest.mark.parametrize(
    "query",
    [
        Query(image=GUITAR, sku="MUS-STR-002"),
        Query(image=GUITAR, unlike=(Example(sku="MUS-STR-002"),)),
        Query(words="guitar"),
        Query(text="a guitar"),
    ],
    ids=["mixture", "unlike", "words", "text"],
)
def test_a_mixture_is_not_explained(trained: Collection, query: Query) -> None:
    (hit,) = trained.search(Query(image=GUITAR, k=1)).hits
    with pytest.raises(QueryError, match="one picture is needed, and this query is a mixture"):
        trained.explain(query, hit)


def test_the_page_explains_its_hits(trained: Collection, tmp_path: Path) -> None:
    file = tmp_path / "hits.html"
    query = Query(image=GUITAR, k=2)
    result = trained.search(query)
    trained.write_report(file, query, result=result, seconds=0.1, explain=True)
    assert file.read_text(encoding="utf-8").count("<details") == 2
    trained.write_report(file, query, result=result, seconds=0.1)
    assert "<details" not in file.read_text(encoding="utf-8")
