"""Groups of duplicates as one HTML file that opens anywhere, without a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from vsearch.catalog.shown_price import shown_price
from vsearch.catalogue_care.duplicates import Duplicate, DuplicateGroup, Duplicates
from vsearch.catalogue_care.gallery import Gallery
from vsearch.durable import write_atomically
from vsearch.images.thumbnail import thumbnail_data_uri
from vsearch.progress import Progress
from vsearch.storage import storage_errors

#: Products of one group that are drawn; a placeholder may be shown by thousands.
MOST_DRAWN = 12

#: Groups that are drawn: each picture takes about 6 KB of the page.
MOST_GROUPS = 1_000

_SIDE = 192


@dataclass(frozen=True, slots=True)
class _Card:
    one: Duplicate
    picture: str | None
    """A data URI; None where it can't be read any more."""
    price: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class _Row:
    group: DuplicateGroup
    cards: list[_Card]

    @property
    def more(self) -> int:
        """How many products aren't drawn."""
        return len(self.group.products) - len(self.cards)


def write_duplicate_report(
    path: Path, found: Duplicates, gallery: Gallery, progress: Progress
) -> None:
    """Write a row of pictures for each group; an older file is replaced whole.

    Raises:
        StorageError: the file can't be written.
    """
    environment = Environment(
        loader=PackageLoader("vsearch.catalogue_care"), autoescape=True, undefined=StrictUndefined
    )
    drawn = found.groups[:MOST_GROUPS]
    rows = []
    with progress.stage("page", len(drawn), "groups") as advance:
        for group in drawn:
            rows.append(_row(group, gallery))
            advance(1)
    page = environment.get_template("duplicates.html").render(
        found=found,
        rows=rows,
        products=sum(len(group.products) for group in found.groups),
        collection=gallery.name,
    )
    with storage_errors(path):
        write_atomically(path, lambda file: file.write(page.encode("utf-8")))


def _row(group: DuplicateGroup, gallery: Gallery) -> _Row:
    pictures: dict[str, str | None] = {}
    cards = []
    for number, one in enumerate(group.products[:MOST_DRAWN]):
        content = one.view.content_hash
        if content not in pictures:
            picture = gallery.picture(one.view, _SIDE)
            pictures[content] = None if picture is None else thumbnail_data_uri(picture, _SIDE)
        cards.append(_Card(one, pictures[content], shown_price(one.product), number == 0))
    return _Row(group, cards)
