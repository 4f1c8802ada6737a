"""Whatever the bytes are: items or a FeedError, soon."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.catalog.feeds import FORMATS, Rejection, open_feed
from vsearch.errors import FeedError

ASSETS = Path(__file__).parent / "assets"
ENCODINGS = [None, None, "utf-8", "utf-16", "utf-16-le", "latin-1", "utf-7", "idna", "hex", "\0"]


def _parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"sku": ["A", "B"], "price": [1.5, None]}), out)
    return out.getvalue()


SEEDS = [
    *(path.read_bytes() for path in sorted(ASSETS.iterdir())),
    b'sku,title,price,images\nA,"La\nmp",12.50,a.jpg|b.jpg\n',
    b'{"sku": "A", "price": 1.5, "attributes": {"a": [1]}}\n{"operation": "ADD", "sku": 1}\n',
    _parquet(),
]
SPLICES = [
    *(b'"', b'""', b"\n", b"\r", b",", b"\t", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"{", b"["),
    *(b"<", b"&", b"]]>", b"<!DOCTYPE", b"<![CDATA[", b"1e999", b"NaN", b"\\ud800", b"-", b"\xe4"),
    *(b"../", b"sep=", b"9" * 5000, b"{" * 2000, b"[" * 100_000),
]


def _read_all(data: bytes, feed_format: str | None, encoding: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed"
        path.write_bytes(data)
        with contextlib.suppress(FeedError):
            for item in open_feed(path, format=feed_format, encoding=encoding).read():
                if isinstance(item, Rejection):
                    assert item.row >= 1
                    assert item.field
                    str(item).encode("utf-8")
                    json.loads(item.raw.encode("utf-8"))


@pytest.mark.timeout(240)
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400) | st.text().map(str.encode), st.sampled_from([None, *FORMATS]))
def test_any_bytes(data: bytes, feed_format: str | None) -> None:
    _read_all(data, feed_format, None)


@pytest.mark.timeout(240)
@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 30), st.sampled_from(SPLICES))),
    st.sampled_from([None, None, *FORMATS]),
    st.sampled_from(ENCODINGS),
)
def test_damaged_feeds(
    seed: bytes,
    damages: list[tuple[int, int, bytes]],
    feed_format: str | None,
    encoding: str | None,
) -> None:
    data = bytearray(seed)
    for at, length, splice in damages:
        data[at : at + length] = splice
    _read_all(bytes(data), feed_format, encoding)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("unit", ['"', 'a"b,"\n', "\n", ",", "{", "[", "<", "<a>", "&", "\0", "9"])
@pytest.mark.parametrize("feed_format", ["csv", "jsonl", "google", "shopify", "changes"])
def test_repetition_takes_no_forever(unit: str, feed_format: str) -> None:
    _read_all(b"sku,title\n" + unit.encode() * 50_000, feed_format, None)
    _read_all(unit.encode() * 50_000, feed_format, None)
