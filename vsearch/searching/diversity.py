"""Hits that show what there is, and not ten times the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsearch.encoder.interface import Embeddings
from vsearch.searching.result import Hit

#: Hits are put in another order within so many, which keeps pages of any length apart.
WINDOW = 200


def diversify(hits: Sequence[Hit], embeddings: Embeddings, diversity: float) -> list[Hit]:
    """Put hits into the order of maximal marginal relevance.

    Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents
    and Producing Summaries", SIGIR 1998: each next hit has the largest

        (1 - diversity) · score - diversity · (its largest similarity to a hit before it)

    Args:
        hits: the best first; score and boost together are their relevance.
        embeddings: (n, dim) float32, L2-normalised: of the image of each hit that matched.
        diversity: 0 leaves the order as it is, 1 ignores the score after the first hit.
    """
    ordered: list[Hit] = []
    for start in range(0, len(hits), WINDOW):
        some = slice(start, start + WINDOW)
        order = _order(hits[some], embeddings[some], diversity)
        ordered += [hits[start + place] for place in order]
    return ordered


def _order(hits: Sequence[Hit], embeddings: Embeddings, diversity: float) -> list[int]:
    relevance = np.array([hit.score + hit.boost for hit in hits], np.float64)
    repeats = np.zeros(len(hits))  # The first hit repeats nothing: relevance alone decides.
    order: list[int] = []
    for _ in hits:
        worth = (1 - diversity) * relevance - diversity * repeats
        worth[order] = -np.inf
        following = int(np.argmax(worth)) if order else int(np.argmax(relevance))
        likeness = (embeddings @ embeddings[following]).astype(np.float64)
        repeats = np.maximum(repeats, likeness) if order else likeness
        order.append(following)
    return order
