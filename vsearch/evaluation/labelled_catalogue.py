"""A catalogue with query pictures beside it, and which products each of them should find."""

from __future__ import annotations

from pathlib import Path

from vsearch.catalog.feeds.interface import Listed, Rejection
from vsearch.catalog.feeds.opening import open_feed
from vsearch.catalog.product import is_url
from vsearch.evaluation.labelled_rows import existing_file, labels_in, read_rows
from vsearch.evaluation.labelled_set import LabelledImage, LabelledSet, make_labelled_set

LABELS = Path("queries") / "labels.csv"
"""Within the catalogue's folder; columns ``query`` (a file beside it) and ``sku``, several SKUs
divided by ``|``, any of which is right."""


def read_catalogue(folder: Path) -> LabelledSet:
    """Read a catalogue's folder: its products' pictures are the gallery, labelled by SKU.

    Pictures behind URLs are left out: nothing is downloaded.

    Raises:
        EvaluationError: a row names no file or no SKU, or nothing can be measured.
        FeedError: the catalogue can't be read.
    """
    queries = _queries(folder)
    skus: dict[Path, set[str]] = {}
    urls = rejected = 0
    feed = open_feed(folder)
    for item in feed.read():
        if isinstance(item, Rejection):
            rejected += 1
        elif isinstance(item, Listed):
            for location in item.product.images:
                if is_url(location):
                    urls += 1
                else:
                    skus.setdefault(feed.root / location, set()).add(item.product.sku)
    asked = {query.path.resolve() for query in queries}
    gallery = [
        LabelledImage(path, frozenset(found)) for path, found in skus.items() if path not in asked
    ]
    notes = []
    if urls:
        notes.append(f"{urls} pictures behind URLs are left out; nothing is downloaded")
    if rejected:
        notes.append(f"{rejected} rows of the catalogue can't be used and are left out")
    return make_labelled_set(str(folder), gallery, queries, notes=notes)


def _queries(folder: Path) -> list[LabelledImage]:
    table = folder / LABELS
    return [
        LabelledImage(
            existing_file(where, table.parent, row["query"]), labels_in(where, row["sku"])
        )
        for where, row in read_rows(table, ("query", "sku"))
    ]
