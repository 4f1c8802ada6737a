from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vsearch.catalog.feeds import FORMATS, Feed, documented_columns, open_feed
from vsearch.errors import FeedError

RSS = '<?xml version="1.0"?><rss version="2.0"><channel></channel></rss>'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("sku,title\n", "csv"),
        ("sku;title\n", "csv"),
        ("sku\ttitle\n", "tsv"),
        ('{"sku": "A"}\n', "jsonl"),
        ('\n {"operation": "ADD", "sku": "A"}\n', "changes"),
        ("id\ttitle\timage link\tprice\n", "google"),
        ("g:id,g:title,g:image_link\n", "google"),
        (RSS, "google"),
        ("\ufeff\n" + RSS, "google"),
        ("Handle,Title,Body (HTML),Variant SKU\n", "shopify"),
        ("Title,URL handle,Description,SKU,Price\n", "shopify"),
        ("ID,Type,SKU,Name,Published,Regular price,Parent\n", "woocommerce"),
        ("id,name,type,price,image\n", "csv"),
        ("handle,title,sku\n", "csv"),
    ],
)
def test_formats_are_told_by_content_not_by_name(
    open_written: Callable[..., Feed], content: str, expected: str
) -> None:
    assert open_written(content, "feed.dat").format == expected


def test_a_named_format_is_used(open_written: Callable[..., Feed]) -> None:
    assert (
        open_written("Handle,Title,Variant SKU\n", format="csv", mapping={"Handle": "sku"}).format
        == "csv"
    )
    assert open_written("id\ttitle\n", format="google").format == "google"


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"PK\x03\x04rest", "save or unpack it as CSV"),
        (b"\x1f\x8b\x08rest", "compressed with gzip"),
        (b"\xff\xd8\xff\xe0rest", "a JPEG picture; index the folder"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x00\x01\x02\x03" * 50, "it holds NUL bytes"),
    ],
)
def test_files_that_are_no_feeds_are_named(
    open_written: Callable[..., Feed], content: bytes, hint: str
) -> None:
    with pytest.raises(FeedError, match=hint):
        open_written(content)


def test_an_unknown_format_is_refused_with_the_nearest(
    open_written: Callable[..., Feed],
) -> None:
    with pytest.raises(FeedError, match='"shopfy"; did you mean shopify'):
        open_written("sku\n", format="shopfy")
    with pytest.raises(FeedError, match="there are folder, csv, tsv"):
        open_written("sku\n", format="zzz")


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"nothing\.csv: no such file or folder"):
        open_feed(tmp_path / "nothing.csv")


@pytest.mark.timeout(30)
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FeedError, match="neither a file nor a folder"):
        open_feed(tmp_path / "pipe")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_documented_columns(name: str) -> None:
    columns = documented_columns(name)
    assert len({column.name for column in columns}) == len(columns)
    assert all(column.meaning for column in columns)


def test_importing_the_feeds_imports_nothing_heavy() -> None:
    code = (
        "import sys, vsearch.catalog.feeds; "
        "heavy = ('pyarrow', 'numpy', 'sqlalchemy', 'httpx', 'torch'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
