"""How far a reading has come and what it had to assume."""

from __future__ import annotations


class Progress:
    """Written by one running ``read``, shown by its feed."""

    def __init__(self) -> None:
        self.position = 0
        self._notes: dict[str, None] = {}

    def note(self, sentence: str) -> None:
        """Keep a sentence for the summary, once."""
        self._notes[sentence] = None

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences so far, in order."""
        return tuple(self._notes)
