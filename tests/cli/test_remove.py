"""``vsearch remove``: by SKU, from the catalogue and from what a query finds."""

from __future__ import annotations

from pathlib import Path


def skus(vsearch, collection: Path) -> list[str]:
    return [record["sku"] for record in vsearch("export", "-", "-c", collection).objects]


def test_what_is_removed_is_found_no_more(vsearch, small: Path, photo: Path) -> None:
    outcome = vsearch("remove", "S0", "S2", "-c", small)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "removed 2 of 2\n")
    assert skus(vsearch, small) == ["S1"]
    assert [hit["sku"] for hit in vsearch("query", photo, "-c", small, "--json").objects] == ["S1"]


def test_an_unknown_sku_fails_and_the_others_are_removed(vsearch, small: Path) -> None:
    outcome = vsearch("remove", "S1", "nope", "S1", "nada", "-c", small)
    assert outcome.error == f"{small}: no product has the SKU nope, nada"
    assert skus(vsearch, small) == ["S0", "S2"]


def test_says_it_in_json(vsearch, small: Path) -> None:
    outcome = vsearch("remove", "S1", "nope", "-c", small, "--json")
    assert outcome.code == 1
    assert outcome.objects == [{"removed": ["S1"], "unknown": ["nope"]}]


def test_what_comes_back_costs_nothing(vsearch, small: Path, small_feed: Path) -> None:
    assert vsearch("remove", "S0", "S1", "S2", "-c", small).code == 0
    assert skus(vsearch, small) == []
    (summary,) = vsearch("index", small_feed, "-c", small, "--json").objects
    assert summary["products"]["added"] == 3
    assert summary["images"]["encoded"] == 0
    assert summary["index_size"] == 3
