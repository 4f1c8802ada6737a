"""Exported products as files: JSONL and Parquet, in the columns that feeds are read by."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from vsearch.catalog.product_json import product_json
from vsearch.durable import whole_file
from vsearch.searching.export import ExportedProduct
from vsearch.storage import storage_errors

_ROW_GROUP = 10_000


def as_record(exported: ExportedProduct) -> dict[str, Any]:
    """A product as JSON has it, with its images and what they are in the index."""
    record = {
        **product_json(exported.product),
        "images": list(exported.product.images),
        "image_ids": list(exported.image_ids),
    }
    if exported.embeddings is not None:
        record["embeddings"] = exported.embeddings.tolist()
    return record


def write_jsonl(path: Path | None, products: Iterable[ExportedProduct]) -> int:
    """Write one JSON object a line, to stdout where path is None; return how many.

    Raises:
        StorageError: the disk is full or can't be written.
    """
    count = 0
    with _text_output(path) as file:
        for count, exported in enumerate(products, start=1):  # noqa: B007 (counted for the caller)
            file.write(json.dumps(as_record(exported), ensure_ascii=False) + "\n")
    return count


def write_parquet(path: Path, products: Iterable[ExportedProduct], *, embeddings: bool) -> int:
    """Write a Parquet file; return how many products.

    ``attributes`` is a column of JSON text, because each product has its own; ``embeddings``
    is a list, for each image of ``image_ids``, of float32 lists.

    Raises:
        StorageError: the disk is full or can't be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = ("sku", "title", "description", "brand", "currency", "availability", "url", "gtin")
    fields = [
        *((name, pa.string()) for name in texts),
        ("item_group", pa.string()),
        ("category", pa.list_(pa.string())),
        ("price", pa.decimal128(18, 4)),
        ("attributes", pa.string()),
        ("images", pa.list_(pa.string())),
        ("image_ids", pa.list_(pa.int64())),
    ]
    if embeddings:
        fields.append(("embeddings", pa.list_(pa.list_(pa.float32()))))
    schema = pa.schema(fields)
    count = 0
    rows = iter(products)
    with (
        storage_errors(path),
        whole_file(path) as partial,
        pq.ParquetWriter(partial, schema) as writer,
    ):
        while page := list(islice(rows, _ROW_GROUP)):
            records = [
                as_record(exported)
                | {
                    "price": exported.product.price,
                    "attributes": json.dumps(dict(exported.product.attributes)),
                }
                for exported in page
            ]
            writer.write_table(pa.Table.from_pylist(records, schema=schema))
            count += len(page)
    return count


@contextmanager
def _text_output(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    with (
        storage_errors(path),
        whole_file(path) as partial,
        partial.open("w", encoding="utf-8") as file,
    ):
        yield file
