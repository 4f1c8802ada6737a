"""A photo of several things: each is found in it and looked for by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from vsearch.encoder.interface import Encoder
from vsearch.images.box import Box
from vsearch.patches.regions import find_regions
from vsearch.searching.grouping import counted_as
from vsearch.searching.query import Query
from vsearch.searching.result import Hit, Region, Result

_WHOLE = Box(0.0, 0.0, 1.0, 1.0)

#: What is looked for reaches past what was found by this share of its size on each side, as a
#: product has a margin in its own picture: 0.74 instead of 0.68 of 105 drawings in scenes were
#: found with their true boxes, 0.67 instead of 0.64 with the boxes of regions.
_MARGIN = 0.1


def search_scene(
    encoder: Encoder, picture: Image.Image, query: Query, search: Callable[[Query], Result]
) -> Result:
    """Look for each thing in a picture by itself.

    Args:
        encoder: finds the things.
        picture: upright, RGB.
        query: what it asks beside the image holds for every thing.
        search: answers a query for one of them.

    Returns:
        A region for each thing that was found, the clearest first; the picture as a whole where
        it is one thing, or where the catalogue has nothing like any of them.

    Raises:
        EncoderError: the encoder has no patch tokens.
    """
    regions = find_regions(encoder, picture, query.regions)
    boxes = [_with_margin(region.box) for region in regions] or [_WHOLE]
    found = [search(replace(query, image=picture, box=box, like=(), regions=0)) for box in boxes]
    if all(one.nothing_alike for one in found) and _WHOLE not in boxes:
        # Not the parts that stand out, then: perhaps the picture is of one thing after all.
        boxes.append(_WHOLE)
        found.append(search(replace(query, image=picture, box=_WHOLE, like=(), regions=0)))
    return Result(
        hits=_merged([hit for one in found for hit in one.hits], query),
        nothing_alike=all(one.nothing_alike for one in found),
        regions=tuple(
            Region(box, one.hits, one.nothing_alike, one.likeliest_category)
            for box, one in zip(boxes, found, strict=True)
        ),
    )


def _with_margin(box: Box) -> Box:
    left, top = max(0.0, box.left - _MARGIN * box.width), max(0.0, box.top - _MARGIN * box.height)
    right = min(1.0, box.left + (1 + _MARGIN) * box.width)
    bottom = min(1.0, box.top + (1 + _MARGIN) * box.height)
    return Box(left, top, right - left, bottom - top)


def _merged(hits: list[Hit], query: Query) -> tuple[Hit, ...]:
    """The best of all regions, each product or each group once."""
    best: dict[str | int, Hit] = {}
    for hit in sorted(hits, key=lambda hit: -(hit.score + hit.boost)):
        best.setdefault(counted_as(hit, query.group), hit)
    first = [*best.values()][: query.k]
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(first, start=1))
