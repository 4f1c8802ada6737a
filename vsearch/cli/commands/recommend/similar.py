"""``vsearch recommend similar``: what looks like a product."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated

import typer

from vsearch.cli.commands.query.answer import as_record
from vsearch.cli.commands.query.options import (
    BoostOption,
    DiversityOption,
    KOption,
    MinConfidenceOption,
    OffsetOption,
    WhereOption,
)
from vsearch.cli.commands.recommend.options import InStockOption
from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import note, print_json


def similar(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="The product.", show_default=False)],
    category: Annotated[
        str,
        typer.Option(metavar="any|same|other", help="Whether of the product's own category."),
    ] = "any",
    price_band: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="At most so much dearer or cheaper: 0.25 for a quarter.",
            show_default=False,
        ),
    ] = None,
    in_stock: InStockOption = False,
    where: WhereOption = "",
    min_confidence: MinConfidenceOption = 0.0,
    diversity: DiversityOption = 0.0,
    boost: BoostOption = None,
    k: KOption = 10,
    offset: OffsetOption = 0,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
) -> None:
    """Find products that look like one.

    The product itself, its variants and near-identical listings are left out;
    `vsearch query --sku` has them in.

    Examples:

      vsearch recommend similar FAS-BAG-002

      vsearch recommend similar TOY-VEH-004 --category same --price-band 0.25 --in-stock

      vsearch recommend similar FAS-BAG-002 --category other --diversity 0.3 --json
    """
    from vsearch.cli.commands.query.answer import print_hits
    from vsearch.collection import Collection
    from vsearch.recommending.absence import why_nothing_similar
    from vsearch.recommending.asked import CategoryScope, SimilarTo
    from vsearch.searching.boost import parse_boost

    if category not in list(CategoryScope):
        raise typer.BadParameter(f'--category: "{category}" is none of {", ".join(CategoryScope)}')
    asked = SimilarTo(
        sku,
        k=k,
        offset=offset,
        where=where,
        category=CategoryScope(category),
        price_band=price_band,
        in_stock=in_stock,
        diversity=diversity,
        boosts=tuple(parse_boost(one) for one in boost or ()),
        min_confidence=min_confidence,
    )
    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        started = perf_counter()
        result = opened.recommender.similar(asked)
        seconds = perf_counter() - started
    if as_json:
        for hit in result.hits:
            print_json(as_record(hit))
        return
    print_hits(result.hits)
    if not result.hits:
        note(why_nothing_similar(asked))
    note(f"{len(result.hits)} products in {seconds * 1000:.0f} ms")
