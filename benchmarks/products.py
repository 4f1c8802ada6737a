"""Synthetic products: embeddings in categories and families, as those of a shop are.

An embedding is the normalised sum of what all products share, its category's direction, its
family's (one model in its colours and sizes, say) and its own: cosines of about 0.1 between any
two products, 0.35 within a category and 0.7 within a family. Categories have sizes by Zipf's law,
families about 20 members; the directions have a falling spectrum, as principal components do.
A query is a member seen anew, at a cosine of about 0.85 from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_CATEGORIES = 300
_FAMILY_MEMBERS = 20

# Lengths of an embedding's parts; their squares add up to 1.
_COMMON, _CATEGORY, _FAMILY, _OWN = 0.3, 0.5, 0.6, 0.55

#: Length of what another photo adds to an embedding of length 1.
_PHOTO = 0.6

_CHUNK = 65_536

Embeddings = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Products:
    """A gallery, and queries near some of its members."""

    embeddings: Embeddings
    """(n, dim), L2-normalised, in random order."""

    family: Numbers
    """(n,) the family of each; those of one category follow one another."""

    category: Numbers
    """(n,) the category of each."""

    category_directions: Embeddings
    """(categories, dim)."""

    queries: Embeddings
    """(q, dim), L2-normalised."""

    asked: Numbers
    """(q,) the row that each query is another photo of."""


def draw_products(size: int, dim: int, queries: int, seed: int = 0) -> Products:
    """Draw a shop of ``size`` products; the same seed draws the same one."""
    random = np.random.default_rng(seed)
    spectrum = (1 + np.arange(dim, dtype=np.float32)) ** -0.25

    def directions(count: int) -> Embeddings:
        return normalised(random.standard_normal((count, dim), dtype=np.float32) * spectrum)

    families = max(size // _FAMILY_MEMBERS, 1)
    categories = min(_CATEGORIES, families)
    popularity = 1 / np.arange(1, categories + 1)
    category_of = np.sort(random.choice(categories, families, p=popularity / popularity.sum()))
    category_directions = directions(categories)
    bases = _COMMON * directions(1) + _CATEGORY * category_directions[category_of]
    bases += _FAMILY * directions(families)
    family = random.integers(0, families, size)
    embeddings = np.empty((size, dim), dtype=np.float32)
    for start in range(0, size, _CHUNK):
        members = family[start : start + _CHUNK]
        embeddings[start : start + _CHUNK] = normalised(
            bases[members] + _OWN * directions(len(members))
        )
    asked = random.choice(size, queries, replace=queries > size)
    photos = normalised(embeddings[asked] + _PHOTO * directions(queries))
    return Products(embeddings, family, category_of[family], category_directions, photos, asked)


def normalised(vectors: Embeddings) -> Embeddings:
    """Rows of length 1."""
    unit: Embeddings = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
