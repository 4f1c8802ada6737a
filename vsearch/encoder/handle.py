"""An encoder that is known by name before it is loaded, and loaded when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from vsearch.encoder.interface import Encoder, EncoderIdentity
from vsearch.encoder.sources import read_head_file
from vsearch.errors import EncoderMismatch

if TYPE_CHECKING:
    from vsearch.encoder.head import Head


class EncoderHandle:
    """Loads an encoder at most once. Safe to share between threads."""

    def __init__(
        self, load: Callable[[], Encoder], *, expected: EncoderIdentity | None = None
    ) -> None:
        """Prepare; nothing is loaded.

        Args:
            load: how to load it; takes seconds.
            expected: which encoder it was when it was last used. Until something has to be
                encoded that is taken on trust, and then it is checked.
        """
        self._load = load
        self._expected = expected
        self._loaded: Encoder | None = None
        self._gate = threading.Lock()

    @property
    def identity(self) -> EncoderIdentity:
        """Which encoder it is; loads it only where nothing is recorded."""
        if self._expected is not None:
            return self._expected
        return identity_of(self.get())

    @property
    def head(self) -> Head | None:
        """What follows the backbone, if anything; the encoder isn't loaded for it.

        Raises:
            EncoderMismatch: it isn't the one that was recorded.
            WeightsError: its file is missing or damaged.
        """
        expected = self._expected
        if expected is None or self._loaded is not None:
            return self.get().head
        if expected.spec.head is None:
            return None
        head = read_head_file(expected.spec.head).head
        if head is None or head.fingerprint_on(expected.backbone_fingerprint) != (
            expected.fingerprint
        ):
            raise EncoderMismatch(
                f"the collection was built with {expected.name} [{expected.fingerprint[:12]}], and"
                f" {expected.spec.head} now holds another head: give the former one with"
                " --encoder, or move the collection to the new one with"
                " `vsearch index FEED --encoder FILE --replace-encoder`"
            )
        return head

    def get(self) -> Encoder:
        """The encoder.

        Raises:
            EncoderMismatch: it isn't the one that was recorded.
            EncoderError: it can't be loaded.
        """
        with self._gate:
            if self._loaded is None:
                loaded = self._load()
                self._require_expected(loaded)
                self._loaded = loaded
            return self._loaded

    def _require_expected(self, loaded: Encoder) -> None:
        expected = self._expected
        if expected is not None and expected.fingerprint != loaded.fingerprint:
            raise EncoderMismatch(
                f"the collection was built with {expected.name} [{expected.fingerprint[:12]}], and"
                f" {expected.spec.weights} now gives {loaded.name} [{loaded.fingerprint[:12]}]:"
                " its weights have changed. Give the former ones with --weights, or encode the"
                " catalogue anew with `vsearch index FEED --replace-encoder`"
            )


def identity_of(encoder: Encoder) -> EncoderIdentity:
    """Which encoder this is."""
    return EncoderIdentity(
        encoder.spec,
        encoder.name,
        encoder.fingerprint,
        encoder.dim,
        encoder.backbone_fingerprint,
        encoder.backbone_dim,
    )
