"""Options that say which events are meant."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vsearch.events.selection import EventSelection

_AGE = re.compile(r"(\d+)([dhw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}

UserOption = Annotated[
    str | None,
    typer.Option("--user", metavar="ID", help="Of this user alone.", show_default=False),
]
SessionOption = Annotated[
    str | None,
    typer.Option("--session", metavar="ID", help="Of this session alone.", show_default=False),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE",
        help="From this moment on: 2026-11-01, or 2026-11-01T12:00; in UTC where it has no zone.",
        show_default=False,
    ),
]
BeforeOption = Annotated[
    str | None,
    typer.Option("--before", metavar="DATE", help="Earlier than this moment.", show_default=False),
]
OlderOption = Annotated[
    str | None,
    typer.Option(
        "--older-than",
        metavar="AGE",
        help="Longer ago than this: 400d, 12w or 36h.",
        show_default=False,
    ),
]


def selection(
    *,
    user: str | None = None,
    session: str | None = None,
    since: str | None = None,
    before: str | None = None,
    older_than: str | None = None,
) -> EventSelection:
    """The events that meet all options.

    Raises:
        EventRejected: an id is empty.
        BadParameter: a date or an age can't be read.
    """
    from vsearch.events.selection import EventSelection

    if before is not None and older_than is not None:
        raise typer.BadParameter("give --before or --older-than, not both")
    return EventSelection(
        user_id=user,
        session_id=session,
        since=None if since is None else _moment(since, "--since"),
        before=_before(before, older_than),
    )


def _before(before: str | None, older_than: str | None) -> datetime | None:
    if older_than is not None:
        return datetime.now(UTC) - _age(older_than)
    return None if before is None else _moment(before, "--before")


def _moment(text: str, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f'"{text}" is no date; write it like 2026-11-01', param_hint=option
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    try:
        if found is not None:
            return int(found[1]) * _UNITS[found[2]]
    except OverflowError:
        pass
    raise typer.BadParameter(
        f'"{text}" is no age; write it like 400d, 12w or 36h', param_hint="--older-than"
    )
