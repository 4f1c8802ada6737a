"""The pictures that an encoder learns from: files, and which of them show the same thing."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vsearch.catalog.feeds.fields.image_location import IMAGE_SUFFIXES
from vsearch.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Picture:
    """One file."""

    path: Path

    group: str | None = None
    """Pictures of one group show the same thing; None means that nothing is known."""


@dataclass(frozen=True, slots=True)
class Readable:
    """A picture that could be read when its content was hashed."""

    picture: Picture
    content_hash: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A picture that can't be used."""

    path: Path
    reason: str


def read_pictures(sources: Sequence[Path]) -> list[Picture]:
    """List the pictures of folders and CSV files, each path once, in a fixed order.

    Args:
        sources: folders, searched to any depth, and CSV files with a column ``image`` (paths
            relative to the CSV) and, if known, a column ``group``.

    Raises:
        TrainingError: a source is missing, a CSV lacks the column, or there is no picture.
    """
    found: dict[Path, Picture] = {}
    for source in sources:
        for picture in _pictures_of(source):
            found.setdefault(picture.path, picture)
    if not found:
        named = ", ".join(map(str, sources)) or "no source"
        raise TrainingError(f"{named}: no pictures; give folders of pictures or CSV files")
    return list(found.values())


def split(
    pictures: Sequence[Readable], share: float, most: int
) -> tuple[list[Readable], list[Readable]]:
    """Hold out about ``share`` (0..1) of the pictures, whole groups at a time.

    A picture's side depends on its group, or on its content, alone: it stays where it is when
    others come or go, as long as fewer than ``most`` are held out.

    Returns:
        Those to learn from, and at most ``most`` held out.
    """
    places = np.array([_place(picture) for picture in pictures])
    if (places < share).sum() > most:
        share = float(np.sort(places)[most])
    sides: tuple[list[Readable], list[Readable]] = ([], [])
    for picture, place in zip(pictures, places, strict=True):
        sides[bool(place < share)].append(picture)
    return sides


def _place(picture: Readable) -> float:
    """Where a group, or a picture of none, lies between 0 and 1: as good as drawn."""
    name = picture.picture.group or picture.content_hash
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


def data_digest(hashes: Iterable[str]) -> str:
    """Name a set of pictures by its contents: SHA-256 over their sorted content hashes."""
    digest = hashlib.sha256()
    for content_hash in sorted(hashes):
        digest.update(bytes.fromhex(content_hash))
    return digest.hexdigest()


def _pictures_of(source: Path) -> Iterator[Picture]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file():
                yield Picture(path.absolute())
    elif source.is_file():
        yield from _listed(source)
    else:
        raise TrainingError(f"{source}: no such folder or CSV file")


def _listed(table: Path) -> Iterator[Picture]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if "image" not in (rows.fieldnames or ()):
                raise TrainingError(
                    f'{table}: no column "image"; the first line names the columns: image,group'
                )
            for row in rows:
                if row["image"]:
                    path = (table.parent / row["image"]).absolute()
                    yield Picture(path, row.get("group") or None)
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(f"{table}: not a CSV file in UTF-8: {error}") from error
