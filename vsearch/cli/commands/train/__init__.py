"""``vsearch train``: encoders of one's own, a file for each of its commands."""

from __future__ import annotations

import typer

from vsearch.cli.commands.train import compare, distil, quantise, tune

train = typer.Typer(name="train", help="Compare encoders and make your own.", no_args_is_help=True)

train.command("compare")(compare.compare)
train.command("distil")(distil.distil)
train.command("quantise")(quantise.quantise)
train.command("tune")(tune.tune)
