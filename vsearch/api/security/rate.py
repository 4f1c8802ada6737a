"""How often one caller may ask: a moving window of a minute, in this process's memory."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

#: Where an answer's headers find what was allowed.
ALLOWANCE = "vsearch.allowance"

_WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a request leaves of a caller's minute."""

    is_granted: bool
    limit: int
    """Requests a minute."""

    remaining: int
    reset_s: int
    """Seconds until one more may be made than now, at least 1."""

    def headers(self) -> dict[str, str]:
        """As the IETF's draft "RateLimit header fields for HTTP" writes it."""
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={_WINDOW_S}',
            "RateLimit": f'"default";r={self.remaining};t={self.reset_s}',
        }


class RateLimiter:
    """Counts by caller. Each process of a service counts for itself."""

    def __init__(self, per_minute: int) -> None:
        """Allow so many requests a minute to each caller; 0 is no limit."""
        self._per_minute = per_minute
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def ask(self, who: str, *, per_minute: int | None = None) -> Allowance | None:
        """Count a request; None where there is no limit.

        Args:
            who: the caller's name, of a key or an address.
            per_minute: the caller's own limit, in place of the general one.
        """
        limit = self._per_minute if per_minute is None else per_minute
        if not limit:
            return None
        rule = RateLimitItemPerMinute(limit)
        is_granted = self._limiter.hit(rule, who)
        window = self._limiter.get_window_stats(rule, who)
        reset_s = max(1, math.ceil(window.reset_time - time.time()))
        return Allowance(is_granted, limit, window.remaining, reset_s)
