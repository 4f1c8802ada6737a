"""``vsearch recommend evaluate``: how well the recommender finds what came next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import Interrupted
from vsearch.events.event import EventKind

if TYPE_CHECKING:
    from vsearch.collection import Collection
    from vsearch.events.columns import EventColumns


def evaluate(
    complete: Annotated[
        bool,
        typer.Option(
            "--complete", help="Ask for what else is in a basket, not for what comes next."
        ),
    ] = False,
    kinds: Annotated[
        list[EventKind] | None,
        typer.Option(
            "--kind",
            help="Ask only for products that came to this: purchase, say. May be repeated."
            "  \\[default: any]",
            show_default=False,
        ),
    ] = None,
    k: Annotated[
        int, typer.Option("-k", min=1, max=1_000, help="How many products a shopper is shown.")
    ] = 10,
    depth: Annotated[
        int, typer.Option("--depth", min=1, max=10_000, help="How far MRR looks, at least K.")
    ] = 100,
    test_share: Annotated[
        float,
        typer.Option(
            "--test-share", min=0.01, max=0.99, help="How many of the events are asked about."
        ),
    ] = 0.2,
    most_cases: Annotated[
        int, typer.Option("--most-cases", min=1, help="Of more cases, so many are drawn.")
    ] = 2_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of all that is drawn.")] = 0,
    simulated: Annotated[
        int | None,
        typer.Option(
            "--simulated",
            metavar="SHOPPERS",
            min=1,
            help="Evaluate on made-up events of so many shoppers; see `vsearch events simulate`.",
            show_default=False,
        ),
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(
            "--runs",
            metavar="DIR",
            help="Also write every ranking as a TREC run, and what is right as qrels.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            help="Also write each case, with the place at which each system has it.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
) -> None:
    """Measure how well the recommender finds what shoppers took next.

    The events are cut in time. From the first part everything is learned; of
    each shopper of the second part, the last product that was new to them is to
    be found, from what they did before. With --complete: one product of each
    basket, from the others. Beside the recommender stand popularity, a random
    order, co-occurrence (item-kNN), and the single mean of the history, or the
    same style.

    R@K: share of cases whose product is among the first K. nDCG@K, MRR: how far
    up it is. Coverage: share of the catalogue shown to anybody. Novelty: bits of
    surprise. Diversity: share of pairs of different categories. Bias: how much
    more popular than what was taken. In brackets the 95% interval over the cases.

    Examples:

      vsearch recommend evaluate

      vsearch recommend evaluate --complete --json

      vsearch recommend evaluate -c shop/ --simulated 500 --runs runs/
    """
    if depth < k:
        raise typer.BadParameter(f"--depth {depth}: give at least -k, which is {k}")
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.cli.recommender_output import print_evaluation, print_records
    from vsearch.collection import Collection
    from vsearch.recommender_evaluation.evaluate import evaluate_recommender
    from vsearch.recommender_evaluation.files import write_cases, write_trec
    from vsearch.recommender_evaluation.measured import Question

    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened, ProgressBars() as bars:
        found = evaluate_recommender(
            opened,
            question=Question.COMPLETE if complete else Question.NEXT,
            events=None if simulated is None else _simulated(opened, simulated, seed),
            test_share=test_share,
            kinds=tuple(kinds or EventKind),
            k=k,
            depth=depth,
            most_cases=most_cases,
            seed=seed,
            progress=bars,
        )
    if runs is not None:
        write_trec(runs, found)
    if table is not None:
        write_cases(table, found)
    (print_records if as_json else print_evaluation)(found)
    if found.is_interrupted:
        raise Interrupted(f"interrupted; the figures are of the first {len(found.cases)} cases")


def _simulated(collection: Collection, shoppers: int, seed: int) -> list[EventColumns]:
    from vsearch.recommender_evaluation.event_columns import as_columns
    from vsearch.recommender_evaluation.simulation.options import ShopOptions
    from vsearch.recommender_evaluation.simulation.shop import simulate

    products = (one.product for one in collection.export())
    return [as_columns(simulate(products, ShopOptions(shoppers=shoppers, seed=seed)))]
