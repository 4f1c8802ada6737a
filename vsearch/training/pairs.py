"""A file of pairs: what was asked, and which product was right."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vsearch.encoder.interface import Embeddings, Encoder
from vsearch.encoder.prefetch import batched, prefetch
from vsearch.errors import ImageRejected, TrainingError
from vsearch.images.content import content_hash
from vsearch.images.decode import decode
from vsearch.images.read import read_file
from vsearch.index.embeddings import EmbeddingStore
from vsearch.progress import Progress
from vsearch.training.catalogue import Catalogue

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row of the file that can't be used."""

    row: int
    """In the file, its first line being 1."""

    reason: str


@dataclass(frozen=True)
class Asked:
    """Queries with the product that was right for each."""

    embeddings: Embeddings
    """(q, dim) float32, L2-normalised, of the backbone."""

    targets: npt.NDArray[np.int64]
    """(q,) the right product's place in the catalogue."""

    products: npt.NDArray[np.int64]
    """(q,) the product that was asked with; ``UNKNOWN`` for a photo."""

    weights: npt.NDArray[np.float32]
    """(q,) > 0."""

    contents: Sequence[str]
    """(q,) content hashes."""

    paths: Sequence[Path | None]
    """(q,) the photos; None for a product."""

    skipped: Sequence[Skipped]


@dataclass(frozen=True)
class _Row:
    number: int
    target: int
    weight: float
    product: int = UNKNOWN
    path: Path | None = None


def read_pairs(
    file: Path, catalogue: Catalogue, cache: Path, progress: Progress, *, max_pixels: int
) -> Asked:
    """Read a CSV with the columns ``query``, ``sku`` and, if wanted, ``weight``.

    A query is a picture's path relative to the file, or a SKU of the catalogue. Photos are
    encoded once: their embeddings are kept by content hash.

    Args:
        file: the CSV, in UTF-8.
        catalogue: where the SKUs are.
        cache: folder for the photos' embeddings.
        progress: told how many photos have been read.
        max_pixels: a photo with more is skipped.

    Raises:
        TrainingError: it is no such file, or no row of it can be used; the first is named.
        EncoderError: the encoder can't be loaded.
    """
    skipped: list[Skipped] = []
    rows: list[_Row] = []
    for row in _read(file, catalogue):
        if isinstance(row, Skipped):
            skipped.append(row)
        else:
            rows.append(row)
    with_photo = [row for row in rows if row.path]
    photos, unreadable = _encode(with_photo, catalogue, cache, progress, max_pixels)
    skipped = sorted([*skipped, *unreadable], key=lambda one: one.row)
    bad = {one.row for one in skipped}
    first = {int(product): row for row, product in reversed(list(enumerate(catalogue.product_of)))}
    usable = [row for row in rows if row.number not in bad]
    if not usable:
        told = f": row {skipped[0].row}: {skipped[0].reason}" if skipped else ": it has no rows"
        raise TrainingError(f"{file}: none of its {len(skipped)} rows can be used{told}")
    contents = [
        photos[row.number][0] if row.path else catalogue.pictures[first[row.product]].content_hash
        for row in usable
    ]
    embeddings = [
        photos[row.number][1] if row.path else catalogue.embeddings[first[row.product]]
        for row in usable
    ]
    return Asked(
        embeddings=np.stack(embeddings),
        targets=np.array([row.target for row in usable], np.int64),
        products=np.array([row.product for row in usable], np.int64),
        weights=np.array([row.weight for row in usable], np.float32),
        contents=contents,
        paths=[row.path for row in usable],
        skipped=skipped,
    )


def _read(file: Path, catalogue: Catalogue) -> Iterator[_Row | Skipped]:
    places = {product.sku: place for place, product in enumerate(catalogue.products)}
    pictured = set(catalogue.product_of.tolist())
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            rows = csv.DictReader(opened)
            missing = {"query", "sku"}.difference(rows.fieldnames or ())
            if missing:
                raise TrainingError(
                    f'{file}: no column "{min(missing)}"; the first line names the columns:'
                    " query,sku or query,sku,weight"
                )
            for row in rows:
                yield _checked(row, rows.line_num, file.parent, places, pictured)
    except FileNotFoundError as error:
        raise TrainingError(f"{file}: no such file; give a CSV with query,sku") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(f"{file}: not a CSV file in UTF-8: {error}") from error


