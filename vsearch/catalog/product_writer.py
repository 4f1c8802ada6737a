"""Bringing ``products`` in line with a feed, a batch at a time: only differences are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from vsearch.catalog import schema
from vsearch.catalog.attribute_names import AttributeNames
from vsearch.catalog.feed_store import FeedRun
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.product import Product
from vsearch.catalog.product_store import NOT_LISTED
from vsearch.catalog.rows import digest, to_row
from vsearch.catalog.source_registry import SourceRegistry


@dataclass(slots=True)
class BatchOutcome:
    """What became of one batch."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: list[tuple[Listed, int]] = field(default_factory=list)
    """Products that this run has listed before, each with the row that came first."""


@dataclass(frozen=True, slots=True)
class _Known:
    product_id: int
    digest: str
    feed_id: int
    seen_run: int
    seen_row: int


class ProductWriter:
    """Writes what one run of one feed lists."""

    def __init__(self, connection: Connection, run: FeedRun, *, may_repeat: bool) -> None:
        """Write through ``connection``; the caller commits.

        Args:
            connection: an open transaction.
            run: the run that is being read.
            may_repeat: whether a SKU may come again in the same run and the later one counts,
                as in a list of changes. A full feed must not: its second row is refused.
        """
        self._connection = connection
        self._run = run
        self._may_repeat = may_repeat
        self._sources = SourceRegistry(connection, run.feed_id)
        self._attributes = AttributeNames(connection)

    def write(self, batch: Sequence[Listed]) -> BatchOutcome:
        """Add, change or leave alone each product of a batch, which must not be empty."""
        outcome = BatchOutcome()
        wanted = self._without_repeats(batch, outcome)
        known = self._known(list(wanted))
        new: list[tuple[Listed, str]] = []
        changed: list[tuple[Listed, str, int]] = []
        unchanged: list[dict[str, int]] = []
        for sku, listed in wanted.items():
            found = known.get(sku)
            if found is None:
                new.append((listed, digest(listed.product)))
                continue
            if self._was_seen(found) and not self._may_repeat:
                outcome.repeated.append((listed, found.seen_row))
                continue
            now = digest(listed.product)
            if found.digest == now and found.feed_id == self._run.feed_id:
                unchanged.append({"of": found.product_id, "row": listed.row})
            else:
                changed.append((listed, now, found.product_id))
        self._attributes.note(listed.product for listed, _ in new)
        self._attributes.note(listed.product for listed, _, _ in changed)
        self._insert(new)
        self._change(changed)
        self._stamp(unchanged)
        outcome.added, outcome.changed, outcome.unchanged = len(new), len(changed), len(unchanged)
        return outcome

    def _without_repeats(self, batch: Sequence[Listed], outcome: BatchOutcome) -> dict[str, Listed]:
        wanted: dict[str, Listed] = {}
        for listed in batch:
            sku = listed.product.sku
            if sku in wanted and not self._may_repeat:
                outcome.repeated.append((listed, wanted[sku].row))
            else:
                wanted[sku] = listed
        return wanted

    def _was_seen(self, known: _Known) -> bool:
        return (
            known.feed_id == self._run.feed_id
            and known.seen_run == self._run.run
            and known.seen_row != NOT_LISTED
        )

    def _known(self, skus: Sequence[str]) -> dict[str, _Known]:
        table = schema.products.c
        rows = self._connection.execute(
            select(
                table.sku, table.id, table.digest, table.feed_id, table.seen_run, table.seen_row
            ).where(table.sku.in_(skus))
        )
        return {sku: _Known(*rest) for sku, *rest in rows}

    def _stamps(self, listed: Listed, now_digest: str, now: datetime) -> dict[str, Any]:
        return {
            "digest": now_digest,
            "feed_id": self._run.feed_id,
            "seen_run": self._run.run,
            "seen_row": listed.row,
            "updated_at": now,
        }

    def _insert(self, new: Sequence[tuple[Listed, str]]) -> None:
        if not new:
            return
        now = datetime.now(UTC)
        rows = [
            to_row(listed.product) | self._stamps(listed, text, now) | {"added_at": now}
            for listed, text in new
        ]
        ids = self._connection.scalars(
            insert(schema.products).returning(schema.products.c.id, sort_by_parameter_order=True),
            rows,
        ).all()
        self._show([(i, listed.product) for i, (listed, _) in zip(ids, new, strict=True)])

    def _change(self, changed: Sequence[tuple[Listed, str, int]]) -> None:
        if not changed:
            return
        now = datetime.now(UTC)
        self._connection.execute(
            update(schema.products).where(schema.products.c.id == bindparam("of")),
            [
                to_row(listed.product) | self._stamps(listed, text, now) | {"of": product_id}
                for listed, text, product_id in changed
            ],
        )
        ids = [product_id for _, _, product_id in changed]
        self._connection.execute(
            delete(schema.product_images).where(schema.product_images.c.product_id.in_(ids))
        )
        self._show([(product_id, listed.product) for listed, _, product_id in changed])

    def _show(self, products: Sequence[tuple[int, Product]]) -> None:
        """Tie products to the sources of their images, in order."""
        locations = {location for _, product in products for location in product.images}
        if not locations:
            return
        sources = self._sources.ids(locations)
        self._connection.execute(
            insert(schema.product_images),
            [
                {"product_id": product_id, "position": position, "source_id": sources[location]}
                for product_id, product in products
                for position, location in enumerate(product.images)
            ],
        )

    def _stamp(self, unchanged: Sequence[dict[str, int]]) -> None:
        if not unchanged:
            return
        self._connection.execute(
            update(schema.products)
            .where(schema.products.c.id == bindparam("of"))
            .values(seen_run=self._run.run, seen_row=bindparam("row")),
            unchanged,
        )
