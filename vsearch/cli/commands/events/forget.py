"""``vsearch events forget``: remove what is known of a shopper, or what is long ago."""

from __future__ import annotations

from typing import Annotated

import typer

from vsearch.cli.commands.events.choice import (
    BeforeOption,
    OlderOption,
    SessionOption,
    UserOption,
    selection,
)
from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import note, print_json


def forget(
    user: UserOption = None,
    session: SessionOption = None,
    before: BeforeOption = None,
    older_than: OlderOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove events for good: those that meet all the options.

    What was counted from them is counted anew without them when it is next
    asked for. A model that was learned from them is to be learned again.

    Examples:

      vsearch events forget --user 4711

      vsearch events forget --session 1f0c --yes

      vsearch events forget --before 2026-01-01

      vsearch events forget --older-than 400d --yes --json
    """
    from vsearch.collection import Collection

    chosen = selection(user=user, session=session, before=before, older_than=older_than)
    if chosen.is_everything:
        raise typer.BadParameter("say which: --user, --session, --before or --older-than")
    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        if not yes:
            number = opened.events.count(chosen)
            if number:
                asked = f"{settings.collection}: remove {number:,} events for good?"
                typer.confirm(asked, abort=True, err=True)
        removed = opened.events.forget(chosen)
    if as_json:
        print_json({"removed": removed})
    else:
        note(f"removed {removed:,} events")
