"""A value of a field, counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a field, and the products among those counted that have it."""

    value: str
    """For people; of several spellings that differ in case, the most frequent."""
    count: int
    where: str
    """The filter that selects exactly these products."""
