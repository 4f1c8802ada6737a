"""What one shopper may want next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vsearch.catalog import product_store
from vsearch.recommending.asked import ForShopper
from vsearch.recommending.popular import popular_products
from vsearch.recommending.recommended import Basis, Recommendations
from vsearch.recommending.similar import all_of
from vsearch.recommending.support import Support, shown, why_none
from vsearch.searching.reading import Reading

if TYPE_CHECKING:
    from vsearch.behaviour.behaviour import Behaviour


def recommend_to(reading: Reading, behaviour: Behaviour, asked: ForShopper) -> Recommendations:
    """Answer for one shopper; see ``Recommender.recommend``."""
    where = all_of(asked.where, "available" if asked.in_stock else "")
    condition = reading.condition(where)
    named = tuple(dict.fromkeys([*(event.sku for event in asked.history), *asked.like]))
    known = reading.ids_of(named)
    met = (
        frozenset()
        if asked.seen
        else product_store.with_variants(reading.connection, [*known.values()])
    )
    _, embeddings = reading.embeddings([*known.values()])
    found: dict[int, Support] = {}
    if len(embeddings):
        mean = embeddings.mean(axis=0, keepdims=True)
        query = (mean / np.linalg.norm(mean)).astype(np.float32)
        for hit in reading.nearest(query, asked.k, without=met, where=where):
            found[hit.product_id] = Support(hit.score, Basis.LOOKS, named[:1])
    if len(found) < asked.k:
        found |= popular_products(
            reading,
            behaviour,
            asked.k - len(found),
            condition=condition,
            without={*met, *found},
        )
    return Recommendations(
        shown(reading, found),
        unknown=tuple(sku for sku in named if sku not in known),
        why_nothing=None if found else why_none(where, "no other product" if met else "no product"),
    )
