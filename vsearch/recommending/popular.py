"""What is wanted most at the moment; where nobody has wanted anything, what came last."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement

from vsearch.catalog import product_store
from vsearch.recommending.recommended import Basis
from vsearch.recommending.support import Support
from vsearch.searching.reading import Reading

if TYPE_CHECKING:
    from vsearch.behaviour.behaviour import Behaviour

#: Products looked at first, and each time too few of them are allowed.
_FIRST_LOOK = 100
_WIDEN = 4


def popular_products(
    reading: Reading,
    behaviour: Behaviour,
    k: int,
    *,
    condition: ColumnElement[bool] | None = None,
    without: Collection[int] = (),
) -> dict[int, Support]:
    """The k products that are wanted most; after them those that were added last.

    Args:
        reading: the collection.
        behaviour: what the shop's events say.
        k: how many.
        condition: what they have to fulfil; None for any.
        without: the ids of products to leave out.

    Returns:
        At most k products by id, the best first. Their scores are their popularity, 0 to 1, or
        0 where they are only new.
    """
    found: dict[int, Support] = {}
    for wanted in _wanted(reading, behaviour, k):
        fresh = [one for one in wanted if one not in without]
        for one in reading.passing(fresh, condition):
            found[one] = Support(wanted[one], Basis.POPULAR)
            if len(found) == k:
                return found
    for one in product_store.newest(reading.connection, k + len(found) + len(without), condition):
        if len(found) < k and one not in without:
            found.setdefault(one, Support(0.0, Basis.NEWEST))
    return found


def _wanted(reading: Reading, behaviour: Behaviour, k: int) -> Iterator[dict[int, float]]:
    """Products by id with their popularity, the most wanted first, some at a time."""
    skus, order, size = behaviour.skus, behaviour.popular, max(k, _FIRST_LOOK)
    start = 0
    while start < len(order):
        numbers = order[start : start + size].tolist()
        ids = reading.ids_of([skus[number] for number in numbers])
        yield {
            ids[skus[number]]: float(behaviour.popularity[number])
            for number in numbers
            if skus[number] in ids
        }
        start, size = start + size, size * _WIDEN
