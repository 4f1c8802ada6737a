from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.behaviour.behaviour import Behaviour
from vsearch.behaviour.current import CurrentBehaviour
from vsearch.behaviour.file import read_behaviour, write_behaviour
from vsearch.behaviour.options import BehaviourOptions
from vsearch.catalog import database
from vsearch.errors import SettingsError
from vsearch.events.columns import EventColumns
from vsearch.events.event import Event, EventKind
from vsearch.events.event_store import EventStore
from vsearch.events.shop_events import ShopEvents
from vsearch.layout import Layout

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

Row = tuple[str, str, int, str, str]
"""Kind, SKU, day, user, session."""


def page(rows: Sequence[Row], first: int = 1) -> EventColumns:
    return EventColumns.of(
        [
            (first + n, kind, sku, START + day * DAY, user, session, "", None, None)
            for n, (kind, sku, day, user, session) in enumerate(rows)
        ]
    )


def pairs(behaviour: Behaviour, name: str) -> dict[tuple[str, str], float]:
    counts = getattr(behaviour, name).counts.tocoo()
    skus = behaviour.skus
    return {
        (skus[row], skus[column]): float(value)
        for row, column, value in zip(counts.row, counts.col, counts.data, strict=True)
    }


def counted_naively(rows: Sequence[Row], group: str, most: int) -> dict[tuple[str, str], float]:
    """Pair by pair, from the last day on which each group met each product."""
    met: dict[object, dict[str, int]] = defaultdict(dict)
    for _, sku, day, user, session in rows:
        if not (user or session):
            continue
        if group == "by_shopper":
            key: object = ("user", user) if user else ("session", session)
        else:
            key = session or (user, day)
        met[key][sku] = max(day, met[key].get(sku, day))
    names = list(dict.fromkeys(sku for _, sku, *_ in rows))
    counts: dict[tuple[str, str], float] = defaultdict(float)
    for items in met.values():
        last = sorted(items, key=lambda sku: (-items[sku], names.index(sku)))[:most]
        for sku in last:
            counts[sku, sku] += 1
        for one, other in combinations(last, 2):
            counts[one, other] += 1
            counts[other, one] += 1
    return dict(counts)


