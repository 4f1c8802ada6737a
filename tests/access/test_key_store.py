"""Keys in the database, SQLite here; the tables are the same in PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from vsearch.access.scope import Scope
from vsearch.catalog import schema
from vsearch.catalog.revision import catalogue_revision
from vsearch.errors import SettingsError


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_is_found_as_it_was_made(store, scope):
    record, key = store.create("shop", scope, per_minute=30)
    assert store.find(key.id) == record
    assert store.records() == [record]
    assert record.scope is scope
    assert record.per_minute == 30
    assert abs(record.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert key.has_digest(record.digest)


def test_the_secret_is_nowhere_in_the_database(store, engine, tmp_path):
    _, key = store.create("shop", Scope.READ)
    with engine.connect() as connection:
        (row,) = connection.execute(select(schema.api_keys)).all()
    assert key.secret not in str(row)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key.id.encode() in written
    assert key.secret.encode() not in written


def test_a_revoked_key_stays_in_the_list(store):
    _, key = store.create("shop", Scope.READ)
    assert store.revoke(key.id)
    revoked = store.find(key.id).revoked_at
    assert revoked is not None
    assert store.revoke(key.id)
    assert store.find(key.id).revoked_at == revoked
    assert store.has_any()


def test_what_is_not_there(store):
    assert store.find("0" * 16) is None
    assert not store.revoke("0" * 16)
    assert store.records() == []
    assert not store.has_any()


def test_uses(store, engine):
    with engine.connect() as connection:
        before = catalogue_revision(connection)
    _, key = store.create("shop", Scope.READ)
    moment = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    store.note_uses([(key.id, moment), ("0" * 16, moment)])
    assert store.find(key.id).last_used_at == moment
    with engine.connect() as connection:
        assert catalogue_revision(connection) == before


@pytest.mark.parametrize(("name", "per_minute"), [("", None), ("  ", None), ("shop", 0)])
def test_what_makes_no_key(store, name, per_minute):
    with pytest.raises(SettingsError):
        store.create(name, Scope.READ, per_minute=per_minute)
    assert not store.has_any()


def test_each_scope_includes_the_ones_before_it():
    assert [sorted(scope.included) for scope in Scope] == [
        ["read"],
        ["read", "write"],
        ["admin", "read", "write"],
    ]
