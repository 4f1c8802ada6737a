"""Where the pictures of examples can be read again: the catalogue's files, and its downloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vsearch.catalog.product import is_url
from vsearch.catalog.product_views import View
from vsearch.errors import ImageRejected
from vsearch.images.cache import ContentCache
from vsearch.images.content import content_hash
from vsearch.images.read import read_file, read_local
from vsearch.training.catalogue import Catalogue
from vsearch.training.examples import Examples, Numbers
from vsearch.training.pairs import UNKNOWN, Asked


@dataclass(frozen=True)
class PictureSource:
    """Reads the picture of each row of some examples. Safe to share between threads."""

    places: Sequence[View | Path]
    """(n,) a picture of the catalogue, or a query's file."""

    contents: Sequence[str]
    """(n,) the content hashes that they had when they were encoded."""

    downloads: ContentCache

    def read(self, row: int) -> bytes:
        """Read a row's picture.

        Raises:
            ImageRejected: it is gone, or shows something else by now.
        """
        place = self.places[row]
        if isinstance(place, Path):
            data: bytes | None = read_file(place)
        elif is_url(place.location):
            data = self.downloads.load(self.contents[row])
        else:
            data = read_local(Path(place.root), place.location)
        if data is None:
            raise ImageRejected("its download is gone")
        if content_hash(data) != self.contents[row]:
            raise ImageRejected("it has changed since it was indexed")
        return data


def readable(
    catalogue: Catalogue, examples: Examples, asked: Asked | None
) -> tuple[Examples, PictureSource, int]:
    """Keep the examples whose pictures are at hand, and say how many are not."""
    places: list[View | Path] = list(catalogue.pictures)
    if asked is not None:
        first = {int(p): row for row, p in reversed(list(enumerate(catalogue.product_of)))}
        places += [
            catalogue.pictures[first[int(product)]] if path is None else path
            for product, path in zip(asked.products, asked.paths, strict=True)
            if path is not None or product != UNKNOWN
        ]
    source = PictureSource(places, examples.contents, ContentCache(catalogue.layout.downloads))
    kept = np.array([row for row in range(len(places)) if _is_there(source, row)], np.int64)
    chosen = replace(
        source,
        places=[places[row] for row in kept],
        contents=[examples.contents[row] for row in kept],
    )
    return _only(examples, kept), chosen, len(places) - len(kept)


def _is_there(source: PictureSource, row: int) -> bool:
    try:
        source.read(row)
    except ImageRejected:
        return False
    return True


def _only(examples: Examples, rows: Numbers) -> Examples:
    return Examples(
        embeddings=examples.embeddings[rows],
        labels=examples.labels[rows],
        hidden=examples.hidden[rows],
        products=examples.products[rows],
        is_held_out=examples.is_held_out[rows],
        weights=examples.weights[rows],
        contents=[examples.contents[row] for row in rows.tolist()],
        gallery=int((rows < examples.gallery).sum()),
    )
