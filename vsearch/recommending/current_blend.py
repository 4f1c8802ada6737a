"""The blend that a collection goes by: fitted on its events, again whenever they have doubled."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from typing import TYPE_CHECKING

from vsearch.durable import write_atomically
from vsearch.layout import Layout

if TYPE_CHECKING:
    from vsearch.behaviour.behaviour import Behaviour
    from vsearch.recommending.blend import Blend

#: Fewer events ask too few questions.
_FITTED_FROM = 100

#: Fitted again when there are so many times more events, or so many times fewer.
_AGAIN_AT = 2.0

_VERSION = 1


class CurrentBlend:
    """Fits when it has to, and keeps what was fitted in the collection's folder. Thread-safe."""

    def __init__(self, layout: Layout | None) -> None:
        """Prepare.

        Args:
            layout: where it is kept; None for nowhere, as for a part of the events.
        """
        self._layout = layout
        self._gate = threading.Lock()
        self._fitted: tuple[int, Blend] | None = None

    def get(self, behaviour: Behaviour, fit: Callable[[], Blend]) -> Blend:
        """The blend to go by.

        The first one waits for it; while one is fitted again the others go by the one before.

        Args:
            behaviour: what the events say by now.
            fit: fits a blend on that; takes a second or two.
        """
        from vsearch.recommending.blend import DEFAULT

        if behaviour.events < _FITTED_FROM:
            return DEFAULT
        fitted = self._fitted
        if fitted is not None and _holds(fitted[0], behaviour.events):
            return fitted[1]
        if not self._gate.acquire(blocking=fitted is None):
            assert fitted is not None
            return fitted[1]
        try:
            fitted = self._fitted or self._read()
            if fitted is None or not _holds(fitted[0], behaviour.events):
                fitted = behaviour.events, fit()
                self._write(*fitted)
            self._fitted = fitted
            return fitted[1]
        finally:
            self._gate.release()

    def _read(self) -> tuple[int, Blend] | None:
        from vsearch.recommending.blend import Blend
        from vsearch.recommending.evidence import NAMES

        if self._layout is None:
            return None
        try:
            kept = json.loads((self._layout.behaviour / "blend.json").read_bytes())
            weights = tuple(float(kept["weights"][name]) for name in NAMES)
            if kept["version"] == _VERSION and all(map(isfinite, weights)):
                return int(kept["events"]), Blend(weights, int(kept["questions"]))
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            pass  # It is only what the events say; they say it again.
        return None

    def _write(self, events: int, blend: Blend) -> None:
        from vsearch.recommending.evidence import NAMES

        if self._layout is None:
            return
        kept = {
            "version": _VERSION,
            "events": events,
            "questions": blend.questions,
            "weights": dict(zip(NAMES, blend.weights, strict=True)),
        }
        text = json.dumps(kept, indent=1).encode()
        with suppress(OSError):
            self._layout.behaviour.mkdir(exist_ok=True)
            write_atomically(self._layout.behaviour / "blend.json", lambda file: file.write(text))


def _holds(fitted_on: int, events: int) -> bool:
    return fitted_on / _AGAIN_AT < events < fitted_on * _AGAIN_AT
