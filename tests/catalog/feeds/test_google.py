from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from vsearch.catalog.feeds import Feed, FeedItem, Listed, Rejection, open_feed
from vsearch.catalog.feeds.google_xml import MAX_ENTRY_BYTES
from vsearch.catalog.product import Availability, Product
from vsearch.errors import FeedError

ASSETS = Path(__file__).parent / "assets"
Read = Callable[..., list[FeedItem]]
BOWL = Product(
    sku="WW-203",
    title="Bowl",
    category=("Kitchen", "Bowls"),
    price=Decimal(18),
    currency="EUR",
    availability=Availability.PREORDER,
    attributes={"google_product_category": "6740"},
)
RSS = '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>{}</channel></rss>'


def test_rss() -> None:
    feed = open_feed(ASSETS / "google.xml")
    cardigan, stool, bowl = feed.read()
    assert feed.format == "google"
    assert cardigan == Listed(
        1,
        Product(
            sku="WW-101-S",
            title='Cardigan "Skye" <small>',
            description="Lambswool & buttons of horn.\nWash cold.",
            brand="Walnut & Wool",
            category=("Apparel & Accessories", "Clothing", "Shirts & Tops"),
            price=Decimal("96.00"),
            currency="EUR",
            availability=Availability.IN_STOCK,
            url="https://shop.example/skye?size=s",
            gtin="4006381333931",
            item_group="WW-101",
            attributes={
                "mpn": "SKYE-S",
                "color": "Moss",
                "size": "S",
                "gender": "female",
                "age_group": "adult",
                "condition": "new",
                "Washing": "cold",
                "regular_price": "120.00",
                "product_type": "Women > Knitwear",
            },
            images=tuple(f"https://cdn.example/skye-{n}.jpg" for n in (1, 2, 3)),
        ),
    )
    assert isinstance(stool, Rejection)
    assert (stool.row, stool.field) == (2, "price")
    assert json.loads(stool.raw) == {"id": "WW-202", "title": "Stool", "price": "abc"}
    assert bowl == Listed(3, BOWL)
    assert feed.position == feed.size


def test_text() -> None:
    feed = open_feed(ASSETS / "google.tsv")
    cardigan, bowl = feed.read()
    assert feed.format == "google"
    assert isinstance(cardigan, Listed)
    assert cardigan.product == Product(
        sku="WW-101-S",
        title="Cardigan Skye",
        description="Lambswool",
        brand="Walnut & Wool",
        category=("Apparel & Accessories", "Clothing"),
        price=Decimal("96.00"),
        currency="EUR",
        availability=Availability.IN_STOCK,
        url="https://shop.example/skye",
        gtin="4006381333931",
        item_group="WW-101",
        attributes={
            "color": "Moss",
            "Washing": "cold",
            "Drying": "flat, in shade",
            "regular_price": "120.00",
            "product_type": "Women > Knitwear",
        },
        images=tuple(f"https://cdn.example/{n}.jpg" for n in (1, 2, 3)),
    )
    assert bowl == Listed(3, BOWL)


def test_atom_whose_own_elements_count_less(products: Callable[..., list[Product]]) -> None:
    content = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">'
        "<title>Shop</title><entry><id>tag:shop.example,2026:1</id><g:id>A</g:id><title>Lamp</title>"
        '<link href="https://shop.example/a"/><g:price>5 EUR</g:price></entry></feed>'
    )
    assert products(content) == [
        Product(
            sku="A", title="Lamp", price=Decimal(5), currency="EUR", url="https://shop.example/a"
        )
    ]


