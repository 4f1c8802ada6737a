"""A second look at the best hits: patch by patch, where the query asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from vsearch.encoder.interface import Encoder
from vsearch.patches.regions import DEPTH
from vsearch.patches.rerank import reranked
from vsearch.searching.originals import Originals
from vsearch.searching.query import RERANKED, Query
from vsearch.searching.result import Hit


def look_again(
    connection: Connection,
    encoder: Encoder,
    originals: Originals,
    query: Query,
    hits: Sequence[Hit],
) -> list[Hit]:
    """Put the first ten hits in order by score, boost and matching patches together.

    A hit whose picture is gone keeps its place among the first ten; the others move around it.

    Raises:
        EncoderError: the encoder has no patch tokens.
        QueryError: the query isn't one picture.
    """
    asked = originals.of_query(connection, query, min_side=encoder.min_side)
    tokens = encoder.patches(asked, depth=DEPTH)
    pictures = {
        place: picture
        for place, hit in enumerate(hits[:RERANKED])
        if (picture := originals.of_hit(hit, min_side=encoder.min_side)) is not None
    }
    order = reranked(
        tokens,
        [encoder.patches(picture, depth=DEPTH) for picture in pictures.values()],
        [hits[place].score + hits[place].boost for place in pictures],
    )
    places = list(pictures)
    ordered = list(hits)
    for place, number in zip(places, order, strict=True):
        ordered[place] = hits[places[number]]
    return ordered
