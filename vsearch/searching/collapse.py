"""One hit for listings that are the same thing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vsearch.encoder.interface import Embeddings
from vsearch.searching.result import Hit


def collapse(hits: Sequence[Hit], embeddings: Embeddings, threshold: float) -> list[Hit]:
    """Fold each hit into the first better one whose picture is near-identical.

    Only what stands above decides, so that more hits below change no one's place.

    Args:
        hits: the best first.
        embeddings: (n, dim) float32, L2-normalised: of the image of each hit that matched.
        threshold: the cosine similarity from which two pictures are the same.

    Returns:
        The hits that stay, with the SKUs of the others in ``also``.
    """
    kept: list[int] = []
    also: dict[int, list[str]] = {}
    for number, hit in enumerate(hits):
        if kept:
            likeness = embeddings[kept] @ embeddings[number]
            same = int(np.argmax(likeness))
            if likeness[same] >= threshold:
                also[kept[same]].append(hit.sku)
                continue
        kept.append(number)
        also[number] = []
    return [replace(hits[number], also=tuple(also[number])) for number in kept]
