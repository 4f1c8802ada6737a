"""How events from elsewhere are to be understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vsearch.errors import SettingsError
from vsearch.events.event import EventKind


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How to read a file or a table of events; everything has a default that suits most.

    Raises:
        SettingsError: there is no such time zone.
    """

    format: str | None = None
    """``csv``, ``tsv``, ``jsonl`` or ``parquet``; None to find out."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Column → field of ``Event``, where the known names don't fit."""
    kind: EventKind | None = None
    """What every row is, whatever a column says; None where a column says it."""
    words: Mapping[str, EventKind] = field(default_factory=dict)
    """Word of the column → kind, beside the known words."""
    encoding: str | None = None
    """Of a text file; None to find out."""
    timezone: str = "UTC"
    """Of moments that name none: ``Europe/Berlin``."""

    def __post_init__(self) -> None:
        """Look the time zone up."""
        _ = self.zone

    @property
    def zone(self) -> tzinfo:
        """``timezone`` itself."""
        if self.timezone == "UTC":
            return UTC
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SettingsError(
                f'timezone: "{self.timezone}" is none; give one like Europe/Berlin'
            ) from None
