"""Events on SQLite and PostgreSQL: stored, read in their order, forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event

from vsearch.catalog import database, feed_store
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.product import Product
from vsearch.catalog.product_writer import ProductWriter
from vsearch.errors import EventRejected
from vsearch.events import event_store
from vsearch.events.event import Event, EventKind
from vsearch.events.event_store import EventStore
from vsearch.events.new_events import NewEvents
from vsearch.events.selection import EventSelection

MIGRATIONS = Path(database.__file__).parent / "migrations"
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def migrated(engine: Engine, go: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        go(config, revision)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path) -> Iterator[Engine]:
    if request.param == "sqlite":
        url = database.sqlite_url(tmp_path / "products.db")
    else:
        url = request.getfixturevalue("new_postgresql")()
    with database.disposing(database.open_engine(url)) as engine:
        database.migrate(engine)
        yield engine


@pytest.fixture
def store(engine: Engine) -> EventStore:
    return EventStore(engine)


def test_what_is_added_is_read_in_its_order(store):
    berlin = timezone(timedelta(hours=2))
    added = [
        Event(EventKind.VIEW, "A", at=NOON, user_id="ann", session_id="s1"),
        Event(EventKind.CLICK, "Ä/1", at=NOON.astimezone(berlin), query_id="q", position=3),
        Event(EventKind.PURCHASE, "B", quantity=2),
    ]
    assert store.add(added[:2]) == 2
    assert store.add([]) == 0
    before = datetime.now(UTC).replace(tzinfo=None)
    assert store.add(added[2:]) == 1
    first, second = store.read(page=2)
    assert first.kinds + second.kinds == ("view", "click", "purchase")
    assert first.skus + second.skus == ("A", "Ä/1", "B")
    assert (first.user_ids, first.session_ids, first.query_ids) == (
        ("ann", ""),
        ("s1", ""),
        ("", "q"),
    )
    assert first.at.tolist() == [NOON.replace(tzinfo=None)] * 2
    assert np.datetime64(before) <= second.at[0] <= np.datetime64(before + timedelta(minutes=1))
    assert (first.positions.tolist(), second.quantities.tolist()) == ([0, 3], [2])
    assert (np.diff(np.concatenate([first.ids, second.ids])) > 0).all()
    assert [one.skus for one in store.read(after=int(first.ids[-1]))] == [("B",)]
    assert list(store.read(after=int(second.ids[-1]))) == []


def test_an_event_is_stored_once_however_often_it_comes(store):
    one = Event(EventKind.VIEW, "A", at=NOON, user_id="ann", position=1)
    berlin = replace(one, at=NOON.astimezone(timezone(timedelta(hours=2))))
    others = [
        replace(one, **{name: value})
        for name, value in {
            "kind": EventKind.CLICK,
            "sku": "B",
            "at": NOON + timedelta(microseconds=1),
            "user_id": "bob",
            "session_id": "ann",
            "query_id": "ann",
            "position": None,
            "quantity": 1,
        }.items()
    ]
    assert store.add([one, berlin, *others]) == 1 + len(others)
    assert store.add([*others, berlin]) == 0
    assert store.count() == 1 + len(others)
    # Of what tells no moment nobody knows whether it is the same.
    assert store.add([replace(one, at=None)] * 2) == 2


def test_digests_stay_what_they_are():
    # They are stored: another way to make them would let what is there come in once more.
    told = Event(EventKind.BASKET, "SKU-1", NOON, "ann", "s", "q", 3, 2)
    new = NewEvents.of([told, replace(told, at=None)])
    dated, undated = new.digests(new.moments())
    assert (dated.hex(), undated) == ("00e2d7623904f000bdab1459c663b512", None)
    (_, undated) = replace(new, undated_once=True).digests(new.moments())
    assert undated.hex() == "0" * 16 + "bdab1459c663b512"


def test_what_a_shopper_did_last(store):
    store.add(
        [
            Event(
                EventKind.VIEW,
                f"{hour}",
                at=NOON + timedelta(hours=hour),
                user_id=("ann", "bob", "")[hour % 3],
                session_id="s" if hour > 5 else "",
            )
            for hour in (3, 1, 0, 7, 6, 2, 4, 5, 8, 9)
        ]
    )
    assert store.of_user("ann").skus == ("9", "6", "3", "0")
    assert store.of_user("ann", limit=2).skus == ("9", "6")
    assert store.of_session("s").skus == ("9", "8", "7", "6")
    for nobody in (store.of_user("eve"), store.of_user(""), store.of_session("")):
        assert len(nobody) == 0
        assert nobody.at.dtype == np.dtype("datetime64[us]")


def test_a_shoppers_events_come_from_an_index(engine):
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *of: asked.append((of[2], of[3])))
    store = EventStore(engine)
    for column in ("user_id", "session_id"):
        (store.of_user if column == "user_id" else store.of_session)("x")
        statement, parameters = asked[-1]
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET enable_seqscan = off")
                plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            else:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            assert f"ix_events_{column}" in str(plan.all())


def test_what_is_removed_shows_in_the_epoch(store, monkeypatch):
    monkeypatch.setattr(event_store, "_REMOVED_AT_ONCE", 2)
    assert store.epoch() == 0
    store.add([Event(EventKind.VIEW, f"{n}", user_id="ann", session_id="s") for n in range(3)])
    assert store.forget_user("bob") == 0
    assert store.epoch() == 0
    assert store.forget(EventSelection(session_id="s")) == 3
    first = store.epoch()
    assert first > 0
    store.add([Event(EventKind.VIEW, "A", at=NOON)])
    assert store.epoch() == first
    assert store.forget_before(NOON + timedelta(hours=1)) == 1
    assert store.epoch() > first
    with pytest.raises(EventRejected, match="session_id: it is empty"):
        store.forget(EventSelection(session_id=""))
    with pytest.raises(ValueError, match="selection: it names nothing"):
        store.forget(EventSelection())
    # Databases would say no to these in ways of their own.
    with pytest.raises(EventRejected, match=r"user_id: .* isn't printable"):
        EventSelection(user_id="a\0b")
    late = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-14)))
    with pytest.raises(EventRejected, match=r"before: .* no moment of the years 1 to 9999"):
        EventSelection(before=late)


def test_a_selection_is_what_meets_all_of_it(store):
    kinds = (EventKind.VIEW, EventKind.BASKET)
    store.add(
        [
            Event(kind, f"{day}", at=NOON + timedelta(days=day), user_id=user, session_id="s")
            for day in range(4)
            for user in ("ann", "bob")
            for kind in kinds
        ]
    )
    two_days = {"since": NOON + timedelta(days=1), "before": NOON + timedelta(days=3)}
    for fields, number in (
        ({}, 16),
        ({"session_id": "s", "user_id": "ann"}, 8),
        ({"kinds": kinds}, 16),
        (two_days, 8),
        ({"user_id": "bob", "kinds": (EventKind.BASKET,), **two_days}, 2),
    ):
        selection = EventSelection(**fields)
        assert store.count(selection) == number
        assert sum(len(one) for one in store.read(selection=selection, page=3)) == number
    (found,) = store.read(selection=selection)
    assert (found.skus, set(found.user_ids), set(found.kinds)) == (("1", "2"), {"bob"}, {"basket"})
    assert store.forget(selection) == 2
    assert (store.count(selection), store.count()) == (0, 14)


def test_the_overview(engine):
    store = EventStore(engine)
    nothing = store.overview()
    assert (nothing.events, nothing.first_at, nothing.skus, nothing.unknown_events) == (
        0,
        None,
        0,
        0,
    )
    assert nothing.kinds == dict.fromkeys(EventKind, 0)
    with engine.begin() as connection:
        feed = feed_store.begin_run(connection, "feed", Path("/srv"), "csv")
        ProductWriter(connection, feed, may_repeat=False).write([Listed(2, Product("A"))])
    store.add(
        [
            Event(EventKind.VIEW, "A", at=NOON, user_id="ann", session_id="s"),
            Event(EventKind.VIEW, "B", at=NOON + timedelta(days=2), user_id="ann"),
            Event(EventKind.PURCHASE, "B", at=NOON + timedelta(days=1), session_id="t"),
        ]
    )
    found = store.overview()
    assert (found.events, found.kinds[EventKind.VIEW], found.kinds[EventKind.CLICK]) == (3, 2, 0)
    assert (found.first_at, found.last_at) == (NOON, NOON + timedelta(days=2))
    assert (found.users, found.sessions, found.skus) == (1, 2, 2)
    assert (found.unknown_skus, found.unknown_events) == (1, 2)


def test_an_interruption_while_many_are_stored_leaves_the_store_usable(engine):
    store = EventStore(engine)
    many = [Event(EventKind.VIEW, f"{n}", at=NOON) for n in range(2_000)]

    def interrupt(*_asked: object) -> None:
        raise KeyboardInterrupt

    what = "do_executemany" if engine.dialect.name == "sqlite" else "do_execute"
    event.listen(engine, what, interrupt)
    with pytest.raises(KeyboardInterrupt):
        store.add(many)
    event.remove(engine, what, interrupt)
    assert store.count() == 0
    assert store.add(many) == 2_000


def test_events_of_an_older_version_are_kept(engine):
    store = EventStore(engine)
    store.add([Event(EventKind.VIEW, "A", at=NOON, user_id="ann")])
    migrated(engine, command.downgrade, "0003")
    migrated(engine, command.upgrade, "0004")
    assert store.of_user("ann").skus == ("A",)
    # What was told before they had digests can't be compared; from then on it can.
    again = [Event(EventKind.VIEW, "A", at=NOON, user_id="ann")]
    assert [store.add(again), store.add(again)] == [1, 0]


def test_many_add_at_once_and_none_is_lost(store):
    with ThreadPoolExecutor(8) as pool:
        added = pool.map(
            lambda n: store.add([Event(EventKind.VIEW, f"{n}-{i}") for i in range(5)]), range(40)
        )
        assert list(added) == [5] * 40
    (columns,) = store.read()
    assert sorted(columns.skus) == sorted(f"{n}-{i}" for n in range(40) for i in range(5))
    # What one caller adds stays together and in its order.
    assert len({sku.partition("-")[0] for sku in columns.skus[:5]}) == 1


def test_a_user_and_the_past_can_be_forgotten(store, monkeypatch):
    monkeypatch.setattr(event_store, "_REMOVED_AT_ONCE", 2)
    store.add(
        [
            Event(EventKind.VIEW, f"{day}", at=NOON + timedelta(days=day), user_id=user)
            for day in range(5)
            for user in ("ann", "bob")
        ]
    )
    assert store.forget_user("ann") == 5
    assert store.forget_before(NOON + timedelta(days=3)) == 3
    assert store.count() == 2
    (left,) = store.read()
    assert (left.skus, set(left.user_ids)) == (("3", "4"), {"bob"})
    # An id is never given again: who has read up to there misses nothing.
    store.forget_before(NOON + timedelta(days=9))
    store.add([Event(EventKind.VIEW, "new")])
    assert [one.skus for one in store.read(after=int(left.ids[-1]))] == [("new",)]
    with pytest.raises(EventRejected, match=r"user_id: it is empty"):
        store.forget_user("")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"sku": ""}, "sku: it is empty"),
        ({"sku": "x" * 256}, "sku: 256 characters; 255 are allowed"),
        ({"user_id": "a\0b"}, r"user_id: 'a\\x00b' holds a character that isn't printable"),
        ({"session_id": "\ud800"}, "session_id: .* isn't printable"),
        ({"position": 0}, "position: 0 is not from 1"),
        ({"quantity": 2**31}, "quantity: 2147483648 is not from 1 to 2,147,483,647"),
        (
            {"at": datetime.fromisoformat("9999-12-31T23:59:59-14:00")},
            "at: 9999-12-31T23:59:59-14:00 is no moment of the years 1 to 9999 in UTC",
        ),
        ({"at": datetime(2024, 5, 1)}, "at: 2024-05-01T00:00:00 has no time zone"),  # noqa: DTZ001
    ],
)
def test_a_field_that_cant_be_is_named(fields, told):
    with pytest.raises(EventRejected, match=told):
        Event(**{"kind": EventKind.VIEW, "sku": "A"} | fields)
