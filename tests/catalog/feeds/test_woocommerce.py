from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from vsearch.catalog.feeds import FeedItem, Listed, Rejection, Withdrawn, open_feed, woocommerce
from vsearch.catalog.product import Availability, Product
from vsearch.errors import FeedError

ASSETS = Path(__file__).parent / "assets"
Read = Callable[..., list[FeedItem]]
HEADER = "ID,Type,SKU,Name,Published,Regular price,Parent,Images\n"


def test_an_export() -> None:
    feed = open_feed(ASSETS / "woocommerce.csv")
    items = list(feed.read())
    assert feed.format == "woocommerce"
    found = {item.product.sku: item.product for item in items if isinstance(item, Listed)}
    assert [item.row for item in items] == [3, 5, 6, 7, 8, 9, 4]
    assert list(found) == ["woo-album", "woo-hoodie-blue", "id:51", "woo-orphan", "woo-cap"]
    assert found["woo-hoodie-blue"] == Product(
        sku="woo-hoodie-blue",
        title="Hoodie - Blue",
        description="Soft cotton.\nFor every day.",
        brand="Automattic",
        category=("Clothing", "Hoodies"),
        price=Decimal(45),
        availability=Availability.IN_STOCK,
        item_group="woo-hoodie",
        attributes={"color": "Blue", "tags": ("warm", "cotton")},
        images=("https://cdn.example/hoodie-blue.jpg",),
    )
    green = found["id:51"]
    assert (green.title, green.item_group) == ("Hoodie", "woo-hoodie")
    assert green.availability is Availability.OUT_OF_STOCK
    assert green.images == (
        "https://cdn.example/hoodie.jpg",
        "https://cdn.example/hoodie-back.jpg",
    )
    album = found["woo-album"]
    assert (album.price, album.attributes) == (Decimal(15), {"regular_price": "20"})
    assert album.category == ("Music", "Rock, Pop")
    assert album.description == "Notes"
    assert album.availability is Availability.BACKORDER
    assert found["woo-orphan"].item_group == "id:999"
    assert found["woo-cap"].attributes == {"color": ("Red", "Black")}
    assert Withdrawn(7, "woo-draft") in items
    (bad,) = (item for item in items if isinstance(item, Rejection))
    assert (bad.row, bad.field) == (8, "price")


def test_parents_past_the_bound_are_let_go(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(woocommerce, "MAX_PARENTS", 2)
    parents = "".join(f"{n},variable,P{n},Shirt,1,,,\n" for n in range(4))
    items = read(f"{HEADER}{parents}9,variation,V0,,1,5,P0,\n10,variation,V3,,1,5,P3,\n")
    found = [(item.row, item.product.sku, item.product.title) for item in items]
    assert found == [
        (2, "P0", "Shirt"),
        (3, "P1", "Shirt"),
        (6, "V0", ""),
        (7, "V3", "Shirt"),
        (4, "P2", "Shirt"),
    ]


def test_another_language_by_mapping(read: Read) -> None:
    (item,) = read(
        "Typ;Artikelnummer;Name;Preis;Bilder\nsimple;A;Lampe;12,50;a.jpg\n",
        format="woocommerce",
        mapping={
            "Typ": "type",
            "Artikelnummer": "sku",
            "Preis": "regular_price",
            "Bilder": "images",
        },
    )
    assert item == Listed(
        2, Product(sku="A", title="Lampe", price=Decimal("12.50"), images=("a.jpg",))
    )


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",simple,,Lamp,1,5,,", "sku"),
        ("1,simple,A,Lamp,1,-5,,", "price"),
        ("1,simple,A,Lamp,1,5,,../a.jpg", "images"),
    ],
)
def test_bad_rows(read: Read, row: str, field: str) -> None:
    (bad,) = read(f"{HEADER}{row}\n")
    assert isinstance(bad, Rejection)
    assert (bad.row, bad.field) == (2, field)


def test_missing_columns(read: Read) -> None:
    with pytest.raises(FeedError, match="no column for sku"):
        read("Name,Type\nx,simple\n", format="woocommerce")
    with pytest.raises(FeedError, match="no column for title"):
        read("SKU,Type\nx,simple\n", format="woocommerce")
