"""From the command's options to a ``Query``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from vsearch.searching.query import Example, Query

STDIN = "-"


def question(
    *,
    photos: Sequence[str],
    skus: Sequence[str],
    text: str | None,
    box: str | None,
    mix: str | None,
    unlike: Sequence[str],
    unlike_skus: Sequence[str],
    boosts: Sequence[str],
    **other: Any,
) -> Query:
    """Make the query that the options describe.

    Raises:
        QueryError: they don't make one.
        BadParameter: an option can't be read.
    """
    from vsearch.images.box import parse_box
    from vsearch.searching.boost import parse_boost
    from vsearch.searching.query import Example, Query

    if box is not None and len(photos) != 1:
        raise typer.BadParameter(f"--box: is a part of one photo; {len(photos)} were given")
    images = [_image(photo) for photo in (*photos, *unlike)]
    part = None if box is None else parse_box(box)
    like = [Example(image=image, box=part) for image in images[: len(photos)]]
    like += [Example(sku=sku) for sku in skus]
    if text is not None:
        like.append(Example(text=text))
    return Query(
        like=tuple(like if mix is None else _weighted(like, mix)),
        unlike=(
            *(Example(image=image) for image in images[len(photos) :]),
            *(Example(sku=sku) for sku in unlike_skus),
        ),
        boosts=tuple(parse_boost(boost) for boost in boosts),
        **other,
    )


def _image(photo: str) -> str | bytes:
    return sys.stdin.buffer.read() if photo == STDIN else photo


def _weighted(examples: Sequence[Example], mix: str) -> list[Example]:
    try:
        weights = [float(part) for part in mix.split(",")]
    except ValueError:
        weights = []
    if len(weights) != len(examples):
        raise typer.BadParameter(
            f'--mix: "{mix}" where a number for each of {len(examples)} examples is needed, as'
            " 1,0.3: photos first, then SKUs, then the text"
        )
    return [replace(one, weight=weight) for one, weight in zip(examples, weights, strict=True)]
