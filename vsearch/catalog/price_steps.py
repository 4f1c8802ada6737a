"""Round prices that cut a set of prices into a few parts that people can use."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

_ROUND = (Decimal(1), Decimal(2), Decimal(5))
_LINEAR_SPREAD = 10
_LINEAR_PARTS = 5


def price_steps(prices: Sequence[Decimal], parts: int) -> list[Decimal]:
    """Where to cut, ascending; every part between two cuts holds some price.

    Steps of one size where the dearest costs less than ten times the cheapest, otherwise 1, 2,
    5, 10, 20, 50 and so on.

    Args:
        prices: at least one, ≥ 0, in any order.
        parts: how many parts there may be at most, ≥ 1.

    >>> [str(cut) for cut in price_steps([Decimal(n) for n in (12, 15, 29, 31, 44)], 8)]
    ['20', '30', '40']
    >>> [str(cut) for cut in price_steps([Decimal(n) for n in (1, 7, 30, 31, 900)], 8)]
    ['2', '10', '50']
    """
    ordered = sorted(prices)
    low, high = ordered[0], ordered[-1]
    if low == high:
        return []
    cuts = _even(low, high) if high < low * _LINEAR_SPREAD else _growing(low, high)
    cuts = _without_empty(ordered, cuts)
    while len(cuts) >= parts:
        # The two neighbours that hold the fewest together become one.
        places = [0, *(bisect_left(ordered, cut) for cut in cuts), len(ordered)]
        together = [after - before for before, after in zip(places, places[2:], strict=False)]
        del cuts[together.index(min(together))]
    return cuts


def _even(low: Decimal, high: Decimal) -> list[Decimal]:
    step = _next_round((high - low) / _LINEAR_PARTS)
    first = (low / step).to_integral_value(ROUND_FLOOR) + 1
    cuts = (step * (first + number) for number in range(2 * _LINEAR_PARTS))
    return [_plain(cut) for cut in cuts if low < cut <= high]


def _growing(low: Decimal, high: Decimal) -> list[Decimal]:
    # What is cheaper than a thousandth of the dearest is all cheap.
    cut = _next_round(max(low, high / 1_000))
    cuts = []
    while cut <= high:
        if cut > low:
            cuts.append(cut)
        cut = _next_round(cut * Decimal("1.01"))
    return cuts


def _next_round(least: Decimal) -> Decimal:
    """The smallest of 1, 2, 5, 10, 20, 50 … (and 0.5, 0.2 …) that isn't smaller; at least
    0.0001, the smallest difference of two prices.
    """
    power = Decimal(1).scaleb(max(least.adjusted(), -4))
    choices = [*(power * factor for factor in _ROUND), power * 10]
    return _plain(next(choice for choice in choices if choice >= least))


def _without_empty(ordered: Sequence[Decimal], cuts: Sequence[Decimal]) -> list[Decimal]:
    kept: list[Decimal] = []
    before = 0
    for cut in cuts:
        place = bisect_left(ordered, cut)
        if before < place < len(ordered):
            kept.append(cut)
            before = place
    return kept


def _plain(number: Decimal) -> Decimal:
    return Decimal(f"{number.normalize():f}")
