"""Keys that were shown lately are known without asking; those that were revoked not for long."""

import pytest
from sqlalchemy import event

from vsearch.access.key import ApiKey, make_key
from vsearch.access.key_ring import KeyRing
from vsearch.access.scope import Scope
from vsearch.errors import CollectionError, StorageError


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring(store, clock) -> KeyRing:
    return KeyRing(store, lifetime_s=5, clock=clock)


@pytest.fixture
def statements(engine) -> list[str]:
    """Every statement that reaches the database from now on."""
    found: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: found.append(statement),
    )
    return found


def test_a_key_is_looked_up_once_in_its_lifetime(store, ring, clock, statements):
    record, key = store.create("shop", Scope.WRITE)
    statements.clear()
    assert ring.recall(key) is None
    assert ring.look_up(key) == record
    clock.now += 4.9
    assert ring.recall(key) == record
    assert len(statements) == 1
    clock.now += 0.2
    assert ring.recall(key) is None


def test_a_revoked_key_opens_nothing_after_its_lifetime(store, ring, clock):
    _, key = store.create("shop", Scope.WRITE)
    ring.look_up(key)
    store.revoke(key.id)
    clock.now += 5
    assert ring.recall(key) is None
    assert ring.look_up(key) is None


def test_the_right_id_with_a_wrong_secret(store, ring):
    _, key = store.create("shop", Scope.READ)
    wrong = ApiKey(key.id, make_key().secret)
    assert ring.look_up(wrong) is None
    ring.look_up(key)
    assert ring.recall(wrong) is None
    assert ring.look_up(wrong) is None
    assert ring.recall(key) is not None


def test_nobody_fills_the_memory_by_trying(ring):
    for _ in range(20):
        assert ring.look_up(make_key()) is None
    assert not ring._remembered
    assert not ring._used


def test_whether_there_are_keys_is_asked_now_and_then(store, ring, clock, statements):
    assert not ring.knows_whether_any()
    assert not ring.has_any()
    _, key = store.create("shop", Scope.READ)
    assert not ring.has_any()
    clock.now += 5
    assert ring.has_any()
    store.revoke(key.id)
    statements.clear()
    clock.now += 1000
    assert ring.has_any()
    assert statements == []


def test_a_use_is_written_once_a_minute(store, ring, statements):
    _, key = store.create("shop", Scope.READ)
    ring.look_up(key)
    ring.note_uses()
    first = store.find(key.id).last_used_at
    assert first is not None
    statements.clear()
    ring.recall(key)
    ring.note_uses()
    assert statements == []


def test_a_use_that_cannot_be_written_is_written_later(store, ring, engine, monkeypatch):
    _, key = store.create("shop", Scope.READ)
    ring.look_up(key)
    with monkeypatch.context() as patch:
        patch.setattr(store, "note_uses", _full)
        with pytest.raises(StorageError):
            ring.note_uses()
    ring.note_uses()
    assert store.find(key.id).last_used_at is not None


def _full(_uses: object) -> None:
    raise StorageError("the disk is full")


def test_a_database_that_is_gone_is_an_error_and_not_a_wrong_key(store, ring, engine, tmp_path):
    _, key = store.create("shop", Scope.READ)
    engine.dispose()
    for path in tmp_path.iterdir():
        path.write_bytes(b"no database" * 1000)
    with pytest.raises((CollectionError, StorageError)):
        ring.look_up(key)
