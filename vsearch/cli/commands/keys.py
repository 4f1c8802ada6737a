"""``vsearch keys``: who may use the service, and for what."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vsearch.cli import FAILED
from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import complain, note, print_json

if TYPE_CHECKING:
    from vsearch.access.key_store import KeyRecord

keys = typer.Typer(
    name="keys", help="Make, list and revoke the service's keys.", no_args_is_help=True
)

_SCOPES = ("read", "write", "admin")


@keys.command("create")
def create(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Who or what will use it.", show_default=False)
    ],
    scope: Annotated[
        str,
        typer.Option(
            metavar="|".join(_SCOPES),
            help="What it is good for: queries, changes of the catalogue, the service's figures."
            " Each includes the ones before it.",
        ),
    ] = "read",
    per_minute: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Requests a minute that it may make.  \\[default: the service's own limit]",
            show_default=False,
        ),
    ] = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key, and print it this once: only its hash is kept.

    It is sent as `Authorization: Bearer KEY`. A running service knows it at once.

    Examples:

      vsearch keys create shop-backend --scope write

      vsearch keys create kiosk --scope read --per-minute 60 --json
    """
    from vsearch.access.scope import Scope
    from vsearch.collection import Collection

    if scope not in _SCOPES:
        raise typer.BadParameter(f'--scope: "{scope}" is none of {", ".join(_SCOPES)}')
    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        record, key = opened.keys.create(name, Scope(scope), per_minute=per_minute)
    if as_json:
        print_json({**_shown(record), "key": key.text})
        return
    typer.echo(key.text)
    note(f"{record.id}: scope {record.scope}. Keep the key now: it can't be shown again.")


@keys.command("list")
def list_keys(collection: CollectionOption = None, as_json: JsonOption = False) -> None:
    """List the keys that were made, revoked ones included.

    The keys themselves aren't kept.

    Examples:

      vsearch keys list

      vsearch keys list --collection /srv/search --json
    """
    from vsearch.cli.tables import print_table
    from vsearch.collection import Collection

    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        records = opened.keys.records()
    if as_json:
        for record in records:
            print_json(_shown(record))
        return
    if not records:
        note(f"{settings.collection}: no keys; make one with `vsearch keys create NAME`")
        return
    print_table(
        [
            ("id", "left"),
            ("name", "left"),
            ("scope", "left"),
            ("a minute", "right"),
            ("made", "left"),
            ("last used", "left"),
            ("revoked", "left"),
        ],
        (
            [
                record.id,
                record.name,
                record.scope,
                "" if record.per_minute is None else f"{record.per_minute:,}",
                _day_and_time(record.created_at),
                _day_and_time(record.last_used_at),
                _day_and_time(record.revoked_at),
            ]
            for record in records
        ),
        whole="id",
    )


@keys.command("revoke")
def revoke(
    key_id: Annotated[
        str,
        typer.Argument(metavar="ID", help="As `vsearch keys list` shows it.", show_default=False),
    ],
    collection: CollectionOption = None,
) -> None:
    """Let a key open nothing any more.

    A running service heeds it within 5 seconds.

    Examples:

      vsearch keys revoke 0123456789abcdef
    """
    from vsearch.collection import Collection

    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        is_known = opened.keys.revoke(key_id)
    if not is_known:
        complain(f'{settings.collection}: no key has the id "{key_id}"; see `vsearch keys list`')
        raise typer.Exit(FAILED)
    note(f"{key_id}: revoked")


def _shown(record: KeyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "scope": record.scope.value,
        "per_minute": record.per_minute,
        "created_at": _iso(record.created_at),
        "last_used_at": _iso(record.last_used_at),
        "revoked_at": _iso(record.revoked_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _day_and_time(moment: datetime | None) -> str:
    """In UTC, to a minute."""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
