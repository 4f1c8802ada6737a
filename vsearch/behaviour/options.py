"""How events are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vsearch.errors import SettingsError
from vsearch.events.event import EventKind

#: How much more a purchase says of what somebody wants than a view does.
KIND_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        EventKind.VIEW.value: 1.0,
        EventKind.CLICK.value: 1.0,
        EventKind.BASKET.value: 3.0,
        EventKind.PURCHASE.value: 4.0,
    }
)


@dataclass(frozen=True, slots=True)
class BehaviourOptions:
    """What an event counts.

    Raises:
        SettingsError: a number is out of range.
    """

    kind_weights: Mapping[str, float] = field(default_factory=lambda: KIND_WEIGHTS)
    """How much an event counts by its kind; one of another kind doesn't count."""
    half_life_days: float = 14.0
    """After how many days an event counts half for what is popular."""
    session_items: int = 50
    """Of one session the last so many products count as met together."""
    shopper_items: int = 100
    """Of one shopper likewise."""

    def __post_init__(self) -> None:
        """Hold the numbers to their ranges."""
        if not 0 < self.half_life_days <= 36_500:
            raise SettingsError(
                f"half_life_days = {self.half_life_days}: give more than 0 days, 36,500 at most"
            )
        for name in ("session_items", "shopper_items"):
            if getattr(self, name) < 2:
                raise SettingsError(f"{name} = {getattr(self, name)}: give 2 or more")
        for kind, weight in self.kind_weights.items():
            if not 0 <= weight < float("inf"):
                raise SettingsError(f"kind_weights: {kind} = {weight}: give 0 or more")
