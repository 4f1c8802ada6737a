"""When something happened, as files write it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from vsearch.catalog.feeds.fields.fault import quoted
from vsearch.events.intake.cells import text_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?")
_SPELLED_ZONE = re.compile(r" ?(UTC|GMT|Z)$", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})(?:,? +(\d\d?)(:\d\d.*))?")
_BLANK_BEFORE_OFFSET = re.compile(r" (?=[+-]\d\d:?\d\d$)")


def moment_of(value: object, zone: tzinfo) -> datetime:
    """A moment in UTC.

    Args:
        value: ISO 8601, a day, the same with dots and the day first (24.12.2026 18:05), or a
            number of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart
            by how large it is. Days with slashes are none: nobody knows which is the month.
        zone: of moments that name none.

    Raises:
        ValueError: it is no moment, or one beyond the years 1 to 9999.
    """
    try:
        match value:
            case datetime():
                return _in_utc(value, zone)
            case date():
                return _in_utc(datetime.combine(value, time()), zone)
            case bool():
                pass
            case int():
                return _since_1970(value)
            case float() if value.is_integer():
                return _since_1970(int(value))
            case _:
                return _written(text_of(value), zone)
    except (ValueError, OverflowError):
        pass
    said = "it is empty" if value in (None, "") else f"{quoted(value)} is no moment"
    raise ValueError(f"{said}; write it like 2026-11-01T12:00:00Z, or as seconds since 1970")


def _written(text: str, zone: tzinfo) -> datetime:
    # Eight digits are a day: as seconds they would be one before 1973.
    if len(text) != 8 and _NUMBER.fullmatch(text):
        whole, _, fraction = text.partition(".")
        return _since_1970(int(whole), float(f"0.{fraction or 0}"))
    try:
        return _in_utc(datetime.fromisoformat(text), zone)
    except ValueError:
        plain = _BLANK_BEFORE_OFFSET.sub("", _SPELLED_ZONE.sub("+00:00", text))
        if dotted := _DAY_FIRST.fullmatch(plain):
            day, month, year, hour, rest = dotted.groups(default="")
            plain = f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}{rest}" if hour else "")
        return _in_utc(datetime.fromisoformat(plain), zone)


def _since_1970(number: int, fraction: float = 0.0) -> datetime:
    # In smaller units from where it would, as seconds, be a year past 5000.
    if number >= 10**17:
        microseconds = number // 1_000
    elif number >= 10**14:
        microseconds = number
    elif number >= 10**11:
        microseconds = number * 1_000 + round(fraction * 1_000)
    elif number >= 0:
        microseconds = number * 1_000_000 + round(fraction * 1_000_000)
    else:
        raise ValueError
    return _EPOCH + timedelta(microseconds=microseconds)


def _in_utc(moment: datetime, zone: tzinfo) -> datetime:
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)
