"""A malformed row still tells which product it is about, so that pruning spares it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsearch.catalog.feeds import Rejection, open_feed

FEEDS = {
    "products.csv": "sku,title,price\nA-1,Lamp,abc\n",
    "products.jsonl": '{"sku": "A-1", "title": "Lamp", "price": "abc"}\n',
    "google.tsv": (
        "id\ttitle\tlink\timage_link\tprice\tavailability\n"
        "A-1\tLamp\thttps://shop.example/a\thttps://shop.example/a.jpg\tabc\tin stock\n"
    ),
    "google.xml": (
        '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><item>'
        "<g:id>A-1</g:id><title>Lamp</title><g:price>abc</g:price>"
        "</item></channel></rss>"
    ),
    "shopify.csv": (
        "Handle,Title,Variant SKU,Variant Price,Image Src\nlamp,Lamp,A-1,abc,https://e.example/a.jpg\n"
    ),
    "woocommerce.csv": (
        "ID,Type,SKU,Name,Regular price,Images\n1,simple,A-1,Lamp,abc,https://e.example/a.jpg\n"
    ),
}


@pytest.mark.parametrize("name", FEEDS)
def test_rejected_row_names_its_product(name: str, tmp_path: Path) -> None:
    feed = tmp_path / name
    feed.write_text(FEEDS[name])

    (item,) = open_feed(feed).read()

    assert isinstance(item, Rejection)
    assert '"abc"' in item.problem
    assert item.sku == "A-1"


def test_row_without_a_usable_sku_names_none(tmp_path: Path) -> None:
    feed = tmp_path / "products.csv"
    feed.write_text("sku,title\n,Lamp\n")

    (item,) = open_feed(feed).read()

    assert isinstance(item, Rejection)
    assert item.sku == ""
