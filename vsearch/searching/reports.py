"""Puts together what the page of a query shows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import PurePosixPath

from sqlalchemy import Connection, Engine

from vsearch.catalog import product_store
from vsearch.catalog.database import storage_errors
from vsearch.layout import Layout
from vsearch.searching.explanations import Explanations
from vsearch.searching.photo import name_of
from vsearch.searching.pictures import product_thumbnail, thumbnail
from vsearch.searching.query import Example, Query
from vsearch.searching.report import Asked, Card, Report, Section, render
from vsearch.searching.result import Hit, Result
from vsearch.searching.searcher import Searcher
from vsearch.searching.snapshot import CurrentSnapshot
from vsearch.settings import Settings

#: Hits of a page that are explained: each takes 0.3 s on a CPU.
EXPLAINED = 12


class Reports:
    """The pages of one collection's queries."""

    def __init__(
        self,
        layout: Layout,
        engine: Engine,
        current: CurrentSnapshot,
        searcher: Searcher,
        explanations: Explanations,
        settings: Settings,
    ) -> None:
        self._layout = layout
        self._engine = engine
        self._current = current
        self._searcher = searcher
        self._explanations = explanations
        self._settings = settings

    def render(self, query: Query, result: Result, seconds: float, *, explain: bool) -> str:
        """The query and its result as an HTML page.

        Args:
            query: what was asked.
            result: what came.
            seconds: how long that took.
            explain: whether to show what of the first hits matched.

        Raises:
            QueryError: hits are to be explained, and the query isn't one picture.
        """
        with storage_errors(self._engine), self._engine.connect() as connection:
            products = product_store.count(connection)
            like = [self._asked(connection, example) for example in query.examples]
            unlike = [self._asked(connection, example) for example in query.unlike]
        return render(
            Report(
                query=query,
                result=result,
                like=like,
                unlike=unlike,
                sections=self._sections(query, result, explain),
                encoder=self._current.get().manifest.encoder.name,
                products=products,
                seconds=seconds,
            )
        )

    def _sections(self, query: Query, result: Result, explain: bool) -> list[Section]:
        if not result.regions:
            return [Section(self._cards(query, result.hits, explain))]
        (example,) = query.examples
        return [
            Section(
                self._cards(Query(image=example.image, box=region.box), region.hits, explain),
                region.box,
                region.nothing_alike,
                region.category,
            )
            for region in result.regions
        ]

    def _cards(self, query: Query, hits: Sequence[Hit], explain: bool) -> list[Card]:
        explained = hits[:EXPLAINED] if explain else ()
        reasons = self._explanations.data_uris(query, explained) if explained else ()
        return [
            Card(hit, self._picture(hit.image, hit.content_hash), reason)
            for hit, reason in zip_longest(hits, reasons)
        ]

    def _asked(self, connection: Connection, example: Example) -> Asked:
        if example.image is not None:
            picture = thumbnail(
                self._searcher.pictures.picture(example), max_pixels=self._settings.max_pixels
            )
            return Asked(PurePosixPath(name_of(example.image)).name, picture)
        if example.sku is not None:
            views = self._searcher.examples.views(connection, example.sku)
            main = [self._picture(view.address, view.content_hash) for view in views[:1]]
            return Asked(example.sku, next(iter(main), None))
        return Asked(
            f"\N{LEFT DOUBLE QUOTATION MARK}{example.text}\N{RIGHT DOUBLE QUOTATION MARK}", None
        )

    def _picture(self, address: str, content_hash: str) -> str | None:
        if not content_hash:
            return None
        return product_thumbnail(
            address, content_hash, self._layout.downloads, max_pixels=self._settings.max_pixels
        )
