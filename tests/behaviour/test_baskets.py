from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.behaviour.baskets import Baskets
from vsearch.events.columns import EventColumns

START = datetime(2026, 1, 1, tzinfo=UTC)

Row = tuple[str, str, float, str, str]
"""Kind, SKU, hours since the start, user, session."""


def page(rows: Sequence[Row], first: int = 1) -> EventColumns:
    return EventColumns.of(
        [
            (first + n, kind, sku, START + timedelta(hours=hours), user, session, "", None, None)
            for n, (kind, sku, hours, user, session) in enumerate(rows)
        ]
    )


def named(baskets: Baskets) -> list[list[str]]:
    return [[baskets.skus[item] for item in items] for items in baskets]


def test_a_basket_is_what_one_session_put_together() -> None:
    baskets = Baskets.of(
        [
            page([("basket", "A", 0, "u", "s1"), ("view", "X", 0, "u", "s1")]),
            page([("purchase", "B", 1, "u", "s1"), ("basket", "A", 2, "u", "s1")], 3),
            page([("basket", "C", 3, "u", "s2")], 5),
        ]
    )
    assert named(baskets) == [["A", "B"]]
    assert baskets.skus == ("A", "B")
    assert baskets.moments.astype(str).tolist() == ["2026-01-01T02:00:00.000000"]
    assert baskets.groups.tolist() == [0, 0]


def test_without_a_session_it_is_what_one_user_put_together_on_one_day() -> None:
    baskets = Baskets.of(
        [
            page(
                [
                    ("purchase", "A", 1, "u", ""),
                    ("purchase", "B", 2, "u", ""),
                    ("purchase", "C", 25, "u", ""),
                    ("purchase", "D", 1, "", ""),
                    ("purchase", "E", 2, "", ""),
                ]
            )
        ]
    )
    assert named(baskets) == [["A", "B"]]


def test_a_basket_that_holds_everything_says_nothing() -> None:
    rows = [("basket", f"S{n}", 0.0, "", "bot") for n in range(101)]
    assert len(Baskets.of([page(rows)])) == 0
    assert Baskets.of([page(rows)], largest=101).sizes.tolist() == [101]


def test_there_may_be_no_events_at_all() -> None:
    baskets = Baskets.of([])
    assert len(baskets) == 0
    assert list(baskets) == []
    assert baskets.groups.tolist() == []


_rows = st.lists(
    st.tuples(
        st.sampled_from(["view", "basket", "purchase"]),
        st.sampled_from("ABCDE"),
        st.sampled_from([0.0, 5.0, 30.0]),
        st.sampled_from(["", "u", "v"]),
        st.sampled_from(["", "s", "t"]),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(rows=_rows, cut=st.integers(0, 30))
def test_it_is_the_same_as_gathering_them_one_by_one(rows: list[Row], cut: int) -> None:
    expected: dict[object, list[str]] = defaultdict(list)
    for kind, sku, hours, user, session in rows:
        if kind == "view" or not (user or session):
            continue
        key = session or (user, (START + timedelta(hours=hours)).date())
        if sku not in expected[key]:
            expected[key].append(sku)
    pages = [page(part) for part in (rows[:cut], rows[cut:]) if part]
    baskets = Baskets.of(pages)
    assert named(baskets) == [one for one in expected.values() if len(one) > 1]
    assert np.array_equal(baskets.sizes, [len(one) for one in named(baskets)])
