"""Who counts as one shopper."""

from __future__ import annotations

from enum import StrEnum

from vsearch.events.columns import EventColumns


class ShopperKind(StrEnum):
    """Who counts as one shopper."""

    USER = "user"
    """Whom the shop knows; what nobody in particular did is left out."""
    SESSION = "session"
    """One visit; what happened outside of any is left out."""

    @property
    def column(self) -> str:
        """What tables call the column with the shoppers."""
        return f"{self.value}_id"

    def of(self, events: EventColumns) -> tuple[str, ...]:
        """(n,) the shopper of each event; empty where there is none."""
        return events.user_ids if self is ShopperKind.USER else events.session_ids
