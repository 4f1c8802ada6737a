"""Shops that are made up, and the neighbours in them by comparing everything in plain NumPy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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
    """Of pictures, which always look the same: in families of thirty, every ninth a copy."""
    rows = []
    for picture in pictures:
        family = np.random.default_rng(picture // 300).standard_normal(DIM)
        own = np.random.default_rng(10**6 + picture - picture % 90 % 2 * 10).standard_normal(DIM)
        row = family + 0.8 * own + 0.05 * np.random.default_rng(picture).standard_normal(DIM)
        rows.append(row / np.linalg.norm(row))
    return np.array(rows, np.float32).reshape(-1, DIM)


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
    every = {picture: None for one in products for picture in one.pictures}
    looks = dict(zip(every, embeddings(every), strict=True))
    own = {one.id: np.array([looks[picture] for picture in one.pictures]) for one in products}
    found: dict[str, dict[str, float]] = {}
    for asking in products:
        scores = {}
        for other in products:
            is_variant = bool(asking.group) and asking.group == other.group
            is_same = asking.category == other.category
            wrong = {
                CategoryScope.ANY: False,
                CategoryScope.SAME: not is_same,
                CategoryScope.OTHER: is_same,
            }[options.category]
            if other is asking or not other.findable or wrong:
                continue
            if is_variant and not options.variants:
                continue
            score = float((own[asking.id] @ own[other.id].T).max())
            if score < same_from:
                scores[f"P{other.id}"] = score
        found[f"P{asking.id}"] = scores
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
