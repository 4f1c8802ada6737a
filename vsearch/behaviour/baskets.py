"""Products that somebody put together: into one basket, onto one order, into one outfit."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from vsearch.behaviour.numbering import Numbering
from vsearch.events.columns import EventColumns
from vsearch.events.event import EventKind

#: What says that products were put together, and not only looked at one after the other.
PUT_TOGETHER = (EventKind.BASKET, EventKind.PURCHASE)

#: A larger one is a reseller's, or a program's, and says that everything goes with everything.
LARGEST = 100


@dataclass(frozen=True, slots=True, eq=False)
class Baskets:
    """Baskets of two products or more, the one that was begun first first.

    A basket is what one session put together; where events have no session, what one user put
    together on one day (UTC). Events of nobody in particular belong to no basket.
    """

    skus: tuple[str, ...]
    """The products that are in any basket."""
    starts: npt.NDArray[np.int64]
    """(b + 1,) basket i is ``items[starts[i] : starts[i + 1]]``."""
    items: npt.NDArray[np.int64]
    """(n,) places in ``skus``; within a basket each once, in the order of the events."""
    moments: npt.NDArray[np.datetime64]
    """(b,) datetime64[us], UTC: of the newest event of each basket."""

    @classmethod
    def of(
        cls,
        pages: Iterable[EventColumns],
        kinds: Collection[str] = PUT_TOGETHER,
        *,
        largest: int = LARGEST,
    ) -> Self:
        """Gather baskets from events.

        Args:
            pages: the events, in the order of storing.
            kinds: those that count.
            largest: baskets of more products than this are left out.
        """
        keys: Numbering[Hashable] = Numbering()
        skus: Numbering[str] = Numbering()
        members: list[npt.NDArray[np.int64]] = []
        items: list[npt.NDArray[np.int64]] = []
        moments: list[npt.NDArray[np.datetime64]] = []
        for page in pages:
            places = _that_count(page, kinds)
            members.append(keys.of(basket_keys(page, places)))
            items.append(skus.of(page.skus[place] for place in places))
            moments.append(page.at[places])
        if not items:
            return cls._from((), [], np.empty(0, "datetime64[us]"))
        return cls._gathered(
            skus.names,
            np.concatenate(members),
            np.concatenate(items),
            np.concatenate(moments),
            len(keys),
            largest,
        )

    def __len__(self) -> int:
        """How many baskets."""
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[npt.NDArray[np.int64]]:
        """The items of one basket after another."""
        for start, end in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
            yield self.items[start:end]

    @property
    def groups(self) -> npt.NDArray[np.int64]:
        """(n,) the number of the basket that each of ``items`` is in."""
        return np.repeat(np.arange(len(self)), self.sizes)

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(b,) how many products are in each."""
        return np.diff(self.starts)

    @classmethod
    def _gathered(
        cls,
        skus: Sequence[str],
        members: npt.NDArray[np.int64],
        items: npt.NDArray[np.int64],
        moments: npt.NDArray[np.datetime64],
        baskets: int,
        largest: int,
    ) -> Self:
        newest = np.full(baskets, np.datetime64(0, "us"), "datetime64[us]")
        if len(moments):
            newest[:] = moments.min()
        np.maximum.at(newest, members, moments)
        # The first event of each product in each basket, in the order of the events.
        _, first = np.unique(members * max(1, len(skus)) + items, return_index=True)
        first.sort()
        order = first[np.argsort(members[first], kind="stable")]
        found, starts = np.unique(members[order], return_index=True)
        parts = np.split(items[order], starts[1:]) if len(found) else []
        kept = [number for number, part in enumerate(parts) if 2 <= len(part) <= largest]
        return cls._from(skus, [parts[number] for number in kept], newest[found[kept]])

    @classmethod
    def _from(
        cls,
        skus: Sequence[str],
        parts: Sequence[npt.NDArray[np.int64]],
        moments: npt.NDArray[np.datetime64],
    ) -> Self:
        starts = np.cumsum([0, *(len(part) for part in parts)])
        every = np.concatenate(parts) if parts else np.empty(0, np.int64)
        used, items = np.unique(every, return_inverse=True)
        return cls(tuple(skus[one] for one in used.tolist()), starts, items, moments)


def basket_keys(page: EventColumns, places: Iterable[int]) -> Iterator[Hashable]:
    """What the events at some places of a page share with those of their basket."""
    days = page.at.astype("datetime64[D]")
    for place in places:
        if page.session_ids[place]:
            yield page.session_ids[place]
        else:
            yield page.user_ids[place], int(days[place].astype(np.int64))


def _that_count(page: EventColumns, kinds: Collection[str]) -> list[int]:
    known = frozenset(str(kind) for kind in kinds)
    return [
        place
        for place, (kind, session, user) in enumerate(
            zip(page.kinds, page.session_ids, page.user_ids, strict=True)
        )
        if kind in known and (session or user)
    ]
