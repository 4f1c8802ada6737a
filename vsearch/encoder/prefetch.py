"""Work done in threads a bounded number of items ahead of the loop that consumes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int, ahead: int
) -> Generator[Result, None, None]:
    """Yield ``function(item)`` for each item, in order, computed before it is asked for.

    The items are drawn in the consumer's own thread, so a plain generator will do. Where
    the consumer stops early (``close``, an exception, Ctrl-C) nothing more is begun; the
    calls that are running, at most ``workers``, end by themselves and nobody waits for them.

    Args:
        function: called in ``workers`` threads at once; gains from threads only where it
            releases the interpreter lock, as decoding, resizing and downloading do.
        items: drawn lazily, never more than ``ahead`` items past the one last yielded.
        workers: how many threads, ≥ 1.
        ahead: how many items may be waiting, running or done but not yet yielded, ≥ 1.

    Raises:
        ValueError: ``workers`` or ``ahead`` is less than 1.
        Exception: what ``function`` or ``items`` raises, at that item's place in the order.
    """
    if workers < 1 or ahead < 1:
        raise ValueError(f"workers and ahead must be at least 1, not {workers} and {ahead}")
    return _prefetch(function, items, workers, ahead)


def _prefetch(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int, ahead: int
) -> Generator[Result, None, None]:
    source = iter(items)
    pending: deque[Future[Result]] = deque()
    source_error: Exception | None = None
    pool = ThreadPoolExecutor(workers, thread_name_prefix="prefetch")
    try:
        while True:
            try:
                for item in islice(source, ahead - len(pending)):
                    pending.append(pool.submit(function, item))
            except Exception as error:  # noqa: BLE001 - raised below, once its turn has come
                source_error, source = error, iter(())
            if not pending:
                break
            yield pending.popleft().result()
        if source_error is not None:
            raise source_error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of ``size`` items, in order; the last may be shorter, none is empty.

    ``itertools.batched`` does this from Python 3.12 on.
    """
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch
