"""Many callers, one piece of work: what arrives while one is done is done together next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


class _Ticket(Generic[_Asked, _Answer]):
    __slots__ = ("answer", "asked", "error", "is_done")

    def __init__(self, asked: _Asked) -> None:
        self.asked = asked
        self.answer: _Answer | None = None
        self.error: BaseException | None = None
        self.is_done = False


class Coalescing(Generic[_Asked, _Answer]):
    """Calls a function with all that waits, in the order of arrival, one call at a time."""

    def __init__(self, work: Callable[[Sequence[_Asked]], Sequence[_Answer]]) -> None:
        """Prepare.

        Args:
            work: gives one answer for each thing that is asked, in the same order; what it
                raises is raised to each of the callers.
        """
        self._work = work
        self._gate = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Ticket[_Asked, _Answer]] = []

    def ask(self, asked: _Asked) -> _Answer:
        """Wait for the work that holds this; from any thread."""
        ticket: _Ticket[_Asked, _Answer] = _Ticket(asked)
        with self._gate:
            self._waiting.append(ticket)
        with self._turn:
            # Another caller may have had it done along with its own.
            if not ticket.is_done:
                with self._gate:
                    batch, self._waiting = self._waiting, []
                self._do(batch)
        if ticket.error is not None:
            raise ticket.error
        assert ticket.answer is not None
        return ticket.answer

    def _do(self, batch: Sequence[_Ticket[_Asked, _Answer]]) -> None:
        try:
            answers = self._work([ticket.asked for ticket in batch])
            for ticket, answer in zip(batch, answers, strict=True):
                ticket.answer = answer
        except BaseException as error:  # noqa: BLE001 - raised again, to each of the callers
            for ticket in batch:
                ticket.error = error
        finally:
            for ticket in batch:
                ticket.is_done = True
