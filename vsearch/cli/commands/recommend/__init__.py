"""``vsearch recommend``: what to show beside a product, to a shopper, with a basket."""

from __future__ import annotations

import typer

from vsearch.cli.commands.recommend import (
    batch,
    evaluate,
    for_shopper,
    goes_with,
    learn,
    popular,
    similar,
)

recommend = typer.Typer(
    name="recommend",
    help="Recommend products: similar ones, what goes with them, what a shopper may want.",
    no_args_is_help=True,
)

recommend.command("similar")(similar.similar)
recommend.command("for")(for_shopper.for_shopper)
recommend.command("goes-with")(goes_with.goes_with)
recommend.command("popular")(popular.popular)
recommend.command("batch")(batch.batch)
recommend.command("learn")(learn.learn)
recommend.command("evaluate")(evaluate.evaluate)
