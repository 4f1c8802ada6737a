"""Which format a file has, by its first bytes and its header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from vsearch.catalog.feeds.columns import folded
from vsearch.catalog.feeds.delimited import DelimitedFile
from vsearch.catalog.feeds.text_lines import start_of_text
from vsearch.errors import FeedError

#: Every format that ``--format`` may name.
FORMATS = (
    *("folder", "csv", "tsv", "jsonl", "parquet"),
    *("google", "shopify", "woocommerce", "changes"),
)

_HEAD_BYTES = 65_536
_HINTS: Mapping[bytes, str] = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook; save or unpack it as CSV",
    b"\xd0\xcf\x11\xe0": "an Excel workbook; save it as CSV",
    b"\x1f\x8b": "compressed with gzip; unpack it",
    b"(\xb5/\xfd": "compressed with zstd; unpack it",
    b"\xff\xd8\xff": "a JPEG picture; index the folder that it lies in",
    b"\x89PNG": "a PNG picture; index the folder that it lies in",
    b"%PDF": "a PDF document",
    b"SQLite format 3": "an SQLite database; export its products as CSV",
}

# Headers that no other format has, folded.
_SHOPIFY = {
    *("variant_sku", "variant_price", "option1_name", "option1_value", "image_src"),
    *("product_image_url", "body_(html)", "inventory_quantity"),
}
_WOOCOMMERCE = {
    *("regular_price", "parent", "in_stock?", "backorders_allowed?"),
    *("visibility_in_catalog", "attribute_1_name"),
}
_GOOGLE = {"image_link", "additional_image_link", "google_product_category"}


def recognise(path: Path, encoding: str | None) -> str:
    """Name the format of a file.

    Raises:
        FeedError: it can't be read, is empty, or is no feed.
    """
    head = read_head(path)
    if head.startswith(b"PAR1"):
        return "parquet"
    for magic, what in _HINTS.items():
        if head.startswith(magic):
            raise FeedError(f"{path}: {what}")
    start = start_of_text(path, head, encoding)
    if not start.strip():
        raise FeedError(f"{path}: the file is empty")
    if "\0" in start.partition("\n")[0]:
        raise FeedError(
            f"{path}: not a feed: it holds NUL bytes; where it is UTF-16 without a byte-order "
            "mark, say --encoding utf-16-le or utf-16-be"
        )
    if start.startswith("<"):
        return "google"
    if start.startswith("{"):
        return _kind_of_json(path, start)
    if start.startswith("["):
        raise FeedError(f"{path}: one JSON list; write one JSON object a line instead (JSON Lines)")
    file = DelimitedFile(path, encoding)
    return _kind_of_table(file)


def read_head(path: Path) -> bytes:
    """The file's first 64 KiB.

    Raises:
        FeedError: it isn't there, is no plain file, or can't be read.
    """
    if not path.exists():
        raise FeedError(f"{path}: no such file or folder")
    if not path.is_file():
        raise FeedError(f"{path}: neither a file nor a folder")
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError as error:
        raise FeedError(f"{path}: {error.strerror}") from error


def _kind_of_json(path: Path, start: str) -> str:
    first = start.split("\n", 1)[0].strip()
    try:
        decoded = json.loads(first)
    except (ValueError, RecursionError):
        if first in ("{", "[") or first.endswith((",", "{", "[")):
            raise FeedError(
                f"{path}: JSON over several lines; write one JSON object a line (JSON Lines)"
            ) from None
        return "jsonl"
    return "changes" if isinstance(decoded, dict) and "operation" in decoded else "jsonl"


def _kind_of_table(file: DelimitedFile) -> str:
    names = {folded(name).removeprefix("g:") for name in file.columns}
    if _is_shopify(names):
        return "shopify"
    if {"type", "name"} <= names and names & {"sku", "id"} and names & _WOOCOMMERCE:
        return "woocommerce"
    if {"id", "title"} <= names and names & _GOOGLE:
        return "google"
    return "tsv" if file.delimiter == "\t" else "csv"


def _is_shopify(names: AbstractSet[str]) -> bool:
    return "title" in names and (
        ("handle" in names and bool(_SHOPIFY & names)) or "url_handle" in names
    )
