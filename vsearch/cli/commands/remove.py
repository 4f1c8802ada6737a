"""``vsearch remove``: take products out of a collection."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from vsearch.cli import FAILED
from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import complain, note, print_json


def remove(
    skus: Annotated[
        list[str], typer.Argument(metavar="SKU...", help="Which products.", show_default=False)
    ],
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove products by SKU.

    Their embeddings are kept: a product that comes back with a feed costs
    nothing. Exits with 1 where a SKU is unknown; the others are removed all the
    same.

    Examples:

      vsearch remove SHO-RUN-001

      vsearch remove SHO-RUN-001 SHO-RUN-002 --collection /srv/search
    """
    from vsearch.collection import Collection

    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        removal = opened.remove(skus)
    if as_json:
        print_json(asdict(removal))
    else:
        note(f"removed {len(removal.removed)} of {len(removal.removed) + len(removal.unknown)}")
    if removal.unknown:
        complain(f"{settings.collection}: no product has the SKU {', '.join(removal.unknown)}")
        raise typer.Exit(FAILED)
