"""What a teacher says of each picture: computed once, kept on disk, read at every step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vsearch.encoder.decoders import decoding_threads
from vsearch.encoder.interface import Embeddings, Pixels
from vsearch.encoder.prefetch import batched, prefetch
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.encoder.unit_length import unit_length
from vsearch.errors import ImageRejected
from vsearch.images.content import content_hash
from vsearch.images.decode import decode
from vsearch.images.read import read_file
from vsearch.index.embeddings import EmbeddingStore
from vsearch.progress import Progress
from vsearch.training.pictures import Picture, Readable, Refused
from vsearch.training.views import view


def hash_pictures(
    pictures: Sequence[Picture], progress: Progress
) -> tuple[list[Readable], list[Refused]]:
    """Hash every file; the same content is kept once, at its first place."""
    readable: dict[str, Readable] = {}
    refused = []
    workers = decoding_threads()

    def read(picture: Picture) -> Readable | Refused:
        try:
            return Readable(picture, content_hash(read_file(picture.path)))
        except ImageRejected as error:
            return Refused(picture.path, error.reason)

    with progress.stage("hash", len(pictures), "images") as advance:
        for result in prefetch(read, pictures, workers=workers, ahead=64 * workers):
            advance(1)
            if isinstance(result, Refused):
                refused.append(result)
            else:
                readable.setdefault(result.content_hash, result)
    return list(readable.values()), refused


def teacher_embeddings(
    teacher: TimmEncoder,
    views: Sequence[str],
    pictures: Sequence[Readable],
    cache: Path,
    progress: Progress,
    *,
    max_pixels: int,
) -> tuple[Embeddings, list[Refused]]:
    """Embed every picture in every view, and average.

    Each view's embeddings are appended to a store of their own as they come, so that an
    interrupted run goes on where it was.

    Returns:
        (n, dim) float32, L2-normalised means of the views' L2-normalised embeddings, zeros
        where a picture can't be decoded; and those pictures.
    """
    hashes = [picture.content_hash for picture in pictures]
    refused: dict[str, Refused] = {}
    total = np.zeros((len(pictures), teacher.dim), np.float32)
    for name in views:
        label = f"{teacher.fingerprint}-{name}"
        store = EmbeddingStore(cache / label, teacher.dim, label)
        _fill(store, teacher, name, pictures, refused, progress, max_pixels)
        usable = [row for row, content in enumerate(hashes) if content not in refused]
        total[usable] += store.get([hashes[row] for row in usable])
    return unit_length(total), list(refused.values())


def _fill(
    store: EmbeddingStore,
    teacher: TimmEncoder,
    name: str,
    pictures: Sequence[Readable],
    refused: dict[str, Refused],
    progress: Progress,
    max_pixels: int,
) -> None:
    prepare = view(name, teacher.preprocessing)
    absent = set(store.missing([picture.content_hash for picture in pictures]))
    todo = [
        picture
        for picture in pictures
        if picture.content_hash in absent and picture.content_hash not in refused
    ]

    def load(picture: Readable) -> tuple[Readable, Pixels | Refused]:
        try:
            data = read_file(picture.picture.path)
            image = decode(data, max_pixels=max_pixels, min_side=teacher.min_side)
        except ImageRejected as error:
            return picture, Refused(picture.picture.path, error.reason)
        return picture, prepare(image)

    size = teacher.batch_size
    loaded = prefetch(load, todo, workers=teacher.decoders, ahead=2 * size)
    with progress.stage(f"teacher, {name}", len(todo), "images") as advance:
        for batch in batched(loaded, size):
            advance(len(batch))
            good = []
            for picture, pixels in batch:
                if isinstance(pixels, Refused):
                    refused[picture.content_hash] = pixels
                else:
                    good.append((picture.content_hash, pixels))
            if good:
                embeddings = teacher.encode_prepared(np.stack([pixels for _, pixels in good]))
                store.append([content for content, _ in good], embeddings)
