"""A query as a service takes it."""

from __future__ import annotations

from typing import Any

from vsearch.client.pictures import file_bytes, picture_json
from vsearch.images.box import Box
from vsearch.searching.boost import Boost, Fresh, High, Holds
from vsearch.searching.query import Example, Query
from vsearch.settings import Settings


def query_json(query: Query, settings: Settings) -> dict[str, Any]:
    """Everything of a query but its own photo, which is sent beside it as a file.

    Args:
        query: what to ask.
        settings: bounds of the pictures among its examples.

    Raises:
        ImageRejected: one of those can't be read.
    """
    body = {
        "box": None if query.box is None else _numbers(query.box),
        "sku": query.sku,
        "text": query.text,
        "words": query.words,
        "like": [_example(example, settings) for example in query.like],
        "unlike": [_example(example, settings) for example in query.unlike],
        "where": query.where,
        "k": query.k,
        "offset": query.offset,
        "group": query.group.value,
        "collapse": query.collapse,
        "diversity": query.diversity,
        "min_confidence": query.min_confidence,
        "boosts": [boost_text(boost) for boost in query.boosts],
        "facets": list(query.facets),
        "rerank": query.rerank,
        "regions": query.regions,
    }
    return {name: value for name, value in body.items() if value not in (None, "", [])}


def boost_text(boost: Boost) -> str:
    """A boost as ``parse_boost`` reads it.

    >>> boost_text(Boost(0.05, Holds("available")))
    '0.05 available'
    """
    match boost.term:
        case Holds(where):
            term = where
        case High(field, half):
            term = f"high({field}, {half!r})"
        case Fresh(days):
            term = f"fresh({days!r})"
    return f"{boost.weight!r} {term}"


def _example(example: Example, settings: Settings) -> dict[str, Any]:
    image = example.image
    body = {
        "image": None if image is None else picture_json(file_bytes(image, settings)),
        "box": None if example.box is None else _numbers(example.box),
        "sku": example.sku,
        "text": example.text,
        "weight": example.weight,
    }
    return {name: value for name, value in body.items() if value is not None}


def _numbers(box: Box) -> list[float]:
    return [box.left, box.top, box.width, box.height]
