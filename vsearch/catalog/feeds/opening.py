"""From a path to a feed that can be read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

from vsearch.catalog.feeds.columns import Column, Vocabulary
from vsearch.catalog.feeds.delimited import DelimitedFile
from vsearch.catalog.feeds.feed_file import FeedFile, Reader
from vsearch.catalog.feeds.folder import ListedFolderReader, PictureFolderReader
from vsearch.catalog.feeds.google import GOOGLE_COLUMNS
from vsearch.catalog.feeds.google_text import GoogleTextReader
from vsearch.catalog.feeds.google_xml import GoogleXmlReader
from vsearch.catalog.feeds.interface import Feed
from vsearch.catalog.feeds.json_lines import JsonLinesReader
from vsearch.catalog.feeds.product_columns import PRODUCT_COLUMNS
from vsearch.catalog.feeds.recognise import FORMATS, read_head, recognise
from vsearch.catalog.feeds.shopify import ShopifyReader
from vsearch.catalog.feeds.shopify_columns import SHOPIFY_COLUMNS
from vsearch.catalog.feeds.table import TableReader
from vsearch.catalog.feeds.text_lines import start_of_text
from vsearch.catalog.feeds.woocommerce import WooCommerceReader
from vsearch.catalog.feeds.woocommerce_columns import WOOCOMMERCE_COLUMNS
from vsearch.errors import FeedError

#: The names that a list of products beside pictures may have.
LIST_NAMES = ("products.csv", "products.tsv", "products.jsonl", "products.parquet", "products.xml")

_VOCABULARIES: Mapping[str, Vocabulary] = {
    "google": GOOGLE_COLUMNS,
    "shopify": SHOPIFY_COLUMNS,
    "woocommerce": WOOCOMMERCE_COLUMNS,
}


def documented_columns(format_name: str) -> tuple[Column, ...]:
    """The columns that a format is read by; those of CSV where it has none of its own."""
    return _VOCABULARIES.get(format_name, PRODUCT_COLUMNS).columns


def open_feed(
    path: Path,
    *,
    format: str | None = None,  # noqa: A002 - it is what the option and Feed call it
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> Feed:
    """Recognise a feed by its content and make it ready to be read.

    Args:
        path: a file, or a folder of pictures with or without a list of products in it.
        format: one of ``FORMATS``; None to find out.
        mapping: column → field, or → ``attr.NAME``, where the documented names don't fit.
        encoding: of a text file; None for its byte-order mark, else UTF-8, and
            windows-1252 for the lines that aren't.

    Raises:
        FeedError: there is no such feed, it is of no known format, a column that it needs
            is missing, or ``mapping`` names a column or field that isn't there.
    """
    if format is not None and format not in FORMATS:
        near = difflib.get_close_matches(format, FORMATS, n=1)
        choice = f"did you mean {near[0]}?" if near else f"there are {', '.join(FORMATS)}"
        raise FeedError(f'{path}: no format is called "{format}"; {choice}')
    try:
        root = path.resolve() if path.is_dir() else path.resolve().parent
    except (OSError, ValueError, RuntimeError) as error:
        raise FeedError(f"{path}: {error}") from error
    if path.is_dir():
        return _open_folder(path, root, format, mapping or {}, encoding)
    if format == "folder":
        raise FeedError(f"{path}: not a folder")
    head = read_head(path)
    found = format or recognise(path, encoding)
    reader, size = _reader(path, root, found, mapping or {}, encoding, head)
    return FeedFile(path, root, found, size, reader)


def _open_folder(
    path: Path, root: Path, chosen: str | None, mapping: Mapping[str, str], encoding: str | None
) -> Feed:
    lists = [root / name for name in LIST_NAMES if (root / name).is_file()]
    if len(lists) > 1:
        names = " and ".join(file.name for file in lists)
        raise FeedError(f"{path}: both {names} are in it; name the one to read")
    if chosen not in (None, "folder") and not lists:
        raise FeedError(f"{path}: a folder without a list of products can't be read as {chosen}")
    if not lists:
        if mapping:
            raise FeedError(f"{path}: --map needs a list of products; there is none in the folder")
        return FeedFile(path, root, "folder", 0, PictureFolderReader(root))
    head = read_head(lists[0])
    found = chosen if chosen not in (None, "folder") else recognise(lists[0], encoding)
    reader, size = _reader(lists[0], root, found or "csv", mapping, encoding, head)
    return FeedFile(path, root, "folder", size, ListedFolderReader(reader, root))


def _reader(
    path: Path,
    root: Path,
    name: str,
    mapping: Mapping[str, str],
    encoding: str | None,
    head: bytes,
) -> tuple[Reader, int]:
    """The format's reader, and how much it has to read."""
    size = path.stat().st_size
    if name == "parquet":
        # pyarrow takes longer to import than a small feed to read.
        from vsearch.catalog.feeds.parquet import ParquetReader

        parquet = ParquetReader(path, root, mapping)
        return parquet, parquet.size
    if name in ("jsonl", "changes"):
        changes = name == "changes"
        return JsonLinesReader(path, encoding, root, mapping, changes=changes), size
    if name == "google" and start_of_text(path, head, encoding).startswith("<"):
        return GoogleXmlReader(path, encoding, root, mapping), size
    file = DelimitedFile(path, encoding, "\t" if name == "tsv" else None)
    if name == "google":
        return GoogleTextReader(file, root, mapping), size
    if name == "shopify":
        return ShopifyReader(file, root, mapping), size
    if name == "woocommerce":
        return WooCommerceReader(file, root, mapping), size
    return TableReader(file, root, mapping), size
