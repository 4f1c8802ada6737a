"""What queries read of the catalogue again and again, kept for as long as nothing changes."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection

from vsearch.catalog import product_store, product_views
from vsearch.catalog.filters.matching import product_ids_where
from vsearch.catalog.product import Product
from vsearch.catalog.product_views import View
from vsearch.catalog.revision import catalogue_revision

#: Images, and as many products: some 50 MB.
_KEPT = 20_000

#: Of one image. Who needs more products for one, or more images at once, reads them anew: deep
#: pages are rare, and would take the place of what others ask for.
_MOST_VIEWS = 200
_MOST_AT_ONCE = 2_000

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Kept(Generic[_Key, _Value]):
    """The newest so many values. Thread-safe; reading takes no lock."""

    def __init__(self) -> None:
        self._values: dict[_Key, _Value] = {}
        self._gate = threading.Lock()

    def get(self, key: _Key) -> _Value | None:
        return self._values.get(key)

    def add(self, values: Mapping[_Key, _Value]) -> None:
        with self._gate:
            self._values |= values
            for _ in range(len(self._values) - _KEPT):
                del self._values[next(iter(self._values))]


class _Revision:
    """What is known of a catalogue as it was after so many changes."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.views: _Kept[tuple[int, bool], list[View]] = _Kept()
        self.products: _Kept[int, Product] = _Kept()

    def is_current(self, connection: Connection) -> bool:
        return catalogue_revision(connection) == self.number


class Records:
    """Views and products, as one query reads them.

    What one call returns is of one moment: a change that is made meanwhile shows in all of it
    or in nothing.
    """

    def __init__(self, connection: Connection, known: _Revision | None = None) -> None:
        """Read through a connection.

        Args:
            connection: the catalogue.
            known: what has been read of it; grows. None where nothing has.
        """
        self._connection = connection
        self._known = known

    def views_of_images(
        self,
        image_ids: Sequence[int],
        *,
        each: int,
        condition: ColumnElement[bool] | None = None,
        by_group: bool = False,
    ) -> dict[int, list[View]]:
        """Which products show each image; see ``product_views.views_of_images``."""
        known = self._known_for(len(image_ids))
        if known is not None and condition is not None and not by_group and each <= _MOST_VIEWS:
            every = self.views_of_images(image_ids, each=_MOST_VIEWS)
            if all(len(views) < _MOST_VIEWS for views in every.values()):
                return self._satisfying(condition, every, each)
        if known is None or condition is not None or each > _MOST_VIEWS:
            return product_views.views_of_images(
                self._connection, image_ids, each=each, condition=condition, by_group=by_group
            )
        found = {one: known.views.get((one, by_group)) for one in image_ids}
        missing = [one for one, views in found.items() if views is None]
        if missing:
            read = product_views.views_of_images(
                self._connection, missing, each=_MOST_VIEWS, by_group=by_group
            )
            if not known.is_current(self._connection):
                return Records(self._connection).views_of_images(
                    image_ids, each=each, by_group=by_group
                )
            known.views.add({(one, by_group): read.get(one, []) for one in missing})
            found |= read
        return {one: views[:each] for one, views in found.items() if views}

    def _satisfying(
        self, condition: ColumnElement[bool], shown: Mapping[int, list[View]], each: int
    ) -> dict[int, list[View]]:
        ids = {view.product_id for views in shown.values() for view in views}
        allowed = product_ids_where(self._connection, condition, list(ids))
        kept = {
            image_id: [view for view in views if view.product_id in allowed][:each]
            for image_id, views in shown.items()
        }
        return {image_id: views for image_id, views in kept.items() if views}

    def products(self, product_ids: Sequence[int]) -> dict[int, Product]:
        """Products by id; those that aren't there (any more) are left out."""
        known = self._known_for(len(product_ids))
        if known is None:
            return product_store.load(self._connection, product_ids)
        found = {one: known.products.get(one) for one in product_ids}
        missing = [one for one, product in found.items() if product is None]
        if missing:
            read = product_store.load(self._connection, missing)
            if not known.is_current(self._connection):
                return Records(self._connection).products(product_ids)
            known.products.add(read)
            found |= read
        return {one: product for one, product in found.items() if product is not None}

    def _known_for(self, number: int) -> _Revision | None:
        return self._known if number <= _MOST_AT_ONCE else None


class KeptRecords:
    """What has been read of a catalogue, thrown away when that changes. Thread-safe."""

    def __init__(self) -> None:
        self._current = _Revision(-1)

    def of(self, connection: Connection) -> Records:
        """The records as they are now."""
        revision = catalogue_revision(connection)
        current = self._current
        if current.number != revision:
            # A thread that is late goes on with its own, which nobody else reads any more.
            current = self._current = _Revision(revision)
        return Records(connection, current)
