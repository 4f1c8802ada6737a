from __future__ import annotations

import numpy as np
import pytest

from vsearch import SettingsError
from vsearch.events.event import EventKind
from vsearch.events.selection import EventSelection
from vsearch.interchange.interactions import InteractionOptions, read_interactions, shoppers_of
from vsearch.interchange.items import read_items
from vsearch.interchange.shopper_kind import ShopperKind

from .conftest import NOON


def met(interactions) -> dict[tuple[str, str], tuple[float, int]]:
    rows = interactions.table().to_pylist()
    name = interactions.kind.column
    return {(row[name], row["sku"]): (row["weight"], row["events"]) for row in rows}


def test_events_of_a_user_and_a_product_are_summed(small_shop) -> None:
    items = read_items(small_shop)
    found = read_interactions(small_shop, items)
    assert met(found) == {
        ("zoe", "GRO-APL-001"): (5, 2),
        ("adam", "FAS-CSH-002"): (1, 1),
        ('o"neil', "MUS-STR-001"): (3, 1),
    }
    assert found.passed_over == 1
    assert found.matrix.shape == (3, 229)
    assert found.matrix.dtype == np.float32
    row, column = found.row_of["zoe"], items.number_of["GRO-APL-001"]
    assert found.matrix[row, column] == 5
    assert found.last_at[0] == np.datetime64("2026-11-02T12:00:00")


def test_sessions_may_be_the_shoppers(small_shop) -> None:
    options = InteractionOptions(shopper=ShopperKind.SESSION)
    found = read_interactions(small_shop, read_items(small_shop), options)
    assert met(found) == {
        ("s1", "GRO-APL-001"): (5, 2),
        ("s1", "FAS-CSH-002"): (1, 1),
        ("s2", "MUS-STR-001"): (1, 1),
    }
    assert shoppers_of(small_shop, ShopperKind.SESSION) == ("s1", "s2")
    assert shoppers_of(small_shop, ShopperKind.USER) == ("zoe", "adam", 'o"neil')


def test_kinds_moments_and_ages_decide_what_counts(small_shop) -> None:
    items = read_items(small_shop)
    purchases = read_interactions(
        small_shop, items, InteractionOptions(kind_weights={"purchase": 1})
    )
    assert met(purchases) == {("zoe", "GRO-APL-001"): (1, 1)}
    early = EventSelection(before=NOON.replace(day=2))
    first = read_interactions(small_shop, items, InteractionOptions(selection=early))
    assert met(first) == {("zoe", "GRO-APL-001"): (1, 1)}
    # The newest that counts is of the third day; the apple's are three and two days older.
    aged = read_interactions(small_shop, items, InteractionOptions(half_life_days=1))
    assert met(aged)["zoe", "GRO-APL-001"] == (pytest.approx(1 / 8 + 4 / 4), 2)
    assert met(aged)['o"neil', "MUS-STR-001"] == (3, 1)


def test_nothing_at_all_is_an_empty_matrix(small_shop) -> None:
    options = InteractionOptions(selection=EventSelection(kinds=(EventKind.CLICK,)))
    found = read_interactions(small_shop, read_items(small_shop), options)
    assert found.matrix.shape == (0, 229)
    assert found.table().num_rows == 0


def test_it_is_what_a_plain_count_gives(shop, items, interactions) -> None:
    """Against a count event by event, in the simulated shop."""
    weights = {"view": 1, "click": 1, "basket": 3, "purchase": 4}
    plain: dict[tuple[str, str], tuple[float, int]] = {}
    for row in shop.events.table().to_pylist():
        if row["user_id"]:
            weight, events = plain.get((row["user_id"], row["sku"]), (0, 0))
            plain[row["user_id"], row["sku"]] = (weight + weights[row["kind"]], events + 1)
    assert len(plain) > 500
    assert met(interactions) == plain
    assert interactions.skus == items.skus


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"half_life_days": 0}, "half_life_days = 0: give more than 0 days, 36,500 at most"),
        ({"kind_weights": {"view": -1}}, "kind_weights: view = -1: give 0 or more"),
    ],
)
def test_numbers_out_of_range_are_named(options, message) -> None:
    with pytest.raises(SettingsError, match=message):
        InteractionOptions(**options)
