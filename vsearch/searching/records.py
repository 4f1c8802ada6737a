"""What queries read of the catalogue again and again, kept for as long as nothing changes."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection

from vsearch.catalog import product_store, product_views
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


class Records:
    """Views and products, as one query reads them."""

    def __init__(
        self,
        connection: Connection,
        views: _Kept[tuple[int, bool], list[View]] | None = None,
        products: _Kept[int, Product] | None = None,
    ) -> None:
        """Read through a connection.

        Args:
            connection: the catalogue.
            views: what is known of images, by their ids and whether by group; grows.
            products: what is known of products; grows.
        """
        self._connection = connection
        self._views = views or _Kept()
        self._products = products or _Kept()

    def views_of_images(
        self,
        image_ids: Sequence[int],
        *,
        each: int,
        condition: ColumnElement[bool] | None = None,
        by_group: bool = False,
    ) -> dict[int, list[View]]:
        """Which products show each image; see ``product_views.views_of_images``."""
        if condition is not None or each > _MOST_VIEWS or len(image_ids) > _MOST_AT_ONCE:
            return product_views.views_of_images(
                self._connection, image_ids, each=each, condition=condition, by_group=by_group
            )
        known = {one: self._views.get((one, by_group)) for one in image_ids}
        missing = [one for one, views in known.items() if views is None]
        if missing:
            read = product_views.views_of_images(
                self._connection, missing, each=_MOST_VIEWS, by_group=by_group
            )
            self._views.add({(one, by_group): read.get(one, []) for one in missing})
            known |= read
        return {one: views[:each] for one, views in known.items() if views}

    def products(self, product_ids: Sequence[int]) -> dict[int, Product]:
        """Products by id; those that aren't there (any more) are left out."""
        if len(product_ids) > _MOST_AT_ONCE:
            return product_store.load(self._connection, product_ids)
        known = {one: self._products.get(one) for one in product_ids}
        missing = [one for one, product in known.items() if product is None]
        if missing:
            read = product_store.load(self._connection, missing)
            self._products.add(read)
            known |= read
        return {one: product for one, product in known.items() if product is not None}


class KeptRecords:
    """What has been read of a catalogue, thrown away when that changes. Thread-safe."""

    def __init__(self) -> None:
        self._current: tuple[int, _Kept[tuple[int, bool], list[View]], _Kept[int, Product]]
        self._current = (-1, _Kept(), _Kept())

    def of(self, connection: Connection) -> Records:
        """The records as they are now, or newer."""
        # The revision comes first: what changes in between is known too new, never too old. A
        # thread that is late fills what nobody reads any more.
        revision = catalogue_revision(connection)
        current = self._current
        if current[0] != revision:
            current = self._current = (revision, _Kept(), _Kept())
        return Records(connection, current[1], current[2])
