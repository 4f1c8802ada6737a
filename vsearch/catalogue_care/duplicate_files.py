"""Groups of duplicates for other programs: JSON records and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vsearch.catalogue_care.duplicates import Duplicate, Duplicates
from vsearch.durable import write_atomically
from vsearch.storage import storage_errors

_COLUMNS = (
    "group",
    "sku",
    "title",
    "price",
    "currency",
    "item_group",
    "url",
    "image",
    "similarity",
    "same_file",
)


def records(found: Duplicates) -> Iterator[dict[str, Any]]:
    """One JSON object a group, numbered from 1; prices are text, for JSON has no decimals."""
    for number, group in enumerate(found.groups, start=1):
        yield {
            "group": number,
            "same_file": group.is_same_file,
            "similarity": round(group.similarity, 6),
            "pictures": group.pictures,
            "products": [_record(one) for one in group.products],
        }


def write_csv(path: Path, found: Duplicates) -> None:
    """Write one row a product, those of a group together; an older file is replaced whole.

    Raises:
        StorageError: the file can't be written.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    for number, group in enumerate(found.groups, start=1):
        writer.writerows({"group": number} | _record(one) for one in group.products)
    with storage_errors(path):
        write_atomically(path, lambda file: file.write(text.getvalue().encode("utf-8")))


def _record(one: Duplicate) -> dict[str, Any]:
    product = one.product
    return {
        "sku": product.sku,
        "title": product.title,
        "price": None if product.price is None else str(product.price),
        "currency": product.currency,
        "item_group": product.item_group,
        "url": product.url,
        "image": one.view.address,
        "similarity": round(one.similarity, 6),
        "same_file": one.is_same_file,
    }
