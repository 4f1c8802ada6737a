"""What a filter leaves to be found, worked out once for all pages of a query and all shoppers."""

from __future__ import annotations

import threading
from collections import OrderedDict

from sqlalchemy import Connection

from vsearch.catalog.filters import Filter, parse_filter
from vsearch.catalog.filters.matching import image_ids_where
from vsearch.catalog.revision import catalogue_revision
from vsearch.index.interface import VectorIndex
from vsearch.index.subset import Subset
from vsearch.searching.search import Allowed

#: Filters kept. One that allows a million images takes 9 MB.
_KEPT = 32


class FilterCache:
    """The images that filters allow, by the state of catalogue and index. Thread-safe."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._images: OrderedDict[tuple[str, int, int], Subset] = OrderedDict()

    def allowed(self, connection: Connection, index: VectorIndex, where: str) -> Allowed | None:
        """What a filter allows; None for an empty one.

        Raises:
            FilterError: the filter can't be read, or doesn't fit the catalogue.
        """
        if not where.strip():
            return None
        asked = parse_filter(where)
        return Allowed(asked.condition(connection), self._subset(connection, index, asked))

    def _subset(self, connection: Connection, index: VectorIndex, asked: Filter) -> Subset:
        # The index by identity: it stays as long as a subset of it is kept here.
        key = (str(asked), catalogue_revision(connection), id(index))
        with self._gate:
            known = self._images.get(key)
            if known is not None:
                self._images.move_to_end(key)
                return known
        found = index.subset(image_ids_where(connection, asked.condition(connection)))
        with self._gate:
            self._images[key] = found
            while len(self._images) > _KEPT:
                self._images.popitem(last=False)
        return found
