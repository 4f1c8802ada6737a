"""What a recommender has to be better than, each made as well as it is usually made.

Where a baseline has nothing to say (no history, no one else who met that), it falls back to what
is popular, as a shop would.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from vsearch.behaviour.baskets import Baskets
from vsearch.events.columns import EventColumns
from vsearch.recommender_evaluation.cases import Case
from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.item_neighbours import ItemNeighbours
from vsearch.recommender_evaluation.looks import near_mean, style
from vsearch.recommender_evaluation.popularity import (
    PerProduct,
    popular_of_kind,
    put_into_baskets,
    shoppers,
    wanted_now,
)
from vsearch.recommender_evaluation.rankers import Ranker, by_scores

#: Of 7, 14, 28 and endless the best on the simulated shops 0 to 4.
_HALF_LIFE_DAYS = 7.0

#: A history's newest product counts 1, the one before it this share of it, and so on. Of 0.6,
#: 0.8, 0.9 and 1 the best on the simulated shops 0 to 4.
_RECENCY = 0.8

#: Moves products of the asking ones' categories behind all others.
_BEHIND = 2.0


def shopper_baselines(
    training: EventColumns, gallery: Gallery, seed: int = 0
) -> tuple[Ranker, ...]:
    """Popularity, random, item-item co-occurrence, the single mean, and what is popular of a kind.

    Args:
        training: what they may know, by its time.
        gallery: the products.
        seed: of the random order.
    """
    popularity = wanted_now(training, gallery, _HALF_LIFE_DAYS)
    together = ItemNeighbours(*_meetings(training, gallery), popularity)
    return (
        by_scores(
            "popularity",
            f"what most shoppers met; who met it {_HALF_LIFE_DAYS:.0f} days ago counts half",
            gallery,
            lambda _case: popularity,
        ),
        random_order(gallery, seed),
        by_scores(
            "co-occurrence",
            "item-kNN: what those met who met the same; newer history counts more",
            gallery,
            lambda case: together.scores(_recent(case, gallery)),
        ),
        by_scores(
            "single mean",
            "what looks like the mean of the history; newer history counts more",
            gallery,
            lambda case: near_mean(gallery.embeddings, _recent(case, gallery), popularity),
        ),
        by_scores(
            "popular of kind",
            "what is popular in the first-level categories of the history, by their shares",
            gallery,
            lambda case: popular_of_kind(popularity, gallery.sections, _recent(case, gallery)),
        ),
    )


def basket_baselines(training: EventColumns, gallery: Gallery, seed: int = 0) -> tuple[Ranker, ...]:
    """Popularity in baskets, random, co-occurrence in baskets and the same style.

    Args:
        training: what they may know, by its time.
        gallery: the products.
        seed: of the random order.
    """
    popularity = put_into_baskets(training, gallery)
    baskets = Baskets.of([training])
    rows = np.array([gallery.row_of.get(sku, -1) for sku in baskets.skus], np.int64)
    items = rows[baskets.items]
    together = ItemNeighbours(baskets.groups[items >= 0], items[items >= 0], popularity)
    styles = style(gallery)

    def same_style(case: Case) -> PerProduct:
        asking = _equal(case, gallery)
        found = near_mean(styles, asking, popularity).copy()
        found[np.isin(gallery.categories, gallery.categories[list(asking)])] -= _BEHIND
        return found

    return (
        by_scores("popularity", "what is put into baskets most", gallery, lambda _case: popularity),
        random_order(gallery, seed),
        by_scores(
            "co-occurrence",
            "what was put into baskets with the same",
            gallery,
            lambda case: together.scores(_equal(case, gallery)),
        ),
        by_scores(
            "same style",
            "other categories first, nearest by embedding less the category's mean",
            gallery,
            same_style,
        ),
    )


def random_order(gallery: Gallery, seed: int) -> Ranker:
    """Any order; for one case always the same."""

    def scores(case: Case) -> PerProduct:
        return np.random.default_rng([seed, zlib.crc32(case.name.encode())]).random(len(gallery))

    return by_scores("random", "any order", gallery, scores)


def _meetings(
    training: EventColumns, gallery: Gallery
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Which shopper met which product, each pair once."""
    numbers: dict[str, int] = {}
    pairs = {
        (numbers.setdefault(who, len(numbers)), gallery.row_of[sku])
        for who, sku in zip(shoppers(training), training.skus, strict=True)
        if sku in gallery.row_of
    }
    both = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _recent(case: Case, gallery: Gallery) -> dict[int, float]:
    """The rows of what a history holds, with their weights: the newest has 1."""
    rows: dict[int, None] = {}
    for event in reversed(case.history):
        row = gallery.row_of.get(event.sku)
        if row is not None:
            rows.setdefault(row)
    return {row: _RECENCY**place for place, row in enumerate(rows)}


def _equal(case: Case, gallery: Gallery) -> dict[int, float]:
    return {int(row): 1.0 for row in gallery.rows(event.sku for event in case.history)}
