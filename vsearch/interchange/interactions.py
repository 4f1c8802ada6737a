"""Who met which product, and how much that says: what collaborative filtering learns from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from vsearch.behaviour.numbering import Numbering
from vsearch.behaviour.options import KIND_WEIGHTS
from vsearch.collection import Collection
from vsearch.errors import SettingsError
from vsearch.events.columns import EventColumns
from vsearch.events.selection import EVERYTHING, EventSelection
from vsearch.interchange.items import Items
from vsearch.interchange.shopper_kind import ShopperKind

_DAY_US = 24 * 60 * 60 * 1_000_000

_Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class InteractionOptions:
    """Which events count, and how much.

    Raises:
        SettingsError: a number is out of range.
    """

    shopper: ShopperKind = ShopperKind.USER
    kind_weights: Mapping[str, float] = field(default_factory=lambda: KIND_WEIGHTS)
    """How much an event counts by its kind; one of another kind, or of weight 0, doesn't."""
    half_life_days: float | None = None
    """After how many days before the newest event one counts half; None for no ageing."""
    selection: EventSelection = EVERYTHING

    def __post_init__(self) -> None:
        """Hold the numbers to their ranges."""
        if self.half_life_days is not None and not 0 < self.half_life_days <= 36_500:
            raise SettingsError(
                f"half_life_days = {self.half_life_days}: give more than 0 days, 36,500 at most"
            )
        for kind, weight in self.kind_weights.items():
            if not 0 <= weight < float("inf"):
                raise SettingsError(f"kind_weights: {kind} = {weight}: give 0 or more")


@dataclass(frozen=True, eq=False)
class Interactions:
    """What u shoppers did with n items: one row of ``table`` for each pair that met.

    Whatever reads Arrow takes it as a table: ``polars.DataFrame(interactions)``,
    ``pandas.DataFrame.from_arrow(interactions)``, ``pyarrow.table(interactions)``.
    """

    kind: ShopperKind
    shoppers: tuple[str, ...]
    """(u,) their ids by row of ``matrix``, in the order in which they first did something."""
    skus: tuple[str, ...]
    """(n,) by column: every item, met or not, as in ``Items``."""
    matrix: sparse.csr_matrix
    """(u, n) float32: the sum of the weights of a shopper's events with an item.

    A ``csr_matrix``, which implicit and LightFM ask for, and not a ``csr_array``.
    """
    events: npt.NDArray[np.int32]
    """(m,) of how many events each value of ``matrix`` is made, in its order."""
    last_at: npt.NDArray[np.datetime64]
    """(m,) datetime64[us], UTC: when the last of them happened."""
    passed_over: int
    """How many events were left out, for their product isn't an item (any more)."""

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each shopper."""
        return {shopper: row for row, shopper in enumerate(self.shoppers)}

    def table(self) -> pa.Table:
        """One row for each shopper and item that met.

        Columns: ``user_id`` or ``session_id``, ``sku``, ``weight`` (float32), ``events``
        (int32) and ``last_at`` (microseconds, UTC).
        """
        met = self.matrix.tocoo()
        shoppers, skus = pa.array(self.shoppers, pa.string()), pa.array(self.skus, pa.string())
        return pa.table(
            {
                self.kind.column: shoppers.take(pa.array(met.row)),
                "sku": skus.take(pa.array(met.col)),
                "weight": pa.array(met.data, pa.float32()),
                "events": pa.array(self.events, pa.int32()),
                "last_at": pa.array(self.last_at, pa.timestamp("us")).cast(
                    pa.timestamp("us", "UTC")
                ),
            }
        )

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """What libraries that read Arrow ask for."""
        return self.table().__arrow_c_stream__(requested_schema)


def read_interactions(
    collection: Collection, items: Items, options: InteractionOptions | None = None
) -> Interactions:
    """Gather a collection's events by shopper and item.

    Args:
        collection: whose events.
        items: its products, or those of them that are to be known.
        options: which events count.
    """
    options = options or InteractionOptions()
    shoppers: Numbering[str] = Numbering()
    pages = collection.events.read(selection=options.selection)
    read = [_Met.of(page, options, shoppers, items.number_of) for page in pages]
    met = _Met.joined(read)
    weights = met.weights
    if options.half_life_days is not None and len(met.at):
        ages = (met.at.max() - met.at).astype(np.int64) / _DAY_US
        weights = weights * 0.5 ** (ages / options.half_life_days)
    # Ascending by row and column, as the matrix keeps them.
    pairs, place = np.unique(met.rows * max(1, len(items)) + met.items, return_inverse=True)
    last_at = np.full(len(pairs), np.datetime64(np.iinfo(np.int64).min + 1, "us"))
    np.maximum.at(last_at, place, met.at)
    rows, columns = np.divmod(pairs, max(1, len(items)))
    summed = np.bincount(place, weights, len(pairs)).astype(np.float32)
    return Interactions(
        options.shopper,
        shoppers.names,
        items.skus,
        sparse.csr_matrix((summed, (rows, columns)), shape=(len(shoppers), len(items))),
        np.bincount(place, minlength=len(pairs)).astype(np.int32),
        last_at,
        met.passed_over,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Met:
    """Events that count."""

    rows: _Numbers
    items: _Numbers
    weights: npt.NDArray[np.float64]
    at: npt.NDArray[np.datetime64]
    passed_over: int

    @classmethod
    def of(
        cls,
        page: EventColumns,
        options: InteractionOptions,
        shoppers: Numbering[str],
        number_of: Mapping[str, int],
    ) -> _Met:
        weights = [options.kind_weights.get(kind, 0.0) for kind in page.kinds]
        names = options.shopper.of(page)
        counts = [place for place, name in enumerate(names) if name and weights[place] > 0]
        known = [place for place in counts if page.skus[place] in number_of]
        return cls(
            shoppers.of(names[place] for place in known),
            np.array([number_of[page.skus[place]] for place in known], np.int64),
            np.array([weights[place] for place in known], np.float64),
            page.at[known],
            len(counts) - len(known),
        )

    @classmethod
    def joined(cls, parts: list[_Met]) -> _Met:
        nothing = cls(
            np.empty(0, np.int64),
            np.empty(0, np.int64),
            np.empty(0, np.float64),
            np.empty(0, "datetime64[us]"),
            0,
        )
        every = [nothing, *parts]
        return cls(
            np.concatenate([one.rows for one in every]),
            np.concatenate([one.items for one in every]),
            np.concatenate([one.weights for one in every]),
            np.concatenate([one.at for one in every]),
            sum(one.passed_over for one in every),
        )


def shoppers_of(collection: Collection, kind: ShopperKind) -> tuple[str, ...]:
    """Everybody who did anything, in the order in which they began."""
    return Numbering(_named(collection, kind)).names


def _named(collection: Collection, kind: ShopperKind) -> Iterator[str]:
    for page in collection.events.read():
        yield from filter(None, kind.of(page))
