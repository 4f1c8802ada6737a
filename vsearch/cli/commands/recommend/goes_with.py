"""``vsearch recommend goes-with``: what completes a basket."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated

import typer

from vsearch.cli.commands.query.options import BoostOption, KOption, WhereOption
from vsearch.cli.commands.recommend.answer import print_recommendations
from vsearch.cli.commands.recommend.options import InStockOption, SummaryOption
from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import note


def goes_with(
    skus: Annotated[
        list[str],
        typer.Argument(metavar="SKU...", help="What is there already.", show_default=False),
    ],
    each_category: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="At most N of one category; 0 for any number."),
    ] = 0,
    in_stock: InStockOption = False,
    where: WhereOption = "",
    boost: BoostOption = None,
    k: KOption = 10,
    summary: SummaryOption = False,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
) -> None:
    """Recommend what goes with some products.

    Learned from what the shop's customers put together (`vsearch recommend
    learn`). Where nothing was learned: other categories in the same style, and
    it says so.

    Examples:

      vsearch recommend goes-with FAS-BAG-002

      vsearch recommend goes-with FAS-BAG-002 FAS-MSH-001 --each-category 2 --in-stock
    """
    if summary and not as_json:
        raise typer.BadParameter("--summary: is a line of JSON; give --json with it")
    from vsearch.collection import Collection
    from vsearch.recommending.asked import GoesWith
    from vsearch.searching.boost import parse_boost

    asked = GoesWith(
        tuple(skus),
        k=k,
        where=where,
        in_stock=in_stock,
        each_category=each_category,
        boosts=tuple(parse_boost(one) for one in boost or ()),
    )
    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        started = perf_counter()
        found = opened.recommender.complete(asked)
        seconds = perf_counter() - started
        why_not_learned = opened.recommender.why_not_learned()
    if why_not_learned is not None:
        note(f"note: {why_not_learned}")
    print_recommendations(found, seconds, as_json=as_json, with_summary=summary)
