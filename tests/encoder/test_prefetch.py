from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsearch.encoder.prefetch import batched, prefetch


@given(
    items=st.lists(st.integers(), max_size=30),
    workers=st.integers(1, 5),
    ahead=st.integers(1, 40),
)
def test_gives_what_map_gives(items: list[int], workers: int, ahead: int) -> None:
    results = prefetch(lambda item: item * 2, iter(items), workers=workers, ahead=ahead)

    assert list(results) == [item * 2 for item in items]


def test_keeps_the_order_where_later_items_are_done_first() -> None:
    def slower_first(number: int) -> int:
        time.sleep(0.02 / (number + 1))
        return number

    assert list(prefetch(slower_first, range(12), workers=6, ahead=12)) == list(range(12))


def test_runs_in_as_many_threads_as_asked() -> None:
    # Passes only if three calls run at once; a broken barrier raises otherwise.
    together = threading.Barrier(3, timeout=30)

    assert len(list(prefetch(lambda _: together.wait(), range(6), workers=3, ahead=3))) == 6


@pytest.mark.parametrize("ahead", [1, 2, 7])
def test_draws_no_further_ahead_than_allowed(ahead: int) -> None:
    drawn: list[int] = []

    def source() -> Iterator[int]:
        for number in range(50):
            drawn.append(number)
            yield number

    for yielded, _ in enumerate(prefetch(str, source(), workers=2, ahead=ahead), start=1):
        assert len(drawn) <= yielded - 1 + ahead
    assert len(drawn) == 50


def test_draws_nothing_before_the_first_result_is_asked_for() -> None:
    drawn: list[int] = []
    results = prefetch(
        str, (drawn.append(number) or number for number in range(5)), workers=1, ahead=3
    )

    assert drawn == []
    assert next(results) == "0"


def test_an_exception_comes_at_its_place() -> None:
    results = prefetch(lambda number: 1 // (2 - number), range(5), workers=2, ahead=5)

    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
    with pytest.raises(StopIteration):
        next(results)


def test_an_exception_of_the_input_comes_after_what_it_gave() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the feed broke off")

    results = prefetch(str, source(), workers=2, ahead=10)

    assert [next(results), next(results)] == ["1", "2"]
    with pytest.raises(OSError, match="the feed broke off"):
        next(results)


@pytest.mark.parametrize("how", ["close", "exception", "interrupt"])
def test_begins_nothing_more_once_the_consumer_stops(how: str) -> None:
    begun: list[int] = []
    gate = threading.Event()

    def wait(number: int) -> int:
        begun.append(number)
        if number:
            gate.wait(30)
        return number

    before = set(threading.enumerate())
    results = prefetch(wait, range(100), workers=2, ahead=50)
    assert next(results) == 0
    threads = set(threading.enumerate()) - before
    if how == "close":
        results.close()  # returns though two calls are still running
    else:
        error = ValueError if how == "exception" else KeyboardInterrupt
        with pytest.raises(error):
            results.throw(error())
    gate.set()
    for thread in threads:
        thread.join(30)

    assert not any(thread.is_alive() for thread in threads)
    assert len(begun) <= 4


@pytest.mark.parametrize(("workers", "ahead"), [(0, 1), (1, 0)])
def test_refuses_no_workers_and_no_lead(workers: int, ahead: int) -> None:
    with pytest.raises(ValueError, match=f"not {workers} and {ahead}"):
        prefetch(str, [], workers=workers, ahead=ahead)


@given(items=st.lists(st.integers()), size=st.integers(1, 10))
def test_batches_hold_everything_in_order(items: list[int], size: int) -> None:
    batches = list(batched(iter(items), size))

    assert [item for batch in batches for item in batch] == items
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(batches)
