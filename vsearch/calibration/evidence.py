"""What a search finds for stand-ins: the scores of the right product, and of its rivals."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from vsearch.calibration.sample import MOST_OWNERS, Sampled, categories_of
from vsearch.catalog.product_views import View, views_of_images
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.encoder.interface import Embeddings
from vsearch.index.interface import NO_ID, VectorIndex

#: Images that are looked at for each stand-in: some two dozen products, as shops picture them.
_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Rival:
    """The best hit of a group of variants that isn't the right one."""

    score: float
    product_id: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one search."""

    own: float
    """The best score of the right product's pictures."""

    rivals: tuple[Rival, ...]
    """The others, the best first; at least two."""

    category: tuple[str, ...]
    """Of the right product."""


class Inquiry:
    """Searches the published index as a query would."""

    def __init__(
        self, connection: Connection, index: VectorIndex, embeddings: CollectionEmbeddings
    ) -> None:
        self._connection = connection
        self._index = index
        self._embeddings = embeddings

    def find(self, sampled: Sequence[Sampled], queries: Embeddings) -> list[Finding]:
        """Search; a query for which the index holds fewer than two rivals is left out.

        Args:
            sampled: (n,) what each query was made of.
            queries: (n, dim) float32, L2-normalised, after the head.
        """
        scores, ids = self._index.search(queries, min(_LOOKED_AT, len(self._index)))
        found = np.unique(ids[ids != NO_ID]).tolist()
        views = views_of_images(self._connection, found, each=MOST_OWNERS)
        findings = []
        for one, query, row, row_ids in zip(sampled, queries, scores, ids, strict=True):
            rivals = _rivals(one, row.tolist(), [views.get(i, []) for i in row_ids.tolist()])
            if len(rivals) > 1:
                findings.append(Finding(self._own(one, query), rivals, one.category))
        return findings

    def categories(self, findings: Sequence[Finding]) -> dict[int, tuple[str, ...]]:
        """The category of every rival, by product id."""
        rivals = (rival.product_id for finding in findings for rival in finding.rivals)
        return dict(categories_of(self._connection, rivals))

    def _own(self, sampled: Sampled, query: npt.NDArray[np.float32]) -> float:
        lost = set(self._embeddings.missing(sampled.hashes)) - {sampled.view.content_hash}
        own = [one for one in sampled.hashes if one not in lost]
        return float((self._embeddings.get(own) @ query).max())


def _rivals(
    sampled: Sampled, scores: Sequence[float], views: Sequence[Sequence[View]]
) -> tuple[Rival, ...]:
    best: dict[Hashable, Rival] = {}
    for score, shown in zip(scores, views, strict=True):
        # A picture of the right product is right, whoever else shows it.
        if not shown or any(view.product_id in sampled.owners for view in shown):
            continue
        best.setdefault(shown[0].group, Rival(score, shown[0].product_id))
    return tuple(best.values())
