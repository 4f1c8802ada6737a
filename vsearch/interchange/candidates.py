"""Candidates for many shoppers in one batch, for a ranker that comes after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa
from scipy import sparse

from vsearch.collection import Collection
from vsearch.errors import QueryError
from vsearch.interchange.interactions import Interactions, shoppers_of
from vsearch.interchange.shopper_kind import ShopperKind
from vsearch.progress import Progress, Silence
from vsearch.recommending.asked import ForShopper
from vsearch.recommending.recommended import Recommended

#: What is recommended to each where nothing else is asked: a ranker wants many.
DEFAULT_ASKED = ForShopper(k=100)

#: Shoppers whose candidates are handed on together.
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class ShopperCandidates:
    """What is recommended to one shopper."""

    shopper: str
    hits: tuple[Recommended, ...]
    """The best first; none where ``Recommender.recommend`` finds none."""


class Candidates:
    """What is recommended to each of some shoppers; it is found while it is read.

    Whatever reads Arrow takes it as a table, with a row for each candidate:
    ``polars.DataFrame(candidates)``, ``pandas.DataFrame.from_arrow(candidates)``,
    ``pyarrow.table(candidates)``. Reading it again finds it again.
    """

    def __init__(
        self,
        collection: Collection,
        shoppers: Sequence[str] | None = None,
        asked: ForShopper = DEFAULT_ASKED,
        *,
        kind: ShopperKind = ShopperKind.USER,
        progress: Progress | None = None,
    ) -> None:
        """Prepare; nothing is found yet.

        Args:
            collection: what is recommended from.
            shoppers: their ids; None for everybody who did anything.
            asked: what is asked for each of them. All are asked as of one moment: that of this
                call, unless it names another.
            kind: what the ids are of.
            progress: told of each shopper.

        Raises:
            QueryError: what is asked names a shopper.
        """
        if asked.user_id or asked.session_id:
            named = asked.user_id or asked.session_id
            raise QueryError(
                f'asked: it names the shopper "{named}"; name those of the batch apart'
            )
        self.shoppers = (
            shoppers_of(collection, kind) if shoppers is None else tuple(dict.fromkeys(shoppers))
        )
        self.kind = kind
        self._recommender = collection.recommender
        self._asked = replace(asked, at=asked.at or datetime.now(UTC))
        self._progress = progress or Silence()

    @property
    def schema(self) -> pa.Schema:
        """One row for each candidate of each shopper; rank 1 is the best.

        Columns: ``user_id`` or ``session_id``, ``rank``, ``sku``, ``score`` (which compares
        within one shopper only), ``basis``, and ``because``, the products that spoke for it.
        """
        return pa.schema(
            [
                pa.field(self.kind.column, pa.string(), nullable=False),
                pa.field("rank", pa.int32(), nullable=False),
                pa.field("sku", pa.string(), nullable=False),
                pa.field("score", pa.float32(), nullable=False),
                pa.field("basis", pa.string(), nullable=False),
                pa.field("because", pa.list_(pa.string()), nullable=False),
            ]
        )

    def __iter__(self) -> Iterator[ShopperCandidates]:
        """One shopper after another.

        Raises:
            FilterError: the filter can't be read.
        """
        with self._progress.stage("candidates", len(self.shoppers), "shoppers") as advance:
            for shopper in self.shoppers:
                found = self._recommender.recommend(self._asked_of(shopper))
                yield ShopperCandidates(shopper, found.hits)
                advance(1)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All of them in ``schema``, some shoppers at a time."""
        some: list[ShopperCandidates] = []
        for one in self:
            some.append(one)
            if len(some) == _AT_ONCE:
                yield self._batch(some)
                some.clear()
        yield self._batch(some)

    def table(self) -> pa.Table:
        """All of them in ``schema``."""
        return pa.Table.from_batches(self.batches(), self.schema)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """What libraries that read Arrow ask for."""
        reader = pa.RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)

    def _asked_of(self, shopper: str) -> ForShopper:
        if self.kind is ShopperKind.USER:
            return replace(self._asked, user_id=shopper)
        return replace(self._asked, session_id=shopper)

    def _batch(self, some: Sequence[ShopperCandidates]) -> pa.RecordBatch:
        rows = [
            (one.shopper, rank, hit.hit.sku, hit.hit.score, hit.basis.value, list(hit.because))
            for one in some
            for rank, hit in enumerate(one.hits, start=1)
        ]
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self.schema)
        arrays = [
            pa.array(column, field.type) for column, field in zip(columns, self.schema, strict=True)
        ]
        return pa.record_batch(arrays, schema=self.schema)


def candidate_matrix(candidates: Candidates, interactions: Interactions) -> sparse.csr_matrix:
    """Candidates' scores by the rows and columns of interactions: (u, n) float32.

    What isn't a candidate is not stored. Shoppers and products that the interactions don't know
    are left out.

    Raises:
        QueryError: the ones are of users, the others of sessions.
    """
    if candidates.kind is not interactions.kind:
        raise QueryError(
            f"candidates of a {candidates.kind.value}, interactions of a"
            f" {interactions.kind.value}: read both of the same kind"
        )
    number_of = {sku: number for number, sku in enumerate(interactions.skus)}
    placed = [
        (interactions.row_of[one.shopper], number_of[hit.hit.sku], hit.hit.score)
        for one in candidates
        if one.shopper in interactions.row_of
        for hit in one.hits
        if hit.hit.sku in number_of
    ]
    rows, columns, scores = zip(*placed, strict=True) if placed else ((), (), ())
    return sparse.csr_matrix(
        (scores, (rows, columns)),
        shape=(len(interactions.shoppers), len(interactions.skus)),
        dtype="float32",
    )
