from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from vsearch.catalog.feeds import Feed, FeedItem, Listed, Rejection, Withdrawn, open_feed
from vsearch.catalog.feeds.shopify import MAX_GROUP_ROWS
from vsearch.catalog.product import Availability, Product
from vsearch.errors import FeedError

ASSETS = Path(__file__).parent / "assets"
Read = Callable[..., list[FeedItem]]


def _products(items: list[FeedItem]) -> dict[str, Product]:
    return {item.product.sku: item.product for item in items if isinstance(item, Listed)}


def test_old_headers() -> None:
    feed = open_feed(ASSETS / "shopify_old.csv")
    items = list(feed.read())
    assert feed.format == "shopify"
    assert [(type(item).__name__, item.row) for item in items] == [
        ("Listed", 2),
        ("Listed", 4),
        ("Rejection", 5),
        ("Listed", 6),
        ("Listed", 8),
        ("Withdrawn", 9),
    ]
    found = _products(items)
    pictures = tuple(f"https://cdn.example/tee-{n}.jpg" for n in (1, 2, 3))
    assert found["TT-M-S"] == Product(
        sku="TT-M-S",
        title="Trail Tee",
        description="Merino.\nDries\nfast.",
        brand="Northway",
        category=("Apparel & Accessories", "Clothing", "Shirts & Tops"),
        price=Decimal("39.00"),
        availability=Availability.IN_STOCK,
        gtin="4006381333931",
        item_group="trail-tee",
        attributes={
            "product_type": "T-Shirt",
            "tags": ("merino", "running"),
            "regular_price": "49.00",
            "gender": "unisex",
            "mpn": "TT",
            "color": "Moss",
            "size": "S",
        },
        images=("https://cdn.example/tee-moss.jpg", *pictures),
    )
    assert found["TT-M-L"].availability is Availability.OUT_OF_STOCK
    assert found["TT-M-L"].attributes["size"] == "L"
    assert "regular_price" not in found["TT-M-L"].attributes
    sand = found["trail-tee-Sand-L"]
    assert sand.availability is Availability.BACKORDER
    assert sand.images == pictures
    assert sand.title == "Trail Tee"
    bottle = found["bottle"]
    assert bottle.category == ("Bottle",)
    assert bottle.availability is Availability.IN_STOCK
    assert bottle.attributes == {"product_type": "Bottle"}
    assert items[-1] == Withdrawn(9, "CAP")
    assert feed.notes == ("products that aren't published in the shop are taken as withdrawn",)


def test_present_headers() -> None:
    feed = open_feed(ASSETS / "shopify_new.csv")
    small, large, sock = feed.read()
    assert isinstance(small, Listed)
    assert isinstance(large, Listed)
    assert small.product.images == (
        "https://cdn.example/tee-1.jpg",
        "https://cdn.example/tee-2.jpg",
    )
    assert large.product.images[0] == "https://cdn.example/tee-l.jpg"
    assert large.product.availability is Availability.BACKORDER
    assert small.product.item_group == large.product.item_group == "trail-tee"
    assert large.product.attributes["color"] == "Moss"
    assert isinstance(sock, Listed)
    assert (sock.row, sock.product.sku) == (4, "Wool Sock")


def test_a_bad_picture_costs_its_row_only(read: Read) -> None:
    items = read(
        "Handle,Title,Variant SKU,Variant Price,Image Src\n"
        "a,A,1,5,https://cdn.example/1.jpg\na,,,,../../etc/passwd\na,,2,6,\n"
    )
    assert [(item.row, type(item)) for item in items] == [(2, Listed), (3, Rejection), (4, Listed)]
    assert all(p.images == ("https://cdn.example/1.jpg",) for p in _products(items).values())


def test_a_ragged_row_does_not_split_its_product(read: Read) -> None:
    items = read("Handle,Title,Variant SKU,Variant Price\na,A,1,5\na,\na,,2,6\n")
    assert {sku: p.title for sku, p in _products(items).items()} == {"1": "A", "2": "A"}
    assert [item.row for item in items if isinstance(item, Rejection)] == [3]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("a,A,1,abc,3", "price"),
        ("a,A,1,5,many", "availability"),
        (",,1,5,3", "handle"),
        (f"a,A,{'x' * 256},5,3", "sku"),
    ],
)
def test_bad_variants(read: Read, row: str, field: str) -> None:
    (bad,) = read(f"Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty\n{row}\n")
    assert isinstance(bad, Rejection)
    assert (bad.row, bad.field) == (2, field)


def test_only_one_product_is_held(open_written: Callable[..., Feed]) -> None:
    rows = "".join(f"p{n},P{n},sku-{n},5\n" for n in range(20_000))
    feed = open_written(f"Handle,Title,Variant SKU,Variant Price\n{rows}")
    reading = feed.read()
    next(reading)
    assert feed.position < feed.size / 4


def test_endless_rows_of_one_handle_are_rejected(read: Read) -> None:
    rows = "".join(f"a,,sku-{n},5\n" for n in range(MAX_GROUP_ROWS + 10))
    items = read(f"Handle,Title,Variant SKU,Variant Price\n{rows}")
    assert sum(isinstance(item, Rejection) for item in items) == 10
    assert len(_products(items)) == MAX_GROUP_ROWS


def test_mapping(read: Read) -> None:
    items = read(
        "Kennung,Titel,Variant SKU,Stoff\na,A,1,wool\n",
        format="shopify",
        mapping={"Kennung": "handle", "Titel": "title", "Stoff": "attr.material"},
    )
    assert _products(items) == {
        "1": Product(sku="1", title="A", item_group="a", attributes={"material": "wool"})
    }


def test_neither_handle_nor_title_is_refused(read: Read) -> None:
    with pytest.raises(FeedError, match="no column for handle"):
        read("Variant SKU,Variant Price\n1,2\n", format="shopify")
