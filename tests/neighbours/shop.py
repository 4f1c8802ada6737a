"""Shops that are made up, and the neighbours in them by comparing everything in plain NumPy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from vsearch.neighbours.neighbours import Neighbours
from vsearch.neighbours.options import NeighbourOptions
from vsearch.neighbours.pictures import Gallery, Pictures
from vsearch.neighbours.ragged import ragged
from vsearch.recommending.asked import CategoryScope

SAME_FROM = 0.97
DIM = 24

#: How far a score may be from the true cosine.
TOLERANCE = 2e-6


@dataclass(frozen=True)
class Made:
    """One product."""

    id: int
    pictures: tuple[int, ...]
    group: str = ""
    category: str = ""
    findable: bool = True


def draw(count: int, seed: int, first: int = 1) -> list[Made]:
    """Products in categories and groups of variants; some show several pictures, some another's."""
    random = np.random.default_rng(seed)
    products = []
    for number in range(first, first + count):
        own = [10 * number + place for place in range(random.choice([1, 1, 1, 2, 3]))]
        if random.random() < 0.1:
            own.append(10 * int(random.integers(1, number + 1)))
        products.append(
            Made(
                id=number,
                pictures=tuple(dict.fromkeys(own)),
                group=f"g{random.integers(count // 8)}" if random.random() < 0.3 else "",
                category="abc"[int(random.choice(3, p=[0.6, 0.3, 0.1]))],
                findable=bool(random.random() < 0.9),
            )
        )
    return products


def embeddings(pictures: Iterable[int]) -> npt.NDArray[np.float32]:
    """Of pictures, which always look the same: in families of thirty; some are copies."""
    return np.array([_embedding(picture) for picture in pictures], np.float32).reshape(-1, DIM)


@cache
def _embedding(picture: int) -> npt.NDArray[np.float64]:
    def drawn(seed: int) -> npt.NDArray[np.float64]:
        return np.random.default_rng(seed).standard_normal(DIM)

    own = drawn(10**6 + (picture - 10 if picture % 90 == 0 else picture))
    row = drawn(picture // 300) + 0.8 * own + 0.05 * drawn(picture)
    return row / np.linalg.norm(row)


def gallery(
    products: Sequence[Made], options: NeighbourOptions, same_from: float = SAME_FROM
) -> Gallery:
    """What ``read_gallery`` would read."""
    plain = options.category is CategoryScope.ANY
    names = {"": 0} if plain else {}
    labels = [names.setdefault("" if plain else one.category, len(names)) for one in products]
    groups: dict[str, int] = {}
    shown = [
        (place, position, picture, labels[place])
        for place, one in enumerate(products)
        for position, picture in enumerate(one.pictures)
    ]
    pictures = sorted({(picture, label) for _, _, picture, label in shown})
    row = {one: number for number, one in enumerate(pictures)}
    findable = sorted(
        (row[picture, label], position, place)
        for place, position, picture, label in shown
        if products[place].findable
    )

    def digest(one: Made) -> int:
        said = replace(one, category="" if plain else one.category)
        return int.from_bytes(hashlib.sha256(repr(said).encode()).digest()[:8], "little")

    return Gallery(
        Pictures(
            ids=numbers(one.id for one in products),
            skus=tuple(f"P{one.id}" for one in products),
            groups=numbers(
                groups.setdefault(one.group or f"alone {one.id}", len(groups)) for one in products
            ),
            labels=numbers(labels),
            digests=np.array([digest(one) for one in products], np.uint64),
            hashes=tuple(str(picture) for picture, _ in pictures),
            row_labels=numbers(label for _, label in pictures),
            rows=ragged(
                numbers(place for place, *_ in shown),
                numbers(row[picture, label] for _, _, picture, label in shown),
                len(products),
            ),
            shown=ragged(
                numbers(one for one, _, _ in findable),
                numbers(place for *_, place in findable),
                len(pictures),
            ),
        ),
        lambda hashes: embeddings(map(int, hashes)),
        DIM,
        "encoder",
        same_from,
    )


def true_scores(
    products: Sequence[Made], options: NeighbourOptions, same_from: float = SAME_FROM
) -> dict[str, dict[str, float]]:
    """The cosines of all that can be each product's neighbour."""
    looks = embeddings(picture for one in products for picture in one.pictures)
    if not products:
        return {}
    starts = np.cumsum([0, *(len(one.pictures) for one in products[:-1])])
    rows = np.maximum.reduceat(looks @ looks.T, starts, axis=0)
    best = np.maximum.reduceat(rows, starts, axis=1)
    found: dict[str, dict[str, float]] = {}
    for asking, scores in zip(products, best.tolist(), strict=True):
        known = {}
        for other, score in zip(products, scores, strict=True):
            is_same = asking.category == other.category
            wrong = {
                CategoryScope.ANY: False,
                CategoryScope.SAME: not is_same,
                CategoryScope.OTHER: is_same,
            }[options.category]
            is_variant = asking.group != "" and asking.group == other.group
            if other is asking or wrong or (is_variant and not options.variants):
                continue
            if other.findable and score < same_from:
                known[f"P{other.id}"] = score
        found[f"P{asking.id}"] = known
    return found


def require_true(
    neighbours: Neighbours,
    products: Sequence[Made],
    options: NeighbourOptions,
    same_from: float = SAME_FROM,
) -> None:
    """See that these are the k nearest of each; equally near ones may stand for each other."""
    assert len(neighbours) == len(products)
    for sku, scores in true_scores(products, options, same_from).items():
        near = neighbours.of(sku)
        best = sorted(scores.values(), reverse=True)[: options.k]
        assert [one.rank for one in near] == list(range(1, len(best) + 1)), sku
        assert len({one.sku for one in near}) == len(near), sku
        np.testing.assert_allclose([one.score for one in near], best, atol=TOLERANCE, err_msg=sku)
        own = [scores[one.sku] for one in near]
        np.testing.assert_allclose([one.score for one in near], own, atol=TOLERANCE, err_msg=sku)


def numbers(values: Iterable[int]) -> npt.NDArray[np.int64]:
    return np.array([*values], np.int64)
