"""The first stage: from a feed to the products of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from time import monotonic

from sqlalchemy import Connection

from vsearch.catalog import product_store
from vsearch.catalog.feed_store import FeedRun
from vsearch.catalog.feeds.interface import Feed, Listed, Rejection, Withdrawn
from vsearch.catalog.product_writer import ProductWriter
from vsearch.catalog.rows import to_row
from vsearch.indexing.summary import ProductCounts, RejectedRow
from vsearch.progress import Advance

OnRejectedRow = Callable[[RejectedRow], None]

#: The format whose rows are changes, not products.
CHANGES = "changes"

_BATCH = 1_000
_COMMIT_EVERY_S = 2.0


class Ingestion:
    """Reads one feed once and writes what differs."""

    def __init__(
        self,
        connection: Connection,
        feed: Feed,
        run: FeedRun,
        *,
        commit: Callable[[], None],
        on_rejected: OnRejectedRow,
    ) -> None:
        """Prepare.

        Args:
            connection: where to write.
            feed: what to read.
            run: what to stamp on the products that it lists.
            commit: called every few seconds and at the end; a dry run passes one that
                does nothing.
            on_rejected: told of every row that is skipped.
        """
        self._connection = connection
        self._feed = feed
        self._run = run
        self._commit = commit
        self._on_rejected = on_rejected
        # A list of changes may name a product twice, and its order counts.
        self._is_ordered = feed.format == CHANGES
        self._writer = ProductWriter(connection, run, may_repeat=self._is_ordered)
        self.counts = ProductCounts()
        self.nameless = 0
        """Rejected rows that don't tell which product they are about."""

    def read(self, advance: Advance) -> ProductCounts:
        """Read the feed to its end, telling ``advance`` of each step in the feed's units;
        in rows where it has none.
        """
        committed = monotonic()
        position = 0
        items = self._feed.read()
        while batch := list(islice(items, _BATCH)):
            self._write(batch)
            if monotonic() - committed > _COMMIT_EVERY_S:
                self._commit()
                committed = monotonic()
            if self._feed.size:
                advance(self._feed.position - position)
                position = self._feed.position
            else:
                advance(len(batch))
        self._commit()
        return self.counts

    def _write(self, batch: list[Listed | Withdrawn | Rejection]) -> None:
        listed: list[Listed] = []
        withdrawn: list[str] = []
        spared: list[str] = []
        for item in batch:
            match item:
                case Listed():
                    if self._is_ordered and withdrawn:
                        self._withdraw(withdrawn)
                        withdrawn = []
                    listed.append(item)
                case Withdrawn():
                    if listed:
                        self._list(listed)
                        listed = []
                    withdrawn.append(item.sku)
                case Rejection():
                    self._reject(item.row, item.field, item.problem, item.raw)
                    if item.sku:
                        spared.append(item.sku)
                    else:
                        self.nameless += 1
        if listed:
            self._list(listed)
        if withdrawn:
            self._withdraw(withdrawn)
        if spared:
            product_store.keep(self._connection, self._run, spared)

    def _list(self, listed: list[Listed]) -> None:
        outcome = self._writer.write(listed)
        self.counts.added += outcome.added
        self.counts.changed += outcome.changed
        self.counts.unchanged += outcome.unchanged
        for item, first_row in outcome.repeated:
            problem = f'"{item.product.sku}" is listed twice; the first is row {first_row}'
            raw = json.dumps(to_row(item.product), default=str, ensure_ascii=False)
            self._reject(item.row, "sku", problem, raw)

    def _withdraw(self, skus: list[str]) -> None:
        self.counts.removed += len(product_store.remove(self._connection, skus))

    def _reject(self, row: int, field: str, problem: str, raw: str) -> None:
        self.counts.rejected += 1
        self._on_rejected(RejectedRow(str(self._feed.path), row, field, problem, raw))
