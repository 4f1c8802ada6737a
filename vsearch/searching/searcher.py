"""Answers queries: embeds what was asked, searches the current generation, shows the hits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, Engine

from vsearch.catalog.database import storage_errors
from vsearch.encoder.interface import Embeddings
from vsearch.layout import Layout
from vsearch.searching.encoders import CollectionEncoders
from vsearch.searching.examples import Encoded, Examples
from vsearch.searching.filtering import FilterCache
from vsearch.searching.originals import Originals
from vsearch.searching.overview import Overviews
from vsearch.searching.query import Query
from vsearch.searching.query_pictures import QueryPictures
from vsearch.searching.ranking import Ranking
from vsearch.searching.reading import Reading
from vsearch.searching.records import KeptRecords
from vsearch.searching.result import NO_FACETS, Hit, Result
from vsearch.searching.scene import search_scene
from vsearch.searching.second_look import look_again
from vsearch.searching.serving import ServingOptions
from vsearch.searching.snapshot import CurrentSnapshot, Snapshot
from vsearch.searching.trust import Calibrations, judge, same_from
from vsearch.settings import Settings

if TYPE_CHECKING:
    from vsearch.catalog.facet_value import FacetValue

#: The products whose values facets count: the nearest so many.
FACET_DEPTH = 200

#: Of a scene this many times the pixels are read that one picture needs: things are parts of it.
_SCENE_DETAIL = 4

#: Kinds of index that keep embeddings rounded.
_ROUNDED = ("ivf",)


class Searcher:
    """The read path of one collection. Safe to share between threads."""

    def __init__(
        self,
        layout: Layout,
        engine: Engine,
        current: CurrentSnapshot,
        settings: Settings,
        serving: ServingOptions | None = None,
    ) -> None:
        self._engine = engine
        self._current = current
        self._observe = (serving or ServingOptions()).observe
        self.encoders = CollectionEncoders(layout, settings, serving)
        self.pictures = QueryPictures(settings, serving)
        self.examples = Examples(layout, self.encoders, self.pictures)
        self.originals = Originals(layout, self.examples, self.pictures, settings)
        self._records = KeptRecords()
        self._filters = FilterCache()
        self._calibrations = Calibrations(layout)
        self.overviews = Overviews(self.encoders, self._calibrations)

    def search(self, query: Query) -> Result:
        """Answer a query; see ``Collection.search``."""
        snapshot = self._current.get()
        if not (query.regions or query.rerank):
            return self._answer(snapshot, query)
        with self.pictures.studying():
            if not query.regions:
                return self._answer(snapshot, query)
            (example,) = query.examples
            encoder = self.encoders.encoder(snapshot.manifest)
            picture = self.pictures.picture(example, min_side=_SCENE_DETAIL * encoder.min_side)
            return search_scene(encoder, picture, query, lambda part: self._answer(snapshot, part))

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """What the collection holds now, as long as the context lasts."""
        snapshot = self._current.get()
        manifest, index = snapshot.manifest, snapshot.index
        calibration = self._calibrations.of(manifest)
        with storage_errors(self._engine), self._engine.connect() as connection:
            yield Reading(
                connection=connection,
                manifest=manifest,
                index=index,
                records=self._records.of(connection),
                stored=self.encoders.embeddings(manifest),
                same_from=same_from(calibration),
                filters=self._filters,
                rounded=index is not None and index.kind in _ROUNDED,
            )

    def load_encoder(self) -> None:
        """Load the encoder, and see that it made the collection's embeddings."""
        self.encoders.encoder(self._current.get().manifest)

    def close(self) -> None:
        """End the threads that encode for many callers, if there are any."""
        self.encoders.close()

    def _answer(self, snapshot: Snapshot, query: Query) -> Result:
        # Downloading and encoding take long: no connection is held meanwhile.
        encoded = self.examples.encode(snapshot.manifest, query)
        started = perf_counter()
        with storage_errors(self._engine), self._engine.connect() as connection:
            result = self._rank(connection, snapshot, query, encoded)
        self._observe("search", perf_counter() - started)
        hits: Sequence[Hit] = result.hits
        if query.rerank and hits:
            hits = self._looked_at_again(snapshot, query, hits)
        page = hits[query.offset : query.offset + query.k]
        numbered = enumerate(page, start=query.offset + 1)
        ranked = (hit if hit.rank == rank else replace(hit, rank=rank) for rank, hit in numbered)
        return replace(result, hits=tuple(ranked))

    def _rank(
        self, connection: Connection, snapshot: Snapshot, query: Query, encoded: Encoded
    ) -> Result:
        """Everything but the hits' second look: all of them down to the query's depth."""
        manifest, index = snapshot.manifest, snapshot.index
        asked = self.examples.embed(connection, manifest, query, encoded)
        if index is None:
            self._filters.check(connection, query.where)
            return Result((), facets=_facet_counts(connection, (), query.facets))
        calibration = self._calibrations.of(manifest)
        ranking = Ranking(
            connection=connection,
            records=self._records.of(connection),
            index=index,
            query=query,
            asked=asked,
            allowed=self._filters.allowed(connection, index, query.where),
            stored=self.encoders.embeddings(manifest) if index.kind in _ROUNDED else None,
            embed=lambda hits: self._embeddings(snapshot, hits),
            same_from=same_from(calibration),
        )
        judged = judge(ranking, calibration)
        return Result(
            hits=tuple(judged.hits),
            nothing_alike=judged.nothing_alike,
            categories=judged.categories,
            facets=_facets(connection, ranking),
        )

    def _looked_at_again(
        self, snapshot: Snapshot, query: Query, hits: Sequence[Hit]
    ) -> Sequence[Hit]:
        encoder = self.encoders.encoder(snapshot.manifest)
        with storage_errors(self._engine), self._engine.connect() as connection:
            asked = self.originals.of_query(connection, query, min_side=encoder.min_side)
        return look_again(encoder, asked, self.originals, hits)

    def _embeddings(self, snapshot: Snapshot, hits: Sequence[Hit]) -> Embeddings:
        """(n, dim) of the images that matched; zeros where a product has none."""
        found = np.zeros((len(hits), snapshot.manifest.dim), np.float32)
        shown = [n for n, hit in enumerate(hits) if hit.content_hash]
        stored = self.encoders.embeddings(snapshot.manifest)
        found[shown] = stored.get([hits[n].content_hash for n in shown])
        return found


def _facets(connection: Connection, ranking: Ranking) -> Mapping[str, Sequence[FacetValue]]:
    """The values of the fields that were asked for, among the nearest products."""
    if not ranking.query.facets:
        return NO_FACETS
    nearest = [hit.product_id for hit in ranking.candidates(FACET_DEPTH)[:FACET_DEPTH]]
    return _facet_counts(connection, nearest, ranking.query.facets)


def _facet_counts(
    connection: Connection, product_ids: Sequence[int], fields: Sequence[str]
) -> Mapping[str, Sequence[FacetValue]]:
    if not fields:
        return NO_FACETS
    # It reads filters: their parser takes 50 ms to import, which other queries don't pay.
    from vsearch.catalog.facets import facet_counts

    return facet_counts(connection, product_ids, fields)
