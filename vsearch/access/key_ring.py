"""Who comes with a key: told without asking the database every time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from vsearch.access.key import ApiKey
from vsearch.access.key_store import KeyRecord, KeyStore

#: How long a revoked key may still open a door, in seconds.
LIFETIME_S = 5.0

_BETWEEN_NOTES = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Remembered:
    record: KeyRecord
    until: float


class KeyRing:
    """Keys that were shown lately. Safe to share between threads."""

    def __init__(
        self,
        store: KeyStore,
        *,
        lifetime_s: float = LIFETIME_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with none.

        Args:
            store: where the keys are.
            lifetime_s: how long what the store said is believed, in seconds.
            clock: tells seconds that never go back.
        """
        self._store = store
        self._lifetime_s = lifetime_s
        self._clock = clock
        # Only keys that exist come in here, so that nobody can fill it by trying.
        self._remembered: dict[str, _Remembered] = {}
        self._used: dict[str, datetime] = {}
        self._noted: dict[str, datetime] = {}
        self._lock = Lock()
        self._has_any = False
        self._asked_at = float("-inf")

    def recall(self, key: ApiKey) -> KeyRecord | None:
        """The key's record if it was looked up lately; asks nobody, and so never waits."""
        remembered = self._remembered.get(key.id)
        if remembered is None or self._clock() >= remembered.until:
            return None
        if not key.has_digest(remembered.record.digest):
            return None
        self._used[key.id] = datetime.now(UTC)
        return remembered.record

    def look_up(self, key: ApiKey) -> KeyRecord | None:
        """The key's record by the store; None where no such key is in force.

        Raises:
            CollectionError, StorageError: the store can't be read.
        """
        until = self._clock() + self._lifetime_s
        record = self._store.find(key.id)
        if record is None or record.revoked_at is not None or not key.has_digest(record.digest):
            return None
        self._remembered[key.id] = _Remembered(record, until)
        self._used[key.id] = datetime.now(UTC)
        return record

    def has_any(self) -> bool:
        """Whether a key was ever made, as of at most ``lifetime_s`` ago."""
        if not self.knows_whether_any():
            self._asked_at, self._has_any = self._clock(), self._store.has_any()
        return self._has_any

    def knows_whether_any(self) -> bool:
        """Whether ``has_any`` can be answered without asking the store."""
        return self._has_any or self._clock() < self._asked_at + self._lifetime_s

    def note_uses(self) -> None:
        """Write when keys were last used, of each at most once a minute.

        Raises:
            CollectionError, StorageError: the store can't be written; it is tried again with
                the next call.
        """
        with self._lock:
            due = {
                key_id: moment
                for key_id, moment in self._used.copy().items()
                if key_id not in self._noted or moment >= self._noted[key_id] + _BETWEEN_NOTES
            }
            if due:
                self._store.note_uses(due.items())
                self._noted.update(due)
