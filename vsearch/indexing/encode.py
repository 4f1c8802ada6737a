"""Sources in, embeddings out: reading and decoding beside the encoder, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from vsearch.catalog.image_records import FoundImage, ImageSource
from vsearch.encoder.interface import Encoder, Pixels
from vsearch.encoder.prefetch import prefetch
from vsearch.indexing.acquire import Acquired, Acquirer, Refused
from vsearch.indexing.recorder import Recorder
from vsearch.progress import Advance


@dataclass(slots=True)
class _Batch:
    """Pictures that wait for the encoder, and every source whose content is among them."""

    pixels: dict[str, Pixels] = field(default_factory=dict)
    """By content hash."""

    found: list[FoundImage] = field(default_factory=list)


class Encoding:
    """Reads sources and encodes the content that is new."""

    def __init__(
        self, encoder: Encoder, acquirer: Acquirer, recorder: Recorder, *, batch_size: int
    ) -> None:
        self._encoder = encoder
        self._acquirer = acquirer
        self._recorder = recorder
        self._batch_size = batch_size
        self._batch = _Batch()

    def run(self, sources: Iterable[ImageSource], advance: Advance, *, workers: int) -> None:
        """Bring every source to its end: encoded, reused or refused.

        Whatever ends the run early, Ctrl-C included, what has been encoded is stored first.
        """
        # Far enough ahead that a server that answers slowly doesn't hold up the encoder.
        ahead = workers * 4 + self._batch_size * 2
        results = prefetch(self._acquirer.acquire, sources, workers=workers, ahead=ahead)
        try:
            for result in results:
                match result:
                    case Refused():
                        self._recorder.refused(result)
                    case Acquired():
                        self._take(result)
                advance(1)
            self._encode()
        finally:
            results.close()
            self._recorder.flush()

    def _take(self, acquired: Acquired) -> None:
        found, pixels = acquired.found, acquired.pixels
        if found.content_hash in self._batch.pixels:
            self._batch.found.append(found)
        elif pixels is None or self._recorder.has_embedding(found.content_hash):
            self._recorder.found([found], reused=1)
        else:
            self._batch.pixels[found.content_hash] = pixels
            self._batch.found.append(found)
            if len(self._batch.pixels) >= self._batch_size:
                self._encode()

    def _encode(self) -> None:
        batch, self._batch = self._batch, _Batch()
        if not batch.pixels:
            return
        embeddings = self._encoder.embed_backbone(np.stack(list(batch.pixels.values())))
        self._recorder.add(list(batch.pixels), embeddings)
        self._recorder.found(batch.found, reused=len(batch.found) - len(batch.pixels))
