"""The neighbours of every product, to be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vsearch.errors import ProductNotFound
from vsearch.neighbours.found import Found
from vsearch.neighbours.neighbour_lists import NeighbourLists, no_lists
from vsearch.neighbours.options import NeighbourOptions
from vsearch.neighbours.ragged import Numbers

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One of a product's neighbours."""

    rank: int
    """1 is the nearest."""
    sku: str
    score: float
    """Cosine similarity of the pictures that match best, -1 to 1."""


class Neighbours:
    """What every product's neighbours were when they were found.

    Anything that reads Arrow takes it as a table: ``polars.DataFrame(neighbours)``,
    ``pyarrow.table(neighbours).to_pandas()``.
    """

    def __init__(self, found: Found, options: NeighbourOptions) -> None:
        """Open what was found; the files are mapped."""
        # Here and below: a collection is opened without Arrow, which takes a tenth of a second.
        from vsearch.neighbours.part_file import part_paths, read_part
        from vsearch.neighbours.state import read_products

        self._found = found
        self._options = options
        self._parts = [read_part(path) for path in part_paths(found.folder)]
        self._known = read_products(found.folder)

    def __len__(self) -> int:
        """How many products have been looked at, those without neighbours included."""
        return self._found.products

    @property
    def searched(self) -> int:
        """Of how many of them the neighbours had to be searched for this time."""
        return self._found.searched

    @property
    def recall(self) -> float:
        """The share of the true neighbours that is there, measured on a sample; 1 for all."""
        return self._found.recall

    def of(self, sku: str) -> list[Neighbour]:
        """The neighbours of one product, the nearest first.

        Raises:
            ProductNotFound: there was no product with this SKU.
        """
        import pyarrow.compute

        # A look through a million names takes milliseconds, a table of them seconds to make.
        place = pyarrow.compute.index(self._known.skus, sku).as_py()
        if place < 0:
            raise ProductNotFound(f'no product had the SKU "{sku}" when neighbours were found')
        lists = self._shown(self._list_of(int(self._known.ids[place])))
        names = self._names(lists.neighbours).to_pylist()
        return [
            Neighbour(rank, name, score)
            for rank, (name, score) in enumerate(
                zip(names, lists.scores.tolist(), strict=True), start=1
            )
        ]

    def lists(self) -> Iterator[tuple[str, list[str], list[float]]]:
        """Each product's SKU, its neighbours', and their scores."""
        for part in self._parts:
            lists = self._shown(part)
            skus = self._names(lists.products).to_pylist()
            names, scores = self._names(lists.neighbours).to_pylist(), lists.scores.tolist()
            starts = lists.starts.tolist()
            for sku, start, end in zip(skus, starts, starts[1:], strict=False):
                yield sku, names[start:end], scores[start:end]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All neighbours in ``columns.SCHEMA``, some products at a time."""
        import pyarrow as pa

        from vsearch.neighbours.columns import SCHEMA

        for part in self._parts:
            lists = self._shown(part)
            owners = self._names(lists.products).take(pa.array(lists.owners))
            ranks = lists.ranks.astype(np.int32)
            columns = [owners, pa.array(ranks), self._names(lists.neighbours), lists.scores]
            yield pa.record_batch([pa.array(one) for one in columns], schema=SCHEMA)

    def table(self) -> pa.Table:
        """All neighbours in ``columns.SCHEMA``; some 40 bytes for each."""
        import pyarrow as pa

        from vsearch.neighbours.columns import SCHEMA

        return pa.Table.from_batches(self.batches(), SCHEMA)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """What libraries that read Arrow ask for."""
        import pyarrow as pa

        from vsearch.neighbours.columns import SCHEMA

        reader = pa.RecordBatchReader.from_batches(SCHEMA, self.batches())
        return reader.__arrow_c_stream__(requested_schema)

    def _list_of(self, product: int) -> NeighbourLists:
        for part in self._parts:
            row = int(np.searchsorted(part.products, product))
            if row < len(part) and part.products[row] == product:
                return part.taken(np.array([row]))
        return no_lists()

    def _shown(self, lists: NeighbourLists) -> NeighbourLists:
        return lists.shown(self._options.k, self._found.same_from)

    def _names(self, ids: Numbers) -> pa.StringArray:
        import pyarrow as pa

        return self._known.skus.take(pa.array(np.searchsorted(self._known.ids, ids)))
