"""One hit for listings that are the same thing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vsearch.encoder.interface import Embeddings
from vsearch.searching.result import Hit

#: One by one, ten thousand hits would take minutes.
_AT_ONCE = 256


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
    shown = np.empty_like(embeddings)  # Of the hits that stay, one after another.
    for start in range(0, len(hits), _AT_ONCE):
        block, before = embeddings[start : start + _AT_ONCE], len(kept)
        earlier, within = block @ shown[:before].T, block @ block.T
        for place in range(len(block)):
            near = [number - start for number in kept[before:]]
            likeness = np.concatenate([earlier[place], within[place, near]])
            same = int(np.argmax(likeness)) if len(likeness) else 0
            if len(likeness) and likeness[same] >= threshold:
                also[kept[same]].append(hits[start + place].sku)
                continue
            shown[len(kept)] = block[place]
            kept.append(start + place)
            also[start + place] = []
    return [replace(hits[number], also=tuple(also[number])) for number in kept]
