"""Where images come from: one row for each location of a feed, however many products show it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from sqlalchemy import Connection, insert, select

from vsearch.catalog import schema
from vsearch.catalog.image_records import SourceStatus

_REMEMBERED = 50_000
_PAGE = 1_000


class SourceRegistry:
    """Finds the ids of image locations of one feed, adding those that are new."""

    def __init__(self, connection: Connection, feed_id: int) -> None:
        self._connection = connection
        self._feed_id = feed_id
        # Feeds list variants of one product next to each other, all with the same pictures.
        self._recent: OrderedDict[str, int] = OrderedDict()

    def ids(self, locations: Collection[str]) -> dict[str, int]:
        """The source id of each location."""
        found = {at: self._recent[at] for at in locations if at in self._recent}
        asked = [at for at in locations if at not in found]
        if asked:
            found |= self._look_up(asked)
            found |= self._add([at for at in asked if at not in found])
            self._remember(found)
        return found

    def _look_up(self, locations: list[str]) -> dict[str, int]:
        table = schema.image_sources.c
        found: dict[str, int] = {}
        # A batch of products with many views each shows more than one statement can name.
        for start in range(0, len(locations), _PAGE):
            rows = self._connection.execute(
                select(table.location, table.id).where(
                    table.feed_id == self._feed_id,
                    table.location.in_(locations[start : start + _PAGE]),
                )
            )
            found |= dict(rows.all())
        return found

    def _add(self, locations: list[str]) -> dict[str, int]:
        if not locations:
            return {}
        ids = self._connection.scalars(
            insert(schema.image_sources).returning(
                schema.image_sources.c.id, sort_by_parameter_order=True
            ),
            [
                {
                    "feed_id": self._feed_id,
                    "location": location,
                    "status": SourceStatus.PENDING.value,
                    "reason": "",
                    "etag": "",
                    "last_modified": "",
                }
                for location in locations
            ],
        )
        return dict(zip(locations, ids, strict=True))

    def _remember(self, found: dict[str, int]) -> None:
        self._recent |= found
        while len(self._recent) > _REMEMBERED:
            self._recent.popitem(last=False)
