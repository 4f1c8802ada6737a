"""Embeddings of pictures that have been asked with before."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future

from vsearch.encoder.interface import Embeddings


class EmbeddingCache:
    """Keeps the embeddings that were asked for last. Thread-safe.

    Callers that ask for the same at the same time wait for the first of them.
    """

    def __init__(self, capacity: int, observe: Callable[[bool], None]) -> None:
        """Start empty.

        Args:
            capacity: how many are kept; with 0 nothing is.
            observe: told of each that is asked for whether it was there, or being made.
        """
        self._capacity = capacity
        self._observe = observe
        self._gate = threading.Lock()
        self._kept: OrderedDict[Hashable, Embeddings] = OrderedDict()
        self._being_made: dict[Hashable, Future[Embeddings]] = {}

    def get(self, key: Hashable, make: Callable[[], Embeddings]) -> Embeddings:
        """What is kept under a key, made where nothing is; not to be written to.

        Raises:
            Exception: what ``make`` raises. Nothing is kept then.
        """
        if not self._capacity:
            return make()
        with self._gate:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
            first = self._being_made.get(key)
            is_first = kept is None and first is None
            if is_first:
                self._being_made[key] = Future()
        self._observe(not is_first)
        if kept is not None:
            return kept
        if first is None:
            return self._make(key, make)
        # Where the first one fails, each finds out for itself.
        return make() if first.exception() else first.result()

    def _make(self, key: Hashable, make: Callable[[], Embeddings]) -> Embeddings:
        try:
            made = make()
        except BaseException as error:
            with self._gate:
                future = self._being_made.pop(key)
            future.set_exception(error)
            raise
        made.flags.writeable = False
        with self._gate:
            future = self._being_made.pop(key)
            self._kept[key] = made
            if len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        future.set_result(made)
        return made
