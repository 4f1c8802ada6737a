"""A second look at the best hits: patch by patch, where the query asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from vsearch.encoder.interface import Encoder
from vsearch.patches.regions import DEPTH
from vsearch.patches.rerank import reranked
from vsearch.searching.originals import Originals
from vsearch.searching.query import RERANKED
from vsearch.searching.result import Hit


def look_again(
    encoder: Encoder, asked: Image.Image, originals: Originals, hits: Sequence[Hit]
) -> list[Hit]:
    """Put the first ten hits in order by score, boost and matching patches together.

    A hit whose picture is gone keeps its place among the first ten; the others move around it.

    Args:
        encoder: reads patches.
        asked: the query's one picture, upright RGB.
        originals: opens those of the hits, one at a time.
        hits: the best first.

    Raises:
        EncoderError: the encoder has no patch tokens.
    """
    found = {
        place: encoder.patches(picture, depth=DEPTH)
        for place, hit in enumerate(hits[:RERANKED])
        if (picture := originals.of_hit(hit, min_side=encoder.min_side)) is not None
    }
    order = reranked(
        encoder.patches(asked, depth=DEPTH),
        list(found.values()),
        [hits[place].score + hits[place].boost for place in found],
    )
    places, ordered = list(found), list(hits)
    for place, number in zip(places, order, strict=True):
        ordered[place] = hits[places[number]]
    return ordered
