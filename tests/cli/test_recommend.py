"""``vsearch recommend similar | for | goes-with | popular``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

BAG, OTHER_BAG, SHOES = "FAS-BAG-002", "FAS-BAG-003", "FAS-MSH-001"


@pytest.fixture(scope="module")
def visited(indexed: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, where two shoppers have bought the bag with the shoes."""
    from vsearch.collection import Collection
    from vsearch.events.event import Event, EventKind

    folder = tmp_path_factory.mktemp("visited") / "collection"
    shutil.copytree(indexed.folder, folder)
    with Collection.open(folder) as opened:
        opened.events.add(
            [
                Event(EventKind.PURCHASE, sku, user_id=user, session_id=f"s-{user}")
                for user in ("anna", "ben")
                for sku in (BAG, SHOES)
            ]
        )
    return folder


def test_similar_leaves_out_the_product_and_its_variants(vsearch: Run, collection: Path) -> None:
    book = "STA-BOO-001"  # Three others are the same one in other colours.
    found = vsearch("recommend", "similar", book, "-c", collection, "-k", "20", "--json").objects
    skus = {one["sku"] for one in found}
    assert len(skus) == 20
    assert not skus & {book, "STA-BOO-002", "STA-BOO-003", "STA-BOO-004"}
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)


def test_similar_keeps_to_category_price_and_stock(vsearch: Run, collection: Path) -> None:
    bounds = ("--category", "same", "--price-band", "2", "--in-stock")
    found = vsearch("recommend", "similar", OTHER_BAG, "-c", collection, *bounds, "--json").objects
    assert found
    for one in found:
        assert one["category"] == ["Fashion", "Bags & Luggage"]
        assert float(one["price"]) <= 135
        assert one["availability"] == "in_stock"


def test_similar_to_an_unknown_product_is_an_error(vsearch: Run, collection: Path) -> None:
    assert (
        'no product has the SKU "NONE"'
        in vsearch("recommend", "similar", "NONE", "-c", collection).error
    )


def test_a_category_is_any_same_or_other(vsearch: Run, collection: Path) -> None:
    refused = vsearch("recommend", "similar", BAG, "-c", collection, "--category", "mine")
    assert refused.code == 2
    assert "any, same, other" in refused.err


def test_a_shopper_gets_nothing_they_have_met(vsearch: Run, visited: Path) -> None:
    shown = vsearch("recommend", "for", "--user", "anna", "-c", visited, "--json", "-k", "30")
    skus = [one["sku"] for one in shown.objects]
    assert len(skus) == 30
    assert not {BAG, SHOES} & set(skus)
    assert {one["basis"] for one in shown.objects} <= {"looks", "kind", "together", "popular"}


def test_what_is_named_counts_and_what_is_unknown_is_told(vsearch: Run, visited: Path) -> None:
    shown = vsearch("recommend", "for", "--viewed", BAG, "--viewed", "GONE", "-c", visited)
    assert shown.code == 0
    assert SHOES in shown.out
    assert BAG in shown.out.split(SHOES)[1], "the shoes come because of the bag"
    assert "not in the catalogue, passed over: GONE" in shown.err
    assert f"interest 100%: {BAG}" in shown.err
    told = vsearch(
        *("recommend", "for", "--viewed", BAG, "--viewed", "GONE", "-c", visited, "-k", "3"),
        *("--json", "--summary"),
    )
    assert told.objects[-1] == {
        "summary": {
            "interests": [{"skus": [BAG], "share": 1.0}],
            "unknown": ["GONE"],
            "why_nothing": None,
        }
    }


def test_of_a_stranger_it_says_so(vsearch: Run, visited: Path) -> None:
    shown = vsearch("recommend", "for", "--user", "carl", "-c", visited, "-k", "2")
    assert "nothing is known of this shopper: what is popular" in shown.err
    assert {BAG, SHOES} <= set(shown.out.split())


def test_a_stranger_to_a_shop_without_events_isnt_told_that_it_is_popular(
    vsearch: Run, collection: Path
) -> None:
    shown = vsearch("recommend", "for", "--user", "carl", "-c", collection, "-k", "2")
    assert "nothing is known of this shopper: what is newest" in shown.err


def test_a_folder_that_isnt_there_is_told_by_the_name_that_was_given(
    vsearch: Run, visited: Path, tmp_path: Path
) -> None:
    file = tmp_path / "gone" / "candidates.csv"
    refused = vsearch("recommend", "batch", "--to", file, "-c", visited)
    assert f"{file}: its folder does not exist" in refused.error


def test_popular_is_what_was_bought_and_then_what_is_new(vsearch: Run, visited: Path) -> None:
    found = vsearch("recommend", "popular", "-c", visited, "-k", "3", "--json").objects
    assert {one["sku"] for one in found[:2]} == {BAG, SHOES}
    assert [one["basis"] for one in found] == ["popular", "popular", "newest"]


def test_goes_with_names_its_basis(vsearch: Run, visited: Path) -> None:
    shown = vsearch("recommend", "goes-with", BAG, "NONE", "-c", visited, "--json", "-k", "4")
    found = [json.loads(line) for line in shown.out.splitlines()]
    assert len(found) == 4
    assert {one["basis"] for one in found} <= {"together", "style"}
    assert "not in the catalogue, passed over: NONE" in shown.err


def test_a_filter_that_leaves_nothing_is_told(vsearch: Run, visited: Path) -> None:
    for command in (("for", "--viewed", BAG), ("goes-with", BAG), ("popular",)):
        shown = vsearch("recommend", *command, "-c", visited, "--where", "price<0.01")
        assert shown.code == 0
        assert not shown.out
        assert "price<0.01" in shown.err


def test_a_batch_is_what_each_shopper_is_recommended(
    vsearch: Run, visited: Path, tmp_path: Path
) -> None:
    file = tmp_path / "candidates.jsonl"
    done = vsearch("recommend", "batch", "-c", visited, "--to", file, "-k", "5")
    assert "10 candidates for 2 shoppers" in done.err
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [one["user_id"] for one in lines] == ["anna", "ben"]
    alone = vsearch("recommend", "for", "--user", "ben", "-c", visited, "-k", "5", "--json")
    assert [one["sku"] for one in lines[1]["candidates"]] == [one["sku"] for one in alone.objects]


def test_a_batch_needs_a_file_whose_name_tells_its_format(vsearch: Run, visited: Path) -> None:
    refused = vsearch("recommend", "batch", "-c", visited, "--to", "candidates.xlsx")
    assert "candidates.xlsx" in refused.error
    assert ".parquet" in refused.error
