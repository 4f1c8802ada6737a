"""A second look at the best hits: how many of their patches match the query's, one to one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsearch.encoder.patch_tokens import PatchTokens

WEIGHT = 1.5
"""Of the match beside the cosine, as measured; docs/regions-and-explanations.md has the figures."""


def local_match(query: PatchTokens, hit: PatchTokens) -> float:
    """How much of the query is found in a hit, patch by patch.

    The similarity of those patches of the query that have a mate in the hit (each is the other's
    nearest), summed and divided by the number of all the query's patches: below 1, and 1 for a
    picture with itself.

    Args:
        query: its tokens after half of the blocks, ``encoder.patches(image, depth=0.5)``.
        hit: likewise.
    """
    similar = query.flat @ hit.flat.T
    nearest, back = similar.argmax(axis=1), similar.argmax(axis=0)
    patches = np.flatnonzero(back[nearest] == np.arange(len(nearest)))
    return float(similar[patches, nearest[patches]].sum() / len(nearest))


def reranked(
    query: PatchTokens,
    hits: Sequence[PatchTokens],
    cosines: Sequence[float],
    *,
    weight: float = WEIGHT,
) -> list[int]:
    """Put hits in order by their cosine and their patches together.

    Args:
        query: its patches.
        hits: theirs, as many as are worth a second look; ten were measured.
        cosines: theirs with the query.
        weight: of the match; 0 leaves the order as the cosines have it.

    Returns:
        The numbers of the hits, the best first; equal ones stay in their order.

    Raises:
        ValueError: there are not as many cosines as hits.
    """
    scores = [
        cosine + weight * local_match(query, hit) for hit, cosine in zip(hits, cosines, strict=True)
    ]
    return sorted(range(len(scores)), key=lambda number: -scores[number])
