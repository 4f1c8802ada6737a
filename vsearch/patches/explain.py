"""Why a picture was found: what the score hangs on, and which places match which."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from math import dist

import numpy as np
import numpy.typing as npt
from PIL import Image

from vsearch.encoder.interface import Encoder
from vsearch.encoder.patch_tokens import PatchTokens
from vsearch.errors import EncoderError
from vsearch.patches.occlusion import Heat, Occluded, occlude
from vsearch.patches.regions import DEPTH

SHOWN = 320
"""The side in pixels at which a picture is shown."""

_COOLEST = 0.2
_MOST_PAIRS = 6
# Of the picture's side, between the places of two pairs.
_APART = 0.16

Place = tuple[float, float]
"""Across and down, in shares of what the encoder sees."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A place in the query and the one in the hit that are each other's nearest."""

    query: Place
    hit: Place
    similarity: float
    """Of the two patch tokens, -1 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture as the encoder sees it, with what explaining it takes."""

    picture: Image.Image
    """The part of the upright picture that the encoder looks at, black where it fills up a
    margin; SHOWN pixels square."""

    occluded: Occluded

    tokens: PatchTokens | None
    """None where the encoder has no patch tokens."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """What of two pictures makes their embeddings alike.

    The heat is measured on the score itself: how much the cosine falls when the part is blurred
    out. Parts stand for each other, so heats don't add up to the score. The pairs are another
    thing: patches that look alike halfway through the ViT, which the score need not hang on. They
    are given where the heat is, at most six, some way apart.
    """

    score: float
    """The cosine of the two embeddings."""

    query: Seen
    hit: Seen
    query_heat: Heat
    hit_heat: Heat
    pairs: tuple[Pair, ...]


def look(encoder: Encoder, image: Image.Image) -> Seen:
    """See a picture, 27 times over; a query that is compared with many hits, only once.

    Args:
        encoder: any; without patch tokens there will be heat, but no pairs.
        image: upright, RGB.
    """
    pixels = encoder.prepare(image)
    tokens = None
    with suppress(EncoderError):
        tokens = encoder.patches(image, depth=DEPTH)
    left, top, right, bottom = encoder.preprocessing.covered(*image.size)
    across, down = image.size
    part = image.crop(
        (round(left * across), round(top * down), round(right * across), round(bottom * down))
    )
    shown = part.resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)
    return Seen(shown, occlude(encoder, pixels), tokens)


def explain(query: Seen, hit: Seen) -> Explanation:
    """Compare two pictures that one encoder has seen."""
    first, second = query.occluded, hit.occluded
    query_heat, hit_heat = first.heat(second.whole), second.heat(first.whole)
    pairs: tuple[Pair, ...] = ()
    if query.tokens is not None and hit.tokens is not None:
        pairs = tuple(_pairs(query.tokens, hit.tokens, query_heat, hit_heat))
    return Explanation(float(first.whole @ second.whole), query, hit, query_heat, hit_heat, pairs)


def _pairs(query: PatchTokens, hit: PatchTokens, query_heat: Heat, hit_heat: Heat) -> list[Pair]:
    """Nearest to each other, by likeness and by how hot both places are; some way apart."""
    similar = query.flat @ hit.flat.T
    nearest, back = similar.argmax(axis=1), similar.argmax(axis=0)
    patches = np.flatnonzero(back[nearest] == np.arange(len(nearest)))
    warm = np.sqrt(_warmth(query_heat, query)[patches] * _warmth(hit_heat, hit)[nearest[patches]])
    patches, warm = patches[warm >= _COOLEST], warm[warm >= _COOLEST]
    alike = similar[patches, nearest[patches]]
    taken: list[Pair] = []
    for number in np.argsort(-(alike * warm), kind="stable"):
        patch = int(patches[number])
        ends = _middle(query, patch), _middle(hit, int(nearest[patch]))
        if len(taken) < _MOST_PAIRS and all(
            min(dist(ends[0], other.query), dist(ends[1], other.hit)) >= _APART for other in taken
        ):
            taken.append(Pair(*ends, float(alike[number])))
    return taken


def _warmth(heat: Heat, grid: PatchTokens) -> npt.NDArray[np.float32]:
    """(patches,) the heat where each patch is, 0 to 1 of the hottest."""
    image = Image.fromarray(heat).resize((grid.columns, grid.rows), Image.Resampling.BILINEAR)
    warm = np.asarray(image, np.float32).clip(min=0).ravel()
    hottest = max(float(warm.max()), float(np.finfo(np.float32).tiny))
    return (warm / hottest).astype(np.float32)


def _middle(grid: PatchTokens, patch: int) -> Place:
    row, column = divmod(patch, grid.columns)
    return (column + 0.5) / grid.columns, (row + 0.5) / grid.rows
