"""Keys a page at a time: a statement takes a bounded number of parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

PAGE = 1_000

_Key = TypeVar("_Key", int, str)


def paged(keys: Sequence[_Key]) -> Iterator[Sequence[_Key]]:
    """Keys in pages of at most ``PAGE``.

    >>> [len(page) for page in paged(range(2_500))]
    [1000, 1000, 500]
    """
    return (keys[start : start + PAGE] for start in range(0, len(keys), PAGE))
