"""One product put in place of what the catalogue has of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from vsearch.catalog import schema
from vsearch.catalog.attribute_names import AttributeNames
from vsearch.catalog.feed_store import FeedRun
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.product import Product
from vsearch.catalog.product_outcome import Outcome
from vsearch.catalog.product_store import NOT_LISTED
from vsearch.catalog.product_writer import ProductWriter
from vsearch.catalog.rows import digest, to_row
from vsearch.catalog.shown_sources import ShownSource

_products = schema.products.c


class ProductUpsert:
    """Puts products, one at a time, in one transaction of one feed."""

    def __init__(self, connection: Connection, run: FeedRun) -> None:
        """Write through ``connection``; the caller commits, and is the one writer.

        Args:
            connection: an open transaction.
            run: of the feed that products belong to once their images are put.
        """
        self._connection = connection
        self._run = run
        self._writer = ProductWriter(connection, run, may_repeat=True)

    def put(
        self, product: Product, shown: Sequence[ShownSource], locations: Sequence[str] | None
    ) -> Outcome:
        """Add or change one product.

        Args:
            product: as it is to be; its images count for nothing.
            shown: what it shows so far.
            locations: where its images are, within the feed; None keeps those that it has, and
                the feed that it belongs to.
        """
        found = self._connection.execute(
            select(_products.id, _products.digest, _products.feed_id).where(
                _products.sku == product.sku
            )
        ).one_or_none()
        keeps = locations is None and found is not None
        wanted = [one.location for one in shown] if locations is None else locations
        product = replace(product, images=tuple(wanted))
        now = digest(product)
        if found is None:
            self._list(product)
            return Outcome.CREATED
        if found.digest == now and (keeps or found.feed_id == self._run.feed_id):
            return Outcome.UNCHANGED
        if keeps:
            self._amend(found.id, product, now)
        else:
            self._list(product)
        return Outcome.CHANGED

    def _list(self, product: Product) -> None:
        self._writer.write([Listed(NOT_LISTED, product)])

    def _amend(self, product_id: int, product: Product, now_digest: str) -> None:
        AttributeNames(self._connection).note([product])
        values: dict[str, Any] = to_row(product)
        values |= {"digest": now_digest, "updated_at": datetime.now(UTC)}
        self._connection.execute(
            update(schema.products).where(_products.id == product_id).values(**values)
        )
