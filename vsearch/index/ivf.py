"""IVF: embeddings in clusters, of which a search visits a few. Compact, quick to build."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal, Self

import faiss
import numpy as np

from vsearch.errors import CollectionDamaged
from vsearch.index.arguments import checked_embeddings
from vsearch.index.clusters import clusters_of_rows, visit, visit_subset
from vsearch.index.description import Description
from vsearch.index.effort import RECALL_AT, drawn, least_effort, other_photos
from vsearch.index.faiss_index import FaissIndex, row_selector
from vsearch.index.id_table import IdTable
from vsearch.index.interface import Embeddings, Ids, Scores
from vsearch.index.subset import Rows, Subset

Storage = Literal["float16", "int8"]
"""How an embedding is kept: float16 moves a cosine by 5e-4 at most, int8 by about 1e-2."""

#: Embeddings that one cluster centre is trained on; FAISS advises against fewer.
_SAMPLES_PER_CLUSTER = 40

_TRAINING_ROUNDS = 10

#: Fewest clusters visited.
_FEWEST_VISITS = 16

#: So many times the visits are needed where a filter spreads the neighbours over more clusters.
_FILTERED = 1.5

#: How the visits grow with the neighbours that are wanted: those of one query share clusters.
_VISITS_EXPONENT = 0.25

#: Rows visited for each neighbour that is wanted, where many are.
_ROWS_PER_HIT = 8

#: How much the index may outgrow what its clusters were trained for.
_GROWTH = 4

_SEED = 20240229

_QUANTIZERS: dict[Storage, int] = {
    "float16": faiss.ScalarQuantizer.QT_fp16,
    "int8": faiss.ScalarQuantizer.QT_8bit,
}


class IvfIndex(FaissIndex):
    """An inverted file over float16 or int8 embeddings.

    The clusters are trained on what is added first, or on a sample given to ``train``.
    """

    kind = "ivf"

    def __init__(self, dim: int, storage: Storage = "float16") -> None:
        """Make an empty index.

        Args:
            dim: length of an embedding.
            storage: how an embedding is kept.
        """
        super().__init__(_untrained(dim, 1, storage), IdTable())
        self._storage: Storage = storage
        self._trained_for = 0
        self._visits = _FEWEST_VISITS
        self._measure_at = 0
        self._measured_with: Embeddings | None = None
        self._clusters: Rows | None = None
        self._alive: tuple[Subset, Subset] | None = None

    @property
    def needs_rebuild(self) -> bool:
        """Whether it has outgrown its clusters, or more rows are dead than alive."""
        dead = self._table.rows - len(self)
        return len(self) > _GROWTH * self._trained_for or dead > len(self)

    @staticmethod
    def sample_size(population: int) -> int:
        """How many embeddings to train on, of an index that will hold ``population``."""
        return min(population, _SAMPLES_PER_CLUSTER * _clusters(population))

    def train(self, sample: Embeddings, population: int) -> None:
        """Find cluster centres, once, before anything is added.

        Args:
            sample: (n, dim) float32, drawn at random from what will be added.
            population: how many embeddings will be added.

        Raises:
            ValueError: it is trained, or the sample is empty or of the wrong shape.
        """
        sample = checked_embeddings(sample, self.dim, "sample")
        if self._faiss.is_trained or not len(sample):
            raise ValueError(f"train: {len(sample)} samples, {self._trained_for} trained for")
        searcher = _untrained(self.dim, min(_clusters(population), len(sample)), self._storage)
        searcher.cp.spherical = True
        searcher.cp.niter = _TRAINING_ROUNDS
        searcher.cp.seed = _SEED
        searcher.cp.min_points_per_centroid = 1  # Else FAISS prints advice on small samples.
        searcher.train(sample)
        self._measured_with = other_photos(sample[drawn(len(sample))])
        self._measure_at = self._trained_for = population
        self._mapped_file = None
        self._faiss = searcher

    def _add_rows(self, rows: Rows, embeddings: Embeddings) -> None:
        # What was hidden is let go of, now that FAISS can be changed.
        self._drop_rows(np.empty(0, dtype=np.int64), added=len(rows))
        if not self._faiss.is_trained:
            chosen = np.random.default_rng(_SEED).permutation(len(embeddings))
            self.train(embeddings[chosen[: self.sample_size(len(rows))]], len(rows))
        self._faiss.add_with_ids(embeddings, rows)
        self._clusters = None
        if self._measured_with is not None and self._faiss.ntotal >= self._measure_at:
            self._measure_at = 2 * self._faiss.ntotal
            self._visits = self._visits_for_recall(self._measured_with)

    def _visits_for_recall(self, queries: Embeddings) -> int:
        k, most = min(RECALL_AT, self._faiss.ntotal), self._faiss.nlist
        true, _ = visit(self._faiss, queries, k, most)
        return least_effort(
            lambda visits: visit(self._faiss, queries, k, visits)[0], true, _FEWEST_VISITS, most
        )

    def purge(self) -> None:
        """Let go of what is hidden; it is read into memory for it."""
        if self.hidden:
            self._make_changeable()
            self._drop_rows(np.empty(0, dtype=np.int64))

    def _remove_rows(self, rows: Rows) -> None:
        self._make_changeable()
        self._drop_rows(rows)

    def _drop_rows(self, rows: Rows, *, added: int = 0) -> None:
        """Take rows out, and those that are hidden; ``added`` are in the table, not in FAISS."""
        if self._faiss.ntotal > len(self) - added:
            alive = np.zeros(self._table.rows, dtype=bool)
            alive[self._table.alive_rows] = True
            rows = np.union1d(rows, np.flatnonzero(~alive))
        if len(rows):
            self._faiss.remove_ids(row_selector(Subset(rows, self._table.rows, None)))
            self._clusters = None

    def _prepared(self, allowed: Ids | Subset) -> Subset:
        subset = super()._prepared(allowed)
        if subset.clusters is not None:
            return subset
        # Two threads that make it at once make the same.
        clusters = self._clusters
        if clusters is None:
            clusters = self._clusters = clusters_of_rows(self._faiss, self._table.rows)
        holding = np.zeros(self._faiss.nlist, dtype=bool)
        holding[clusters[subset.rows]] = True
        return replace(subset, clusters=np.flatnonzero(holding))

    def _search_rows(
        self, queries: Embeddings, k: int, subset: Subset | None
    ) -> tuple[Scores, Ids]:
        subset = self._visible(subset)
        visits = self._visits * max(1.0, k / RECALL_AT) ** _VISITS_EXPONENT
        visits *= 1 if subset is None else _FILTERED
        holding = _ROWS_PER_HIT * k * self._faiss.nlist / self._faiss.ntotal
        return self._visit(queries, k, math.ceil(max(visits, holding)), subset)

    def _search_exactly(
        self, queries: Embeddings, k: int, subset: Subset | None
    ) -> tuple[Scores, Ids]:
        return self._visit(queries, k, self._faiss.nlist, self._visible(subset))

    def _visible(self, subset: Subset | None) -> Subset | None:
        """What may be found: where rows are hidden, all but these."""
        if subset is not None or not self.hidden:
            return subset
        alive = self._table.alive_subset
        known = self._alive
        if known is None or known[0] is not alive:
            # Two threads that make it at once make the same.
            known = self._alive = alive, self._prepared(alive)
        return known[1]

    def _visit(
        self, queries: Embeddings, k: int, visits: int, subset: Subset | None
    ) -> tuple[Scores, Ids]:
        if subset is None:
            scores, rows = visit(self._faiss, queries, k, visits)
        else:
            scores, rows = visit_subset(self._faiss, queries, k, visits, subset)
        return scores, self._table.ids_of(rows)

    def _parameters(self) -> dict[str, int]:
        stored = int(self._faiss.ntotal)
        return {"visits": self._visits, "trained_for": self._trained_for, "stored": stored}

    @classmethod
    def _reopened(cls, searcher: Any, table: IdTable, description: Description) -> Self:
        # Without hidden ones there are as many as ids.
        stored = description.parameters.get("stored", len(table))
        if searcher.ntotal != stored:
            raise CollectionDamaged(f"IVF index: {searcher.ntotal} embeddings for {stored} ids")
        storage: Storage = "int8" if searcher.sq.qtype == _QUANTIZERS["int8"] else "float16"
        index = cls(description.dim, storage)
        index._faiss, index._table = searcher, table
        try:
            index._visits = description.parameters["visits"]
            index._trained_for = description.parameters["trained_for"]
        except KeyError as error:
            raise CollectionDamaged(f"IVF index: its description has no {error}") from error
        return index


def _clusters(population: int) -> int:
    return max(1, min(round(4 * math.sqrt(population)), population // _SAMPLES_PER_CLUSTER))


def _untrained(dim: int, clusters: int, storage: Storage) -> Any:
    # Residuals would make int8 a little finer and every search slower.
    return faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dim),
        dim,
        clusters,
        _QUANTIZERS[storage],
        faiss.METRIC_INNER_PRODUCT,
        False,
    )
