"""``vsearch recommend batch``: candidates for every shopper, for a ranker that comes after."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from vsearch.cli.commands.query.options import WhereOption
from vsearch.cli.commands.recommend.options import InStockOption
from vsearch.cli.options import CollectionOption, settings_from
from vsearch.cli.output import Interrupted, note

_STDOUT = "-"


def batch(
    to: Annotated[
        str,
        typer.Option(
            metavar="FILE|-",
            help="Where to: FILE.parquet or FILE.csv with a row for each candidate, FILE.jsonl"
            " with a line for each shopper, - for JSONL on stdout.",
            show_default=False,
        ),
    ],
    by: Annotated[
        str, typer.Option(metavar="user|session", help="Who counts as one shopper.")
    ] = "user",
    k: Annotated[int, typer.Option("-k", min=1, max=10_000, help="How many for each.")] = 100,
    seen: Annotated[bool, typer.Option("--seen", help="Also what the shopper has met.")] = False,
    in_stock: InStockOption = False,
    where: WhereOption = "",
    collection: CollectionOption = None,
) -> None:
    """Recommend to every shopper that events know, for another recommender to rank.

    The same as `vsearch recommend for` answers for each, all as of one moment:
    user_id or session_id, rank, sku, score, basis, because.

    Examples:

      vsearch recommend batch --to candidates.parquet

      vsearch recommend batch --to - --by session -k 20 --in-stock
    """
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.collection import Collection
    from vsearch.interchange.candidate_files import (
        FORMATS,
        write_candidate_lines,
        write_candidates,
    )
    from vsearch.interchange.candidates import Candidates
    from vsearch.interchange.shopper_kind import ShopperKind
    from vsearch.recommending.asked import ForShopper
    from vsearch.told_format import told_format

    if by not in list(ShopperKind):
        raise typer.BadParameter(f'--by: "{by}" is not {" or ".join(ShopperKind)}')
    if to != _STDOUT:
        told_format(to, FORMATS)
    asked = ForShopper(k=k, where=where, in_stock=in_stock, seen=seen)
    settings = settings_from(collection=collection)
    with (
        Collection.open(settings.collection, settings=settings) as opened,
        ProgressBars() as bars,
    ):
        candidates = Candidates(opened, asked=asked, kind=ShopperKind(by), progress=bars)
        try:
            if to == _STDOUT:
                written = write_candidate_lines(sys.stdout.buffer, candidates)
            else:
                written = write_candidates(Path(to), candidates)
        except KeyboardInterrupt:
            whole = "the lines so far are whole" if to == _STDOUT else "no file was written"
            raise Interrupted(f"interrupted; {whole}") from None
    if not candidates.shoppers:
        note(f"no event names a {by}; `vsearch events import` brings events")
    note(f"{written:,} candidates for {len(candidates.shoppers):,} shoppers")
