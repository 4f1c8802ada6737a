"""Files in, embeddings out: decoding beside the encoder, what can't be read named and left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from vsearch.encoder.interface import Embeddings, Encoder, Pixels
from vsearch.encoder.prefetch import batched, prefetch
from vsearch.errors import EncoderError, ImageRejected
from vsearch.images.load import open_image
from vsearch.progress import Advance


@dataclass(frozen=True, slots=True)
class Embedded:
    """What one encoder makes of pictures."""

    paths: tuple[Path, ...]
    """The pictures that could be read, in the order given."""

    embeddings: Embeddings
    """(n, dim) float32, L2-normalised, of those."""

    refused: Mapping[Path, str]
    """The others, with the reason."""

    seconds: float
    """From the first file to the last embedding, decoding included."""


def embed_files(
    encoder: Encoder, paths: Sequence[Path], *, max_pixels: int, advance: Advance
) -> Embedded:
    """Decode and embed files, a batch at a time.

    Args:
        encoder: loaded.
        paths: each once.
        max_pixels: a picture with more is refused.
        advance: told of every picture.

    Raises:
        EncoderError: an embedding isn't finite.
    """
    started = perf_counter()
    size, workers = encoder.batch_size, encoder.decoders
    read: list[Path] = []
    refused: dict[Path, str] = {}
    parts = [np.empty((0, encoder.dim), np.float32)]
    load = partial(prepare_file, encoder, max_pixels=max_pixels)
    results = prefetch(load, paths, workers=workers, ahead=2 * size + workers)
    for batch in batched(zip(paths, results, strict=True), size):
        pixels = []
        for path, result in batch:
            if isinstance(result, ImageRejected):
                refused[path] = result.reason
            else:
                read.append(path)
                pixels.append(result)
        if pixels:
            parts.append(encoder.encode_prepared(np.stack(pixels)))
        advance(len(batch))
    embeddings = np.concatenate(parts)
    if not np.isfinite(embeddings).all():
        raise EncoderError(f"{encoder.name}: gives embeddings that are not finite; try another one")
    return Embedded(tuple(read), embeddings, refused, perf_counter() - started)


def prepare_file(encoder: Encoder, path: Path, *, max_pixels: int) -> Pixels | ImageRejected:
    """Read a file as the encoder takes it, or give why it can't be read."""
    try:
        image = open_image(path, max_pixels=max_pixels, min_side=encoder.min_side)
    except ImageRejected as rejected:
        return rejected
    return encoder.prepare(image)
