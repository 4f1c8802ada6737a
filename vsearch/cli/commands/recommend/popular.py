"""``vsearch recommend popular``: what shoppers want most."""

from __future__ import annotations

from time import perf_counter

from vsearch.cli.commands.query.options import KOption, WhereOption
from vsearch.cli.commands.recommend.answer import print_recommendations
from vsearch.cli.commands.recommend.options import InStockOption
from vsearch.cli.options import CollectionOption, JsonOption, settings_from


def popular(
    in_stock: InStockOption = False,
    where: WhereOption = "",
    k: KOption = 10,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
) -> None:
    """Recommend what shoppers want most at the moment.

    Counted from the collection's events, of which recent ones and purchases
    weigh more. Without events: what was added last.

    Examples:

      vsearch recommend popular -k 20

      vsearch recommend popular --where 'category:fashion/*' --in-stock --json
    """
    from vsearch.collection import Collection
    from vsearch.recommending.asked import Popular

    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        started = perf_counter()
        found = opened.recommender.popular(Popular(k=k, where=where, in_stock=in_stock))
        seconds = perf_counter() - started
    print_recommendations(found, seconds, as_json=as_json)
