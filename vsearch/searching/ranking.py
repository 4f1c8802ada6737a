"""From candidates to hits in their order: fused, boosted, collapsed, diversified."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.encoder.interface import Embeddings
from vsearch.index.interface import VectorIndex
from vsearch.searching.boosting import boosted, most_added
from vsearch.searching.collapse import collapse
from vsearch.searching.diversity import WINDOW, diversify
from vsearch.searching.examples import Asked
from vsearch.searching.query import MAX_DEPTH, Query
from vsearch.searching.records import Records
from vsearch.searching.result import Hit
from vsearch.searching.search import Allowed, find_products
from vsearch.searching.word_hits import FUSED_DEPTH, fused, hits_by_words

#: Products looked at first where the order isn't that of the scores, and each time too few.
_FIRST_LOOK = 200
_WIDEN = 4


@dataclass(frozen=True, slots=True)
class Ranking:
    """How the products of one query are ordered."""

    connection: Connection
    records: Records
    """What is known of the catalogue already."""

    index: VectorIndex
    query: Query
    asked: Asked | None
    """None where words alone are asked for."""

    allowed: Allowed | None
    embed: Callable[[Sequence[Hit]], Embeddings]
    """(n, dim) of the image of each hit that matched."""

    stored: CollectionEmbeddings | None
    """The embeddings in full, where the index has them rounded."""

    same_from: float
    """The cosine similarity from which two pictures count as one."""

    def hits(self) -> list[Hit]:
        """The hits up to the query's depth, in order; fewer where there are no more."""
        needed = self._needed()
        size = needed if self._by_score_alone else max(needed, _FIRST_LOOK)
        while True:
            pool = self.candidates(size)
            ordered = self._ordered(pool)
            everything = len(pool) < size or size >= MAX_DEPTH
            if everything or (len(ordered) >= needed and self._is_settled(pool, ordered, needed)):
                return ordered
            size = min(MAX_DEPTH, size * _WIDEN)

    @property
    def is_plain(self) -> bool:
        """Whether the hits are the nearest products, and nothing else has a say."""
        query = self.query
        return self.allowed is None and not query.words.strip() and self._by_score_alone

    def candidates(self, size: int) -> list[Hit]:
        """The first so many by looks, by words, or by both; fewer where there are no more."""
        query = self.query
        if not query.words.strip():
            return self.by_looks(size, self.allowed)
        if self.asked is None or not len(self.asked.embeddings):
            return hits_by_words(
                self.connection,
                query.words,
                size,
                without=() if self.asked is None else self.asked.without,
                allowed=self.allowed,
                group=query.group,
            )
        size = max(size, FUSED_DEPTH)
        return fused(
            self.connection,
            self.index,
            query,
            size,
            without=self.asked.without,
            allowed=self.allowed,
            nearest=self.by_looks,
        )

    def by_looks(self, size: int, allowed: Allowed | None) -> list[Hit]:
        """The nearest so many."""
        if self.asked is None or not len(self.asked.embeddings):
            return []
        return find_products(
            self.connection,
            self.index,
            self.asked.embeddings,
            size,
            without=self.asked.without,
            allowed=allowed,
            group=self.query.group,
            stored=self.stored,
            surely=self.asked.itself,
            records=self.records,
            below=self.same_from if self.query.apart else None,
        )

    @property
    def _by_score_alone(self) -> bool:
        query = self.query
        return not (query.boosts or query.collapse or query.diversity)

    def _needed(self) -> int:
        depth = self.query.depth
        # Whole windows, or the order within the last one would hang on the page's length.
        return -(-depth // WINDOW) * WINDOW if self.query.diversity else depth

    def _ordered(self, pool: list[Hit]) -> list[Hit]:
        query, hits = self.query, pool
        if query.boosts:
            hits = boosted(self.connection, hits, query.boosts)
        if query.collapse and hits:
            hits = collapse(hits, self.embed(hits), self.same_from)
        if query.diversity and hits:
            hits = diversify(hits, self.embed(hits), query.diversity)
        return hits

    def _is_settled(self, pool: list[Hit], ordered: list[Hit], needed: int) -> bool:
        """Whether nothing past the pool could be boosted into the hits that are needed."""
        if not self.query.boosts or self.query.words.strip():
            return True
        least = min(hit.score + hit.boost for hit in ordered[:needed])
        return pool[-1].score + most_added(self.query.boosts) <= least