def _checked(
    row: Mapping[str, str | None],
    number: int,
    folder: Path,
    places: Mapping[str, int],
    pictured: set[int],
) -> _Row | Skipped:
    query, sku = (row["query"] or "").strip(), (row["sku"] or "").strip()
    if sku not in places:
        return Skipped(number, f'no product with the SKU "{sku}"')
    target = places[sku]
    if target not in pictured:
        return Skipped(number, f'the product "{sku}" has no encoded picture')
    text = (row.get("weight") or "").strip() or "1"
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not 0 < weight < math.inf:
        return Skipped(number, f'the weight "{text}" is not a positive number')
    if query in places:
        product = places[query]
        if product == target:
            return Skipped(number, f'"{query}" is asked with and right for itself')
        if product not in pictured:
            return Skipped(number, f'the product "{query}" has no encoded picture')
        return _Row(number, target, weight, product=product)
    path = folder / query
    if not query or not path.is_file():
        return Skipped(number, f'"{query}" is neither a picture beside the file nor a SKU')
    return _Row(number, target, weight, path=path)


def _encode(
    rows: Sequence[_Row],
    catalogue: Catalogue,
    cache: Path,
    progress: Progress,
    max_pixels: int,
) -> tuple[dict[int, tuple[str, Embeddings]], list[Skipped]]:
    """Each photo's content hash and (dim,) embedding, by the row's number."""
    hashes: dict[int, str] = {}
    skipped: list[Skipped] = []
    for row in rows:
        try:
            hashes[row.number] = content_hash(read_file(row.path or Path()))
        except ImageRejected as rejected:
            skipped.append(Skipped(row.number, f"{row.path}: {rejected.reason}"))
    if not hashes:
        return {}, skipped
    identity = catalogue.encoder.identity
    store = EmbeddingStore(cache / identity.backbone_fingerprint, identity.backbone_dim)
    absent = set(store.missing(list(hashes.values())))
    todo = {hashes[row.number]: row for row in rows if hashes.get(row.number) in absent}
    refused = _fill(store, todo, catalogue.encoder.get(), progress, max_pixels) if todo else {}
    usable = {number: content for number, content in hashes.items() if content not in refused}
    skipped += [
        Skipped(row.number, f"{row.path}: {refused[hashes[row.number]]}")
        for row in rows
        if hashes.get(row.number) in refused
    ]
    embeddings = store.get(list(usable.values()))
    return {
        number: (content, embedding)
        for (number, content), embedding in zip(usable.items(), embeddings, strict=True)
    }, skipped


def _fill(
    store: EmbeddingStore,
    todo: Mapping[str, _Row],
    encoder: Encoder,
    progress: Progress,
    max_pixels: int,
) -> dict[str, str]:
    """Encode what isn't stored; return why some can't be."""
    refused: dict[str, str] = {}

    def load(item: tuple[str, _Row]) -> tuple[str, npt.NDArray[np.uint8] | str]:
        content, row = item
        try:
            data = read_file(row.path or Path())
            image = decode(data, max_pixels=max_pixels, min_side=encoder.min_side)
        except ImageRejected as rejected:
            return content, rejected.reason
        return content, encoder.prepare(image)

    size = encoder.batch_size
    loaded = prefetch(load, list(todo.items()), workers=encoder.decoders, ahead=2 * size)
    with progress.stage("queries", len(todo), "images") as advance:
        for batch in batched(loaded, size):
            advance(len(batch))
            refused |= {content: pixels for content, pixels in batch if isinstance(pixels, str)}
            good = [(content, p) for content, p in batch if not isinstance(p, str)]
            if good:
                pixels = np.stack([p for _, p in good])
                store.append([content for content, _ in good], encoder.embed_backbone(pixels))
    return refused
