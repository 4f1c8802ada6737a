"""The keys in the database: made, listed, revoked, found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from vsearch.access.key import ApiKey, make_key
from vsearch.access.scope import Scope
from vsearch.catalog.database import storage_errors
from vsearch.catalog.schema import api_keys
from vsearch.errors import SettingsError


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is kept of a key; not enough to use it."""

    id: str
    name: str
    """Whose it is, in its maker's words."""

    digest: str
    """SHA-256 of the secret, in hex."""

    scope: Scope
    per_minute: int | None
    """How many requests a minute it may make; None: as many as the service lets any."""

    created_at: datetime
    last_used_at: datetime | None
    """To a minute."""

    revoked_at: datetime | None


class KeyStore:
    """The table of keys. Rows are never removed: a revoked key's uses stay attributable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(
        self, name: str, scope: Scope, *, per_minute: int | None = None
    ) -> tuple[KeyRecord, ApiKey]:
        """Make a key; this is the only time that its secret is there to be read.

        Raises:
            SettingsError: the name is empty, or ``per_minute`` below 1.
            StorageError: the database can't be written.
        """
        if not name.strip():
            raise SettingsError("a key needs a name: who or what will use it")
        if per_minute is not None and per_minute < 1:
            raise SettingsError(f"per minute {per_minute}: at least 1")
        key = make_key()
        record = KeyRecord(
            id=key.id,
            name=name.strip(),
            digest=key.digest,
            scope=scope,
            per_minute=per_minute,
            created_at=datetime.now(UTC),
            last_used_at=None,
            revoked_at=None,
        )
        with storage_errors(self._engine), self._engine.begin() as connection:
            connection.execute(insert(api_keys).values(_row(record)))
        return record, key

    def records(self) -> list[KeyRecord]:
        """Every key that was ever made, the oldest first."""
        wanted = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        with storage_errors(self._engine), self._engine.connect() as connection:
            return [_record(row) for row in connection.execute(wanted)]

    def find(self, key_id: str) -> KeyRecord | None:
        """The key with this id, revoked or not."""
        wanted = select(api_keys).where(api_keys.c.id == key_id)
        with storage_errors(self._engine), self._engine.connect() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else _record(row)

    def has_any(self) -> bool:
        """Whether a key was ever made, revoked ones counted.

        Otherwise the revocation of the last one would open a service that is open to everybody
        as long as nobody has a key.
        """
        with storage_errors(self._engine), self._engine.connect() as connection:
            return connection.scalar(select(api_keys.c.id).limit(1)) is not None

    def revoke(self, key_id: str) -> bool:
        """Let a key open nothing any more; whether there is one with this id.

        Raises:
            StorageError: the database can't be written.
        """
        with storage_errors(self._engine), self._engine.begin() as connection:
            connection.execute(
                update(api_keys)
                .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=datetime.now(UTC))
            )
        return self.find(key_id) is not None

    def note_uses(self, uses: Iterable[tuple[str, datetime]]) -> None:
        """Write when keys were last used: (id, moment) each.

        Raises:
            StorageError: the database can't be written.
        """
        with storage_errors(self._engine), self._engine.begin() as connection:
            for key_id, moment in uses:
                connection.execute(
                    update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=moment)
                )


def _row(record: KeyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "digest": record.digest,
        "scopes": ",".join(scope for scope in Scope if scope in record.scope.included),
        "per_minute": record.per_minute,
        "created_at": record.created_at,
    }


def _record(row: Row[Any]) -> KeyRecord:
    granted = row.scopes.split(",")
    return KeyRecord(
        id=row.id,
        name=row.name,
        digest=row.digest,
        scope=[scope for scope in Scope if scope in granted][-1],
        per_minute=row.per_minute,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