@pytest.mark.parametrize(
    ("sale", "price", "attributes"),
    [
        ("<g:sale_price/>", "10", {}),
        ("<g:sale_price>8 EUR</g:sale_price>", "8", {"regular_price": "10"}),
        ("<g:sale_price>12 EUR</g:sale_price>", "10", {}),
    ],
)
def test_the_lower_price_is_the_one_to_pay(
    products: Callable[..., list[Product]], sale: str, price: str, attributes: dict[str, str]
) -> None:
    item = f"<item><g:id>A</g:id><g:price>10 EUR</g:price>{sale}</item>"
    (product,) = products(RSS.format(item))
    assert (product.price, product.attributes) == (Decimal(price), attributes)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ("<title>no id</title>", "sku"),
        ("<g:id>A</g:id><g:price>10 EUR</g:price><g:sale_price>x</g:sale_price>", "sale_price"),
        ("<g:id>A</g:id><g:price>9 EUR</g:price><g:sale_price>8 USD</g:sale_price>", "sale_price"),
        ("<g:id>A</g:id><g:image_link>../../etc/passwd</g:image_link>", "images"),
        ("<g:id>A</g:id><g:availability>perhaps</g:availability>", "availability"),
        ("<g:id>A</g:id><link>javascript:alert(1)</link>", "url"),
    ],
)
def test_bad_entries_are_rejected_by_their_number(read: Read, item: str, field: str) -> None:
    good = "<item><g:id>G</g:id></item>"
    items = read(RSS.format(f"{good}<item>{item}</item>{good}"))
    assert [item.row for item in items if isinstance(item, Listed)] == [1, 3]
    (bad,) = (item for item in items if isinstance(item, Rejection))
    assert (bad.row, bad.field) == (2, field)


LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
    + RSS.format("<item><g:id>&j;</g:id></item>")
)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "content",
    [
        LAUGHS,
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        + RSS.format("<item><g:id>&f;</g:id></item>"),
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + RSS.format(""),
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>' + RSS.format(""),
        "<!DOCTYPE html><html></html>",
    ],
)
def test_entities_and_document_types_are_refused(read: Read, content: str) -> None:
    with pytest.raises(FeedError, match="declares a document type or entities"):
        read(content)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (RSS.format("<item><g:id>A</g:id>"), "after entry 0: not well-formed"),
        (RSS.format("<item><g:id>A</g:id></item>") + "x", "after entry 1: not well-formed"),
        ("<item><g:id>A</g:id></item>", "unbound prefix"),
        (RSS.format("<item><g:id>&nbsp;</g:id></item>"), "undefined entity"),
        ("<products><product/></products>", "no <item> and no <entry>"),
        ("<a>" * 200, "nested 100 deep"),
        (RSS.format(f"<x>{'y' * 1000}</x>" * (MAX_ENTRY_BYTES // 1000)), "more than 8 MiB"),
        (RSS.format(f"<item>{'x' * MAX_ENTRY_BYTES}"), "more than 8 MiB"),
        ('<?xml version="1.0" encoding="klingon"?><rss/>', "encoding"),
    ],
)
def test_broken_xml_is_refused(read: Read, content: str, problem: str) -> None:
    with pytest.raises(FeedError, match=problem):
        read(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_declared_encodings(products: Callable[..., list[Product]], encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>' + RSS.format(
        "<item><g:id>A</g:id><title>Söfa</title></item>"
    )
    assert products(text.encode(encoding)) == [Product(sku="A", title="Söfa")]


def test_an_undeclared_encoding_can_be_named(
    read: Read, products: Callable[..., list[Product]]
) -> None:
    data = RSS.format("<item><g:id>A</g:id><title>Söfa</title></item>").encode("latin-1")
    with pytest.raises(FeedError, match="--encoding"):
        read(data)
    assert products(data, encoding="latin-1") == [Product(sku="A", title="Söfa")]


def test_mapping_names_elements(products: Callable[..., list[Product]]) -> None:
    item = "<item><artikel>A</artikel><farbe>rot</farbe></item>"
    assert products(RSS.format(item), mapping={"artikel": "sku", "farbe": "attr.colour"}) == [
        Product(sku="A", attributes={"colour": "rot"})
    ]


def test_entries_are_let_go(open_written: Callable[..., Feed]) -> None:
    import tracemalloc

    item = "<item><g:id>A</g:id><description>" + "word " * 200 + "</description></item>\n"
    feed = open_written(RSS.format(item * 5000))
    tracemalloc.start()
    assert sum(1 for _ in feed.read()) == 5000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # All entries together would be more than 5 MB of text alone.
    assert peak < 2_000_000


def test_a_text_feed_without_id_is_refused(read: Read) -> None:
    with pytest.raises(FeedError, match=r"no column for id; .*--map COLUMN=id"):
        read("title\timage_link\nx\ta.jpg\n", format="google")
