"""Puts together what the page of a query shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from sqlalchemy import Connection, Engine

from vsearch.catalog import product_store
from vsearch.catalog.database import storage_errors
from vsearch.layout import Layout
from vsearch.searching.photo import name_of
from vsearch.searching.pictures import product_thumbnail, thumbnail
from vsearch.searching.query import Example, Query
from vsearch.searching.report import Asked, Card, Report, Section, render
from vsearch.searching.result import Hit, Result
from vsearch.searching.searcher import Searcher
from vsearch.searching.snapshot import CurrentSnapshot
from vsearch.settings import Settings


class Reports:
    """The pages of one collection's queries."""

    def __init__(
        self,
        layout: Layout,
        engine: Engine,
        current: CurrentSnapshot,
        searcher: Searcher,
        settings: Settings,
    ) -> None:
        self._layout = layout
        self._engine = engine
        self._current = current
        self._searcher = searcher
        self._settings = settings

    def render(self, query: Query, result: Result, seconds: float) -> str:
        """The query and its result as an HTML page; ``seconds`` is how long it took."""
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
                sections=self._sections(result),
                encoder=self._current.get().manifest.encoder.name,
                products=products,
                seconds=seconds,
            )
        )

    def _sections(self, result: Result) -> list[Section]:
        if not result.regions:
            return [Section(self._cards(result.hits))]
        return [
            Section(self._cards(region.hits), region.box, region.nothing_alike)
            for region in result.regions
        ]

    def _cards(self, hits: Sequence[Hit]) -> list[Card]:
        return [Card(hit, self._picture(hit.image, hit.content_hash)) for hit in hits]

    def _asked(self, connection: Connection, example: Example) -> Asked:
        if example.image is not None:
            picture = thumbnail(
                self._searcher.examples.picture(example), max_pixels=self._settings.max_pixels
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
