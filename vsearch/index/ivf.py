"""IVF: embeddings in clusters, of which a search visits a few. Compact, quick to build."""

from __future__ import annotations

import math
from typing import Any, Literal, Self

import faiss
import numpy as np

from vsearch.errors import CollectionDamaged
from vsearch.index.arguments import checked_embeddings
from vsearch.index.description import Description
from vsearch.index.faiss_index import FaissIndex, row_selector
from vsearch.index.id_table import IdTable
from vsearch.index.interface import Embeddings, Ids, Scores
from vsearch.index.subset import Rows, Subset

Storage = Literal["float16", "int8"]
"""How an embedding is kept: float16 moves a cosine by 5e-4 at most, int8 by about 1e-2."""

#: Embeddings that one cluster centre is trained on; FAISS advises against fewer.
_SAMPLES_PER_CLUSTER = 40

_TRAINING_ROUNDS = 10

#: Fewest clusters visited: a photo is further from the gallery than its embeddings are from
#: each other, which is what the number of visits is measured with.
_FEWEST_VISITS = 16

#: The recall that the number of visits is raised to, and at how many neighbours.
_RECALL = 0.98
_RECALL_AT = 10
_RECALL_QUERIES = 128

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
        self._recall_queries: Embeddings | None = None
        self._measured_at = 0

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
        chosen = np.random.default_rng(_SEED).permutation(len(sample))[:_RECALL_QUERIES]
        self._recall_queries = sample[chosen]
        self._trained_for = population
        self._mapped_file = None
        self._faiss = searcher

    def _add_rows(self, rows: Rows, embeddings: Embeddings) -> None:
        if not self._faiss.is_trained:
            chosen = np.random.default_rng(_SEED).permutation(len(embeddings))
            self.train(embeddings[chosen[: self.sample_size(len(rows))]], len(rows))
        self._faiss.add_with_ids(embeddings, rows)
        if self._recall_queries is not None and self._faiss.ntotal >= 2 * self._measured_at:
            self._measured_at = self._faiss.ntotal
            self._visits = self._visits_for_recall(self._recall_queries)

    def _visits_for_recall(self, queries: Embeddings) -> int:
        """Double the visits until queries out of the index itself find their neighbours."""
        k = min(_RECALL_AT + 1, self._faiss.ntotal)  # The first neighbour is the query itself.
        true, _ = self._visit(queries, k, self._faiss.nlist)
        visits = _FEWEST_VISITS
        while visits < self._faiss.nlist:
            scores, _ = self._visit(queries, k, visits)
            if (scores[:, 1:] >= true[:, -1:]).mean() >= _RECALL:
                break
            visits *= 2
        return visits

    def _remove_rows(self, rows: Rows) -> None:
        self._make_changeable()
        self._faiss.remove_ids(row_selector(Subset(rows, self._table.rows, None)))

    def _search_rows(
        self, queries: Embeddings, k: int, subset: Subset | None
    ) -> tuple[Scores, Ids]:
        # A cluster offers fewer candidates when few rows are allowed: visit as many more.
        scarcity = 1.0 if subset is None else len(self) / len(subset)
        visits = math.ceil(self._visits * scarcity * max(1.0, k / _RECALL_AT))
        return self._visit(queries, k, visits, subset)

    def _search_exactly(
        self, queries: Embeddings, k: int, subset: Subset | None
    ) -> tuple[Scores, Ids]:
        return self._visit(queries, k, self._faiss.nlist, subset)

    def _visit(
        self, queries: Embeddings, k: int, visits: int, subset: Subset | None = None
    ) -> tuple[Scores, Ids]:
        """Search the ``visits`` clusters nearest to each query; all of them is exact."""
        selector = None if subset is None else row_selector(subset)
        parameters = faiss.SearchParametersIVF(nprobe=min(visits, self._faiss.nlist), sel=selector)
        scores, found = self._faiss.search(queries, k, params=parameters)
        return scores, self._table.ids_of(found)

    def _parameters(self) -> dict[str, int]:
        return {"visits": self._visits, "trained_for": self._trained_for}

    @classmethod
    def _reopened(cls, searcher: Any, table: IdTable, description: Description) -> Self:
        if searcher.ntotal != len(table):
            raise CollectionDamaged(f"IVF index: {searcher.ntotal} embeddings for {len(table)} ids")
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
