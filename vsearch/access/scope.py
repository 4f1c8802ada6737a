"""What a key is good for."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """Each includes the ones before it."""

    READ = "read"
    """Queries, products, pictures."""

    WRITE = "write"
    """Changing products, reading feeds, telling of events."""

    ADMIN = "admin"
    """Looking into the service itself: its figures. Forgetting what shoppers did."""

    @property
    def included(self) -> frozenset[Scope]:
        """Itself and the ones before it.

        >>> sorted(Scope.WRITE.included)
        [<Scope.READ: 'read'>, <Scope.WRITE: 'write'>]
        """
        known = list(Scope)
        return frozenset(known[: known.index(self) + 1])


EVERYTHING = Scope.ADMIN.included
NOTHING: frozenset[Scope] = frozenset()
