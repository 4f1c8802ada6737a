"""Pictures with what they show: what a head is fitted to, and what it is judged on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vsearch.encoder.interface import Embeddings
from vsearch.errors import TrainingError
from vsearch.training.catalogue import Catalogue
from vsearch.training.pairs import Asked
from vsearch.training.positives import Positives, suggestions

UNKNOWN = -1

_FEWEST_TO_LEARN = 2

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Rows of pictures; the catalogue's first, then the queries that a file of pairs names."""

    embeddings: Embeddings
    """(n, dim) float32, L2-normalised, of the backbone."""

    labels: Numbers
    """(n,) what each shows; ``UNKNOWN`` where nothing is known of it."""

    hidden: Numbers
    """(n,) the product whose pictures a row may not find; ``UNKNOWN`` where it may find all
    but itself."""

    products: Numbers
    """(n,) whose picture each is; ``UNKNOWN`` for a query that is in no catalogue."""

    is_held_out: npt.NDArray[np.bool_]
    """(n,) whether it is only judged with."""

    weights: npt.NDArray[np.float32]
    """(n,) how much it counts, > 0."""

    contents: Sequence[str]
    """(n,) content hashes."""

    gallery: int
    """How many rows, from the first, are the catalogue's: those can be found."""

    def learnable(self) -> Numbers:
        """The rows to learn from: not held out, and of a label that another one shares."""
        rows = np.flatnonzero(~self.is_held_out & (self.labels != UNKNOWN))
        return rows[_is_shared(self.labels[rows])]

    def with_pictures_held_back(self, share: float, seed: int) -> Examples:
        """Of the products that are learned from, hold out some pictures instead.

        A picture is only held back where its label keeps two others to learn from.

        Args:
            share: of the pictures that can be spared, 0..1.
            seed: of the choice.
        """
        rows = np.random.default_rng(seed).permutation(self.learnable())
        _, places, counts = np.unique(self.labels[rows], return_inverse=True, return_counts=True)
        held = np.zeros_like(self.is_held_out)
        quota = np.minimum(np.ceil(counts * share).astype(np.int64), np.maximum(counts - 2, 0))
        for row, place in zip(rows, places, strict=True):
            if quota[place]:
                quota[place] -= 1
                held[row] = True
        return replace(self, is_held_out=held)

    def all_learnable(self) -> Numbers:
        """The rows to learn from once nothing needs to be judged any more."""
        return replace(self, is_held_out=np.zeros_like(self.is_held_out)).learnable()


def make_examples(
    catalogue: Catalogue, positives: Positives, asked: Asked | None, held_out: float
) -> Examples:
    """Label a catalogue's pictures and hold out about a share of its products, whole.

    Whether a product is held out depends on its SKU (on its item group, where that is what
    pictures share) alone: it stays so when others come or go.

    Args:
        catalogue: as it was read.
        positives: what makes two pictures belong together.
        asked: queries with the products that were right for them, if any.
        held_out: share of the products, 0..1.

    Raises:
        TrainingError: no two pictures belong together, all do, or too few are on one side.
    """
    products, product_of = catalogue.products, catalogue.product_of
    names = [positives.label(product) for product in products]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(filter(None, names)))}
    label_of = np.array([numbers.get(name, UNKNOWN) for name in names], np.int64)
    keys = names if positives.is_of_one_thing else [product.sku for product in products]
    is_held_out = np.array(
        [
            _is_held_out(key or product.sku, held_out)
            for key, product in zip(keys, products, strict=True)
        ],
        bool,
    )
    labels = _without_ambiguous(catalogue, label_of[product_of])
    hidden = np.full(len(labels), UNKNOWN) if positives.is_of_one_thing else product_of
    examples = Examples(
        embeddings=catalogue.embeddings,
        labels=labels,
        hidden=hidden,
        products=product_of,
        is_held_out=is_held_out[product_of],
        weights=np.ones(len(labels), np.float32),
        contents=[picture.content_hash for picture in catalogue.pictures],
        gallery=len(labels),
    )
    if asked is not None:
        examples = _with_queries(examples, asked, label_of, is_held_out)
    _require_enough(examples, catalogue, positives, held_out)
    return examples


def _is_held_out(key: str, share: float) -> bool:
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def _without_ambiguous(catalogue: Catalogue, labels: Numbers) -> Numbers:
    """Give no label to a picture that products of several labels show: a placeholder, a set."""
    found: dict[str, int] = {}
    ambiguous = set()
    for picture, label in zip(catalogue.pictures, labels.tolist(), strict=True):
        if found.setdefault(picture.content_hash, label) != label:
            ambiguous.add(picture.content_hash)
    seen: set[tuple[str, int]] = set()
    result = labels.copy()
    for row, picture in enumerate(catalogue.pictures):
        once = (picture.content_hash, int(labels[row]))
        # The same picture twice under one label would find itself.
        if picture.content_hash in ambiguous or once in seen:
            result[row] = UNKNOWN
        seen.add(once)
    return result


def _with_queries(
    examples: Examples, asked: Asked, label_of: Numbers, is_held_out: npt.NDArray[np.bool_]
) -> Examples:
    # Nothing held out may be learned from, on either side of a pair.
    own = asked.products
    is_held = is_held_out[asked.targets] | ((own != UNKNOWN) & is_held_out[own])
    return Examples(
        embeddings=np.concatenate([examples.embeddings, asked.embeddings]),
        labels=np.concatenate([examples.labels, label_of[asked.targets]]),
        hidden=np.concatenate([examples.hidden, own]),
        products=np.concatenate([examples.products, own]),
        is_held_out=np.concatenate([examples.is_held_out, is_held]),
        weights=np.concatenate([examples.weights, asked.weights]),
        contents=[*examples.contents, *asked.contents],
        gallery=examples.gallery,
    )


def _is_shared(labels: Numbers) -> npt.NDArray[np.bool_]:
    _, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    shared: npt.NDArray[np.bool_] = counts[places] > 1
    return shared


def _require_enough(
    examples: Examples, catalogue: Catalogue, positives: Positives, held_out: float
) -> None:
    where = catalogue.layout.folder
    if len(catalogue.products) == 1:
        raise TrainingError(
            f"{where}: has a single product, so that every answer is right; index at least two"
        )
    known = examples.labels[examples.all_learnable()]
    if not len(known):
        raise TrainingError(
            f"{where}: no positives: no two pictures belong together by"
            f" --positives {positives.name}; say what does with one of:"
            f" {suggestions(catalogue.products)}"
        )
    labels = len(np.unique(known))
    if labels == 1:
        raise TrainingError(
            f"{where}: by --positives {positives.name} all pictures of which anything is known"
            f" belong together, so that every answer is right; say what sets them apart with one"
            f" of: {suggestions(catalogue.products)}"
        )
    learned = len(np.unique(examples.labels[examples.learnable()]))
    judged = len(np.unique(examples.products[examples.is_held_out & (examples.labels != UNKNOWN)]))
    if learned < _FEWEST_TO_LEARN or not judged:
        raise TrainingError(
            f"{where}: {labels} labels with several pictures are too few to hold some out: {judged}"
            f" products to judge with, {learned} labels to learn from; index more products, or"
            f" try another --held-out than {held_out:g}"
        )
