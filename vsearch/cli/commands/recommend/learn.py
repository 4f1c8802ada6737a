"""``vsearch recommend learn``: what goes with what, from a shop's baskets."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import Interrupted, note, print_json

if TYPE_CHECKING:
    from vsearch.evaluation.interval import Interval
    from vsearch.recommending.goes_with.learn import Judged, Learned


def learn(
    held_out: Annotated[
        float,
        typer.Option(
            min=0.05, max=0.5, help="Share of the baskets, the newest, that the model is judged by."
        ),
    ] = 0.2,
    refit: Annotated[
        bool,
        typer.Option(
            "--refit/--no-refit",
            help="Once judged, learn from the held-out baskets as well, in the same way.",
        ),
    ] = True,
    allow_worse: Annotated[
        bool, typer.Option("--allow-worse", help="Keep the model even where it has lost.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same model.")] = 0,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
) -> None:
    """Learn what goes with what from what was put into baskets together.

    Fits a light model to the embeddings that the collection holds, in minutes on
    a CPU. The newest baskets are held out: how often the model finds what is
    missing from them is printed, beside the same style, what is popular, and the
    baskets alone. A model that loses to one of these is not kept.

    Examples:

      vsearch recommend learn -c shop/

      vsearch recommend learn -c shop/ --held-out 0.1 --json
    """
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.collection import Collection
    from vsearch.recommending.goes_with.learn import LearnOptions

    options = LearnOptions(held_out=held_out, refit=refit, allow_worse=allow_worse, seed=seed)
    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened, ProgressBars() as bars:
        try:
            learned = opened.recommender.learn(opened.events.read(), options, bars)
        except KeyboardInterrupt:
            raise Interrupted("interrupted; nothing was learned, an older model stays") from None
    if as_json:
        print_json(_record(learned))
        return
    _print(learned)
    for sentence in learned.notes:
        note(f"note: {sentence}")
    whole = "learned from those as well" if refit else "not learned from"
    note(
        f"{learned.baskets:,} baskets of {learned.products:,} products; judged by the newest"
        f" {learned.held_out:,}, {whole}"
    )
    note(f"use it: vsearch recommend goes-with SKU --collection {settings.collection}")


def _print(learned: Learned) -> None:
    from vsearch.cli.tables import print_table

    print_table(
        [
            ("baskets completed by", "left"),
            ("found among 10", "right"),
            ("MRR", "right"),
            ("MRR gained by learned", "right"),
        ],
        [_row(one) for one in learned.judged],
    )


def _row(one: Judged) -> list[str]:
    gain = "" if one.gain is None else _told(one.gain, sign="+")
    return [one.way, _told(one.recall), _told(one.reciprocal_rank), gain]


def _told(figure: Interval, sign: str = "") -> str:
    low, high = (format(bound, f"{sign}.3f") for bound in (figure.low, figure.high))
    return f"{figure.mean:{sign}.3f} ({low} to {high})"


def _record(learned: Learned) -> dict[str, Any]:
    return {
        "baskets": learned.baskets,
        "held_out": learned.held_out,
        "products": learned.products,
        "chosen": learned.chosen,
        "judged": [asdict(one) for one in learned.judged],
        "notes": list(learned.notes),
    }
