"""``vsearch events status``: what is known of shoppers, in figures."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import print_json

if TYPE_CHECKING:
    from vsearch.events.overview import EventsOverview


def status(collection: CollectionOption = None, as_json: JsonOption = False) -> None:
    """Count the events: of each kind, of whom, of which products, from when to when.

    Examples:

      vsearch events status

      vsearch events status --collection /srv/search --json
    """
    from vsearch.cli.tables import print_facts
    from vsearch.collection import Collection

    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        found = opened.events.overview()
    if as_json:
        print_json(_record(found))
        return
    print_facts(
        [
            ("collection", str(settings.collection)),
            ("events", f"{found.events:,}"),
            *(("", f"{number:,} {kind.value}") for kind, number in found.kinds.items() if number),
            ("from", _moment(found.first_at)),
            ("to", _moment(found.last_at)),
            ("users", f"{found.users:,}"),
            ("sessions", f"{found.sessions:,}"),
            ("products", f"{found.skus:,} ({_unknown(found)})"),
        ]
    )


def _unknown(found: EventsOverview) -> str:
    if not found.unknown_skus:
        return "all of them in the catalogue"
    return f"{found.unknown_skus:,} not in the catalogue, with {found.unknown_events:,} events"


def _record(found: EventsOverview) -> dict[str, Any]:
    return asdict(found) | {
        "kinds": {kind.value: number for kind, number in found.kinds.items()},
        "first_at": None if found.first_at is None else found.first_at.isoformat(),
        "last_at": None if found.last_at is None else found.last_at.isoformat(),
    }


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
