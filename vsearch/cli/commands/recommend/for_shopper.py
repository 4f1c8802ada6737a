"""``vsearch recommend for``: what a shopper may want next."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter
from typing import Annotated

import typer

from vsearch.cli.commands.query.options import BoostOption, DiversityOption, KOption, WhereOption
from vsearch.cli.commands.recommend.answer import print_recommendations
from vsearch.cli.commands.recommend.options import InStockOption, SummaryOption
from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import note

_WHO = "Who"
_HOW = "How"


def for_shopper(
    user: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="Whom events know by this id.",
            rich_help_panel=_WHO,
            show_default=False,
        ),
    ] = "",
    session: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="A visit, as events name it.",
            rich_help_panel=_WHO,
            show_default=False,
        ),
    ] = "",
    viewed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SKU",
            help="Looked at, the latest last; may be repeated.",
            rich_help_panel=_WHO,
            show_default=False,
        ),
    ] = None,
    basket: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SKU",
            help="Put into the basket; may be repeated.",
            rich_help_panel=_WHO,
            show_default=False,
        ),
    ] = None,
    bought: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SKU",
            help="Bought; may be repeated.",
            rich_help_panel=_WHO,
            show_default=False,
        ),
    ] = None,
    like: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SKU",
            help="Said to be liked; may be repeated.",
            rich_help_panel=_WHO,
            show_default=False,
        ),
    ] = None,
    unlike: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SKU",
            help="Said not to be liked; may be repeated.",
            rich_help_panel=_WHO,
            show_default=False,
        ),
    ] = None,
    interests: Annotated[
        int,
        typer.Option(min=1, max=10, help="Serve so many interests at most.", rich_help_panel=_HOW),
    ] = 4,
    half_life: Annotated[
        float,
        typer.Option(
            metavar="DAYS", help="After so long an event counts half.", rich_help_panel=_HOW
        ),
    ] = 14.0,
    fresh: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            metavar="SHARE",
            help="So many of the places are for products that nobody has met.",
            rich_help_panel=_HOW,
        ),
    ] = 0.0,
    seen: Annotated[
        bool,
        typer.Option("--seen", help="Also what the shopper has met.", rich_help_panel=_HOW),
    ] = False,
    seed: Annotated[
        int,
        typer.Option(help="The same seed gives the same answer.", rich_help_panel=_HOW),
    ] = 0,
    in_stock: InStockOption = False,
    where: WhereOption = "",
    diversity: DiversityOption = 0.0,
    boost: BoostOption = None,
    k: KOption = 10,
    summary: SummaryOption = False,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
) -> None:
    """Recommend what a shopper may want next.

    From what the collection's events know of the user or the session, and from
    what is named here. Who has no history gets what is popular.

    Examples:

      vsearch recommend for --user u-1017

      vsearch recommend for --viewed FAS-BAG-002 --viewed FAS-MSH-001 --in-stock

      vsearch recommend for --session s-88 --unlike FAS-BAG-004 -k 20 --json
    """
    if summary and not as_json:
        raise typer.BadParameter("--summary: is a line of JSON; give --json with it")
    from vsearch.collection import Collection
    from vsearch.events.event import Event, EventKind
    from vsearch.recommending.asked import ForShopper
    from vsearch.searching.boost import parse_boost

    now = datetime.now(UTC)
    given = ((EventKind.VIEW, viewed), (EventKind.BASKET, basket), (EventKind.PURCHASE, bought))
    asked = ForShopper(
        user_id=user,
        session_id=session,
        history=tuple(Event(kind, sku, now) for kind, skus in given for sku in skus or ()),
        like=tuple(like or ()),
        unlike=tuple(unlike or ()),
        k=k,
        where=where,
        in_stock=in_stock,
        seen=seen,
        interests=interests,
        half_life_days=half_life,
        fresh=fresh,
        diversity=diversity,
        boosts=tuple(parse_boost(one) for one in boost or ()),
        seed=seed,
        at=now,
    )
    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        started = perf_counter()
        found = opened.recommender.recommend(asked)
        seconds = perf_counter() - started
    if (user or session) and not found.interests:
        instead = "".join(f": what is {one.basis.value}" for one in found.hits[:1])
        note(f"nothing is known of this shopper{instead}")
    print_recommendations(found, seconds, as_json=as_json, with_summary=summary)
