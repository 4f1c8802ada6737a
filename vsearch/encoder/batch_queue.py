"""Pictures of many callers, embedded in batches by a few threads of their own."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from vsearch.encoder.interface import Embeddings, Pixels
from vsearch.errors import EncoderError, Overloaded

Result = TypeVar("Result")

#: Told how long a picture spent in a stage, in seconds: ``queue`` or ``encode``.
Observe = Callable[[str, float], None]

#: Told of each batch: its pictures, and how many things are still waiting.
ObserveBatch = Callable[[int, int], None]

#: How much the latest batch counts in what a picture takes on the average.
_LATEST = 0.2
_LEAST_RETRY_S = 1.0


@dataclass(slots=True, eq=False)
class _Waiting:
    """A picture to embed, or something else to do."""

    picture: Pixels | None = None
    work: Callable[[], Any] | None = None
    future: Future[Any] = field(default_factory=Future)
    since: float = field(default_factory=time.perf_counter)


class BatchQueue:
    """A line that pictures wait in, and the lanes that embed them. Thread-safe.

    Nobody waits for a batch to fill: a lane that is free takes what is there, and while all are
    at work the next batches gather. The lanes share what waits evenly.
    """

    def __init__(
        self,
        embed: Callable[[npt.NDArray[np.uint8]], Embeddings],
        *,
        batch_size: int,
        lanes: int,
        size: int,
        prepare_lane: Callable[[], None],
        observe: Observe,
        observe_batch: ObserveBatch,
    ) -> None:
        """Prepare; threads start when there is something to do.

        Args:
            embed: (n, height, width, 3) pixels to (n, dim) embeddings; called in a lane.
            batch_size: how many pictures go into a batch at most.
            lanes: how many batches are made at the same time.
            size: how many things may wait.
            prepare_lane: called in each lane before anything else.
            observe: told how long pictures wait and how long their batches take.
            observe_batch: told of every batch.
        """
        self._embed = embed
        self._batch_size = batch_size
        self._lanes = lanes
        self._size = size
        self._observe = observe
        self._observe_batch = observe_batch
        self._gate = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._busy = 0
        self._closed = False
        self._seconds_each = 0.0
        self._pool = ThreadPoolExecutor(lanes, "vsearch-encode", initializer=prepare_lane)

    def embed(self, pixels: npt.NDArray[np.uint8]) -> Embeddings:
        """Embed (n, height, width, 3) pictures in whatever batches come about; wait for them.

        Raises:
            Overloaded: too many things wait already.
            EncoderError: the queue is closed.
        """
        if not len(pixels):
            return self._embed(pixels)
        rows = [_Waiting(picture=picture) for picture in pixels]
        return np.stack(self._results(rows))

    def run(self, work: Callable[[], Result]) -> Result:
        """Do something else on the device when its turn has come; wait for it.

        Raises:
            Overloaded: too many things wait already.
            EncoderError: the queue is closed.
        """
        result: Result
        (result,) = self._results([_Waiting(work=work)])
        return result

    def close(self) -> None:
        """Let the lanes end what they are at; what still waits fails. Safe to call twice."""
        with self._gate:
            self._closed = True
            left = [*self._waiting]
            self._waiting.clear()
        for one in left:
            if one.future.set_running_or_notify_cancel():
                one.future.set_exception(_closed())
        self._pool.shutdown()

    def _results(self, things: Sequence[_Waiting]) -> list[Any]:
        self._put(things)
        try:
            return [one.future.result() for one in things]
        except BaseException:
            # Ctrl-C, or a neighbour that failed: nobody waits for the others any more.
            for one in things:
                one.future.cancel()
            raise

    def _put(self, things: Sequence[_Waiting]) -> None:
        with self._gate:
            if self._closed:
                raise _closed()
            # A caller with more pictures than may wait is let in where nobody else waits.
            if self._waiting and len(self._waiting) + len(things) > self._size:
                wait_s = len(self._waiting) * self._seconds_each / self._lanes
                raise Overloaded(
                    f"{len(self._waiting)} pictures wait to be encoded, {self._size} at most;"
                    " try again in a moment",
                    retry_after_s=max(_LEAST_RETRY_S, wait_s),
                )
            self._waiting.extend(things)
            starting = min(self._lanes - self._busy, len(things))
            self._busy += starting
            for _ in range(starting):
                self._pool.submit(self._drain)

    def _drain(self) -> None:
        """Be a lane until nothing waits."""
        while batch := self._take():
            work = batch[0].work
            if work is None:
                self._encode(batch)
            else:
                _finish(batch[0].future, work)

    def _take(self) -> list[_Waiting]:
        """What is next: pictures in their order, or something else by itself."""
        with self._gate:
            share = min(self._batch_size, ceil(len(self._waiting) / self._lanes))
            taken: list[_Waiting] = []
            while self._waiting and len(taken) < share:
                is_other = self._waiting[0].work is not None
                if taken and is_other:
                    break
                one = self._waiting.popleft()
                if one.future.set_running_or_notify_cancel():
                    taken.append(one)
                    if is_other:
                        break
            if not taken:
                self._busy -= 1
            return taken

    def _encode(self, batch: Sequence[_Waiting]) -> None:
        began = time.perf_counter()
        self._observe_batch(len(batch), len(self._waiting))
        for one in batch:
            self._observe("queue", began - one.since)
        pictures = [one.picture for one in batch if one.picture is not None]
        try:
            embeddings = self._embed(np.stack(pictures))
        except Exception:  # noqa: BLE001 - whose picture it was shows below
            for one, picture in zip(batch, pictures, strict=True):
                _finish(one.future, partial(self._alone, picture))
            return
        took = time.perf_counter() - began
        self._seconds_each += _LATEST * (took / len(batch) - self._seconds_each)
        for one, embedding in zip(batch, embeddings, strict=True):
            self._observe("encode", took)
            one.future.set_result(embedding)

    def _alone(self, picture: Pixels) -> npt.NDArray[np.float32]:
        embedding: npt.NDArray[np.float32] = self._embed(picture[None])[0]
        return embedding


def _finish(future: Future[Any], work: Callable[[], Any]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it is the waiting thread's
        future.set_exception(error)
    else:
        future.set_result(result)


def _closed() -> EncoderError:
    return EncoderError("the encoder is closed: its collection is")
