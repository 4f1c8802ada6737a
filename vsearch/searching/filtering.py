"""What a filter leaves to be found, worked out once for all pages of a query and all shoppers."""

from __future__ import annotations

import threading
from collections import OrderedDict

from sqlalchemy import Connection

from vsearch.catalog.filters import parse_filter
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
        self._known: OrderedDict[tuple[str, int], tuple[VectorIndex, Subset]] = OrderedDict()

    def check(self, connection: Connection, where: str) -> None:
        """See that a filter can be read and fits the catalogue.

        Raises:
            FilterError: it can't, or doesn't.
        """
        if where.strip():
            parse_filter(where).condition(connection)

    def allowed(self, connection: Connection, index: VectorIndex, where: str) -> Allowed | None:
        """What a filter allows; None for an empty one.

        Raises:
            FilterError: the filter can't be read, or doesn't fit the catalogue.
        """
        if not where.strip():
            return None
        asked = parse_filter(where)
        condition = asked.condition(connection)
        # The revision comes first: what changes in between is known too new, never too old.
        key = (str(asked), catalogue_revision(connection))
        with self._gate:
            made_for, images = self._known.get(key, (None, None))
            if images is not None and made_for is index:
                self._known.move_to_end(key)
                return Allowed(condition, images)
        images = index.subset(image_ids_where(connection, condition))
        with self._gate:
            # What is kept for another generation would hold its files on the disk.
            for old in [one for one, (made_for, _) in self._known.items() if made_for is not index]:
                del self._known[old]
            self._known[key] = (index, images)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return Allowed(condition, images)