_rows = st.lists(
    st.tuples(
        st.sampled_from(["view", "click", "basket"]),
        st.sampled_from("ABCDEF"),
        st.integers(0, 4),
        st.sampled_from(["", "u", "v"]),
        st.sampled_from(["", "s", "t"]),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(rows=_rows, cuts=st.lists(st.integers(0, 40), max_size=3))
def test_counting_bit_by_bit_is_counting_at_once_and_by_hand(
    rows: list[Row], cuts: list[int]
) -> None:
    options = BehaviourOptions(session_items=3, shopper_items=4)
    once = Behaviour.of([page(rows)], options)
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    bits = [page(rows[a:b], a + 1) for a, b in pairwise(edges) if b > a]
    behaviour = Behaviour.of(bits, options)
    assert behaviour.skus == once.skus
    assert behaviour.last_id == len(rows)
    np.testing.assert_allclose(behaviour.weights, once.weights)
    for name, most in (("in_session", 3), ("by_shopper", 4)):
        assert pairs(behaviour, name) == pairs(once, name) == counted_naively(rows, name, most)


def test_popularity_fades_and_counts_by_kind() -> None:
    options = BehaviourOptions(half_life_days=10)
    behaviour = Behaviour.of(
        [
            page([("purchase", "old", 0, "u", ""), ("view", "seen", 10, "u", "")]),
            page([("basket", "new", 10, "v", ""), ("unheard-of", "odd", 10, "v", "")], 3),
        ],
        options,
    )
    assert dict(zip(behaviour.skus, behaviour.weights.tolist(), strict=True)) == {
        "old": 2.0,
        "seen": 1.0,
        "new": 3.0,
        "odd": 0.0,
    }
    assert [behaviour.skus[one] for one in behaviour.popular] == ["new", "old", "seen"]
    assert behaviour.popularity.max() == 1.0


def test_an_event_of_the_future_counts_as_one_of_now() -> None:
    ages_ahead = page([("view", "A", 400_000, "u", "")])
    behaviour = Behaviour.empty().counted(ages_ahead, now=START)
    behaviour = behaviour.counted(page([("view", "B", 0, "u", "")], 2), now=START)
    assert behaviour.weights.tolist() == [1.0, 1.0]


def test_products_that_are_met_once_together_are_less_alike_than_those_met_often() -> None:
    rows = [("view", sku, 0, "", f"s{n}") for n in range(20) for sku in ("A", "B")]
    rows += [("view", "C", 0, "", "s99"), ("view", "D", 0, "", "s99")]
    behaviour = Behaviour.of([page(rows)])
    numbers = behaviour.numbers(["A", "C", "unknown"])
    assert numbers.tolist() == [0, 2, -1]
    found = behaviour.in_session.similarities(numbers[:2], behaviour.met_in_session).toarray()
    assert found[0].tolist() == pytest.approx([0, 20 / 25, 0, 0])
    assert found[1].tolist() == pytest.approx([0, 0, 0, 1 / 6])


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"half_life_days": 0}, "half_life_days = 0"),
        ({"session_items": 1}, "session_items = 1"),
        ({"kind_weights": {"view": -1}}, "view = -1"),
    ],
)
def test_numbers_out_of_range_are_named(given: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        BehaviourOptions(**given)  # type: ignore[arg-type]


ROWS: list[Row] = [
    ("view", "A", 0, "u", "s"),
    ("basket", "B", 1, "u", "s"),
    ("view", "B", 1, "", "t"),
    ("view", "C", 2, "", "t"),
    ("basket", "C", 2, "", ""),
]


def same(one: Behaviour, other: Behaviour) -> bool:
    names = ("in_session", "in_basket", "by_shopper")
    return (
        one.skus == other.skus
        and one.last_id == other.last_id
        and bool(np.allclose(one.weights, other.weights))
        and all(pairs(one, name) == pairs(other, name) for name in names)
    )


def test_what_is_kept_goes_on_as_if_it_had_never_been_put_away(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_behaviour(layout, Behaviour.of([page(ROWS[:3])]), 4)
    again = read_behaviour(layout, 4)
    assert again is not None
    assert same(again.counted(page(ROWS[3:], 4)), Behaviour.of([page(ROWS)]))
    assert len(again.recent) == 3
    # Nothing that is kept names a shopper.
    kept = b"".join(file.read_bytes() for file in layout.behaviour.iterdir())
    assert b'"A"' in kept
    assert not any(name in kept for name in (b"'u'", b'"u"'))


def test_what_is_kept_of_other_events_or_options_or_cut_short_is_thrown_away(
    tmp_path: Path,
) -> None:
    layout = Layout(tmp_path)
    file = layout.behaviour / "counts.npz"
    behaviour = Behaviour.of([page(ROWS)])
    write_behaviour(layout, behaviour, 1)
    assert read_behaviour(layout, 2) is None
    assert not file.exists()
    write_behaviour(layout, behaviour, 1)
    assert read_behaviour(layout, 1, BehaviourOptions(session_items=7)) is None
    write_behaviour(layout, behaviour, 1)
    whole = file.read_bytes()
    file.write_bytes(whole[:-200])
    assert read_behaviour(layout, 1) is None
    assert not file.exists()
    # A single bit, in what says how an array is packed, or of which shape it is.
    packed = whole.rindex(b"PK\x01\x02") + 10
    shaped = whole.index(b"'shape': (") + 9
    for place in (packed, shaped):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 8]) + whole[place + 1 :])
        assert read_behaviour(layout, 1) is None


def test_a_folder_that_cant_be_written_costs_nothing_but_counting_again(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.behaviour.write_text("in the way")
    write_behaviour(layout, Behaviour.of([page(ROWS)]), 1)
    assert layout.behaviour.read_text() == "in the way"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    url = database.sqlite_url(tmp_path / "products.db")
    with database.disposing(database.open_engine(url)) as engine:
        database.migrate(engine)
        yield EventStore(engine)


def test_the_current_behaviour_follows_the_store(
    tmp_path: Path, store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsearch.behaviour.current._FRESH_S", 0.0)
    monkeypatch.setattr("vsearch.behaviour.current._FRESH_FOR_COUNTING", 0.0)
    monkeypatch.setattr("vsearch.behaviour.current._KEPT_AFTER", 2)
    layout = Layout(tmp_path)
    current = CurrentBehaviour(layout, store)
    assert current.get().events == 0
    store.add([Event(EventKind.VIEW, sku, START, user_id="u") for sku in "AB"])
    assert current.get().skus == ("A", "B")
    store.add([Event(EventKind.VIEW, "C", START, user_id="v")])
    assert current.get().skus == ("A", "B", "C")
    # Another process goes on from what this one has kept.
    kept = tmp_path / "kept"
    shutil.copytree(layout.behaviour, kept)
    assert same(CurrentBehaviour(layout, store).get(), current.get())
    shop = ShopEvents(store._engine, layout.behaviour)
    assert shop.forget_user("nobody") == 0
    assert layout.behaviour.exists()
    assert shop.forget_user("u") == 2
    assert not layout.behaviour.exists()
    # However long counting took, and the counts are good for.
    current._fresh_until = float("inf")
    assert current.get().skus == ("C",)
    assert pairs(current.get(), "by_shopper") == {("C", "C"): 1.0}
    # What was kept before somebody was forgotten holds no more.
    shutil.rmtree(layout.behaviour, ignore_errors=True)
    shutil.copytree(kept, layout.behaviour)
    assert CurrentBehaviour(layout, store).get().skus == ("C",)
