"""Which pairs of close embeddings are copies of one picture: their pictures are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vsearch.catalog.product_views import View
from vsearch.catalogue_care.gallery import Gallery
from vsearch.catalogue_care.grouping import Pair
from vsearch.catalogue_care.picture_difference import differences
from vsearch.catalogue_care.picture_sketch import Sketch, sketch
from vsearch.encoder.decoders import decoding_threads
from vsearch.encoder.prefetch import prefetch
from vsearch.progress import Progress

#: Copies differ by at most this in any place: a colour distance in CIE Lab.
SAME_PICTURE = 16.0

#: Pictures whose palettes differ by more aren't laid over each other: it would be in vain.
_SAME_PALETTE = 7.0

_SKETCH_FROM = 256
_AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What came of comparing."""

    pairs: dict[Pair, float]
    """The pairs that are copies, with their cosines."""

    unreadable: int
    """How many pictures can't be read any more."""


def confirmed(
    gallery: Gallery,
    near: Mapping[Pair, float],
    views: Mapping[int, Sequence[View]],
    progress: Progress,
) -> Confirmed:
    """Keep the pairs of images whose pictures are copies of one, 3 KiB an image in memory.

    Args:
        gallery: where the pictures are.
        near: pairs of image ids with their cosines.
        views: where each image is shown.
        progress: told how far it has come.
    """
    wanted = sorted({one for pair in near for one in pair if one in views})
    sketches: dict[int, Sketch] = {}
    threads = decoding_threads()

    def read(image_id: int) -> Sketch | None:
        picture = gallery.picture(views[image_id][0], _SKETCH_FROM // 2)
        return None if picture is None else sketch(picture)

    with progress.stage("pictures", len(wanted), "images") as advance:
        read_ahead = prefetch(read, wanted, workers=threads, ahead=8 * threads)
        for image_id, found in zip(wanted, read_ahead, strict=True):
            if found is not None:
                sketches[image_id] = found
            advance(1)
    pairs = _likely(near, sketches)
    same: dict[Pair, float] = {}
    with progress.stage("compare", len(pairs), "pairs") as advance:
        for start in range(0, len(pairs), _AT_ONCE):
            batch = pairs[start : start + _AT_ONCE]
            same |= {pair: near[pair] for pair in _copies(batch, sketches)}
            advance(len(batch))
    return Confirmed(same, len(wanted) - len(sketches))


def _likely(near: Iterable[Pair], sketches: Mapping[int, Sketch]) -> list[Pair]:
    """The pairs that may be copies by their colours alone."""
    return [
        (first, second)
        for first, second in near
        if first in sketches
        and second in sketches
        and np.abs(sketches[first].palette - sketches[second].palette).mean() <= _SAME_PALETTE
    ]


def _copies(pairs: Sequence[Pair], sketches: Mapping[int, Sketch]) -> list[Pair]:
    difference = differences(
        [sketches[first] for first, _ in pairs], [sketches[second] for _, second in pairs]
    )
    return [pair for pair, apart in zip(pairs, difference, strict=True) if apart <= SAME_PICTURE]
