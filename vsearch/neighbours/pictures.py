"""What products look like: which pictures they show, and who can be whose neighbour."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.catalog.filters.matching import image_ids_where
from vsearch.catalog.folding import fold
from vsearch.catalog.product_table import ProductTable, read_product_table
from vsearch.index.interface import Embeddings
from vsearch.neighbours.options import NeighbourOptions
from vsearch.neighbours.ragged import Numbers, Ragged, ragged
from vsearch.recommending.asked import CategoryScope
from vsearch.searching.reading import Reading

Digests = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """n products, and r pictures: a picture that products of two categories show may be there
    twice, once under each.
    """

    ids: Numbers
    """(n,) the products' ids in the catalogue, ascending."""
    skus: tuple[str, ...]
    groups: Numbers
    """(n,) equal for the variants of one product; every other product has its own."""
    labels: Numbers
    """(n,) the category's number, where categories count; 0 elsewhere."""
    digests: Digests
    """(n,) of all that decides on neighbours: another digest, another product."""
    hashes: tuple[str, ...]
    """(r,) the pictures' content."""
    row_labels: Numbers
    """(r,) the label of the products that show it."""
    rows: Ragged
    """For each product its pictures."""
    shown: Ragged
    """For each picture the products that show it and can be neighbours: those whose main
    picture it is first, then the older ones."""

    def __len__(self) -> int:
        """How many products."""
        return len(self.ids)

    @property
    def findable(self) -> Numbers:
        """The pictures by which a product can be found, ascending."""
        return np.flatnonzero(self.shown.sizes)


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """What neighbours are found in."""

    pictures: Pictures
    read: Callable[[Sequence[str]], Embeddings]
    """From n pictures' content hashes to their (n, dim) float32 embeddings, L2-normalised."""
    dim: int
    fingerprint: str
    """The encoder's."""
    same_from: float
    """The cosine from which two pictures count as one."""


def read_gallery(reading: Reading, options: NeighbourOptions) -> Gallery:
    """Read what the published index and the catalogue hold.

    Raises:
        FilterError: the filter can't be read, or doesn't fit the catalogue.
    """
    return Gallery(
        _pictures(reading, options),
        reading.stored.get,
        reading.manifest.dim,
        reading.manifest.encoder.fingerprint,
        reading.same_from,
    )


def _pictures(reading: Reading, options: NeighbourOptions) -> Pictures:
    table = read_product_table(reading.connection)
    condition = reading.condition(options.where)
    count = len(table)
    candidates = np.ones(count, np.bool_)
    if condition is not None:
        # By the pictures: there may be a million products, and SQL takes names by thousands.
        candidates[:] = False
        images = image_ids_where(reading.connection, condition)
        passing = reading.passing(
            np.unique(table.ids[table.image_rows[np.isin(table.image_ids, images)]]).tolist(),
            condition,
        )
        candidates[np.searchsorted(table.ids, np.array(passing, np.int64))] = True
    labels = _labels(table.categories, options.category)
    usable = _usable(reading, table)
    owners, images = table.image_rows[usable], table.image_ids[usable]
    # A picture under each label that it is shown under.
    _, first, row = np.unique(
        images * (int(labels.max(initial=0)) + 1) + labels[owners],
        return_index=True,
        return_inverse=True,
    )
    row = row.astype(np.int64).reshape(-1)
    where = np.flatnonzero(usable)[first]
    kept = candidates[owners]
    positions = np.arange(len(owners)) - np.searchsorted(owners, owners)
    order = np.lexsort((owners[kept], positions[kept], row[kept]))
    hashes = tuple(table.content_hashes[place] for place in where.tolist())
    rows = ragged(owners, row, count)
    return Pictures(
        ids=table.ids,
        skus=table.skus,
        groups=_groups(table.item_groups),
        labels=labels,
        digests=_digests(table, options.category, candidates, rows, hashes),
        hashes=hashes,
        row_labels=labels[owners[first]],
        rows=rows,
        shown=ragged(row[kept][order], owners[kept][order], len(hashes)),
    )


def _usable(reading: Reading, table: ProductTable) -> npt.NDArray[np.bool_]:
    """(m,) which of the pictures are published and have an embedding."""
    if reading.index is None:
        return np.zeros(len(table.image_ids), np.bool_)
    usable = np.isin(table.image_ids, reading.index.ids)
    lost = set(reading.stored.missing([*table.content_hashes]))
    if lost:
        usable &= np.array([one not in lost for one in table.content_hashes], np.bool_)
    return usable


def _labels(categories: Sequence[str], scope: CategoryScope) -> Numbers:
    if scope is CategoryScope.ANY:
        return np.zeros(len(categories), np.int64)
    # Filters don't tell upper from lower case either.
    return _numbered([fold(one) for one in categories])


def _groups(item_groups: Sequence[str]) -> Numbers:
    groups = _numbered(item_groups)
    alone = np.array([not one for one in item_groups], np.bool_)
    groups[alone] = len(item_groups) + np.flatnonzero(alone)
    return groups


def _numbered(names: Sequence[str]) -> Numbers:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)


def _digests(
    table: ProductTable,
    scope: CategoryScope,
    candidates: npt.NDArray[np.bool_],
    rows: Ragged,
    hashes: Sequence[str],
) -> Digests:
    found = np.empty(len(table), np.uint64)
    plain = scope is CategoryScope.ANY
    starts, values = rows.starts.tolist(), rows.values.tolist()
    for place, (group, category, candidate) in enumerate(
        zip(table.item_groups, table.categories, candidates.tolist(), strict=True)
    ):
        shown = [hashes[row] for row in values[starts[place] : starts[place + 1]]]
        said = "\0".join([group, "" if plain else fold(category), str(candidate), *shown])
        digest = hashlib.blake2b(said.encode(), digest_size=8).digest()
        found[place] = int.from_bytes(digest, "little")
    return found
