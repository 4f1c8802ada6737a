from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from vsearch.catalog.feeds import Feed, FeedItem, Listed, Rejection, open_feed
from vsearch.catalog.feeds.text_lines import MAX_ROW_CHARS
from vsearch.catalog.product import Availability, Product
from vsearch.errors import FeedError

Read = Callable[..., list[FeedItem]]
Products = Callable[..., list[Product]]

LAMP = Product(
    sku="L-1",
    title="Lamp, brass",
    description='Warm light.\nSays "hello".',
    brand="Lumen",
    category=("Home", "Lighting"),
    price=Decimal("12.50"),
    currency="EUR",
    availability=Availability.IN_STOCK,
    url="https://shop.example/l-1",
    gtin="4006381333931",
    item_group="L",
    attributes={"colour": "gold", "Material": "brass"},
    images=("a.jpg", "https://cdn.example/b.jpg"),
)
LAMP_CSV = (
    "sku,title,description,brand,category,price,currency,availability,url,gtin,item_group,"
    "images,attr.colour,Material,Empty\n"
    'L-1,"Lamp, brass","Warm light.\nSays ""hello"".",Lumen,Home > Lighting,12.50,EUR,in stock,'
    "https://shop.example/l-1,4006381333931,L,a.jpg|https://cdn.example/b.jpg,gold,brass,\n"
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_documented_column_under_every_delimiter(
    tmp_path: Path, products: Products, delimiter: str
) -> None:
    import csv
    import io

    rows = list(csv.reader(io.StringIO(LAMP_CSV, newline="")))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    assert products(out.getvalue()) == [LAMP]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("id", "sku"),
        ("Product ID", "sku"),
        ("\ufeffSKU", "sku"),
        ("Name", "title"),
        ("Manufacturer", "brand"),
        ("link", "url"),
        ("EAN", "gtin"),
        ("item-group-id", "item_group"),
    ],
)
def test_aliases(products: Products, header: str, field: str) -> None:
    key = "" if field == "sku" else "sku,"
    value = "" if field == "sku" else "1,"
    (product,) = products(f"{key}{header},colour\n{value}x,red\n")
    assert getattr(product, field) == "x"
    assert product.attributes == {"colour": "red"}


def test_a_fields_own_name_goes_before_its_aliases(products: Products) -> None:
    (product,) = products("id,sku,name,title\n17,A,n,t\n")
    assert (product.sku, product.title) == ("A", "t")
    assert product.attributes == {"id": "17", "name": "n"}


def test_several_image_columns_add_up_in_their_order(products: Products) -> None:
    (product,) = products("sku,image_link,image_2,additional_image_link\n1,a.jpg,b.jpg,a.jpg|c.jpg")
    assert product.images == ("a.jpg", "b.jpg", "c.jpg")


def test_mapping(products: Products) -> None:
    mapping = {"Artikel": "sku", "Bezeichnung": "title", "Farbe": "attr.colour", "foto": "image"}
    (product,) = products("Artikel;Bezeichnung;Farbe;Foto\nA;Lampe;rot;a.jpg\n", mapping=mapping)
    assert product == Product(
        sku="A", title="Lampe", attributes={"colour": "rot"}, images=("a.jpg",)
    )


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"Artikle": "sku"}, 'no column is called "Artikle"; did you mean Artikel'),
        ({"Artikel": "skuu"}, 'no field is called "skuu"; did you mean sku'),
        ({"Artikel": "zzz"}, 'no field is called "zzz"; there are "sku", "title"'),
        ({"Artikel": "sku", "Name": "sku"}, '"Artikel" and "Name" both fill sku'),
    ],
)
def test_a_wrong_mapping_is_refused(read: Read, mapping: dict[str, str], message: str) -> None:
    with pytest.raises(FeedError, match=message):
        read("Artikel,Name,code\nA,n,c\n", mapping=mapping)


def test_a_missing_sku_column_names_what_is_there(read: Read) -> None:
    with pytest.raises(FeedError, match=r'no column for sku; .*"Artikel", "Preis".*--map'):
        read("Artikel,Preis\nA,1\n")


def test_a_feed_without_a_header_is_told_as_a_missing_column(read: Read) -> None:
    with pytest.raises(FeedError, match=r'columns are "A-1", "Lamp", "12.50"'):
        read("A-1,Lamp,12.50\nA-2,Chair,20.00\n")


def test_a_header_alone_has_no_products(read: Read) -> None:
    assert read("sku,title\n") == []


@pytest.mark.parametrize("content", ["", "\n \r\n\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(read: Read, content: str | bytes) -> None:
    with pytest.raises(FeedError, match=r"feed\.csv: the file is empty"):
        read(content)


@pytest.mark.parametrize(
    ("row", "field", "problem"),
    [
        (",Lamp,1,,", "sku", "empty"),
        ("A,Lamp,abc,,", "price", '"abc" is not a price'),
        ("A,Lamp,-1,,", "price", "negative"),
        ("A,Lamp,12 EUR,USD,", "currency", "but the currency is USD"),
        ("A,Lamp,1,,../../etc/passwd", "images", "leads out of the feed's folder"),
        ("A,Lamp,1,,ftp://x/a.jpg", "images", "neither a path nor"),
        ("A,La\0mp,1,,", "title", "can't be stored"),
        ("A,Lamp", "row", "it has 2 cells and the header 5"),
        ("A,Lamp,1,,,x", "row", "it has 6 cells and the header 5"),
        ('A,"Lamp" x,1,,', "row", "a quote isn't closed"),
        (f"A,{'x' * 140_000},1,,", "row", "more than 131072 characters"),
        (f"A,{'x' * (MAX_ROW_CHARS + 10)},1,,", "row", "longer than 1 Mi characters"),
    ],
)
def test_one_bad_row_is_rejected_once_and_its_neighbours_are_read(
    read: Read, row: str, field: str, problem: str
) -> None:
    before, bad, after = read(f"sku,title,price,currency,image\nX,x,1,EUR,\n{row}\nY,y,2,EUR,\n")
    assert isinstance(before, Listed)
    assert before.row == 2
    assert isinstance(bad, Rejection)
    assert (bad.row, bad.field) == (3, field)
    assert problem in bad.problem
    assert str(bad).startswith(f"3: {field}: ")
    assert isinstance(json.loads(bad.raw), dict)
    assert after == Listed(4, Product(sku="Y", title="y", price=Decimal(2), currency="EUR"))


def test_the_rejected_row_is_kept_by_column(rejections: Callable[..., list[Rejection]]) -> None:
    short, wrong, long = rejections("sku,price\nA\nB,abc\nC,1,x\n")
    assert json.loads(short.raw) == {"sku": "A"}
    assert json.loads(wrong.raw) == {"sku": "B", "price": "abc"}
    assert json.loads(long.raw) == {"sku": "C", "price": "1", "": ["x"]}


def test_an_unclosed_quote_costs_one_row(read: Read) -> None:
    rows = "".join(f"S{n},title {n}\n" for n in range(4, 2000))
    items = read(f'sku,title\nA,"never closed\nB,fine\n{rows}')
    assert isinstance(items[0], Rejection)
    assert items[0].row == 2
    assert [item.row for item in items] == list(range(2, 2000))
    assert all(isinstance(item, Listed) for item in items[1:])


@pytest.mark.timeout(120)
def test_a_file_of_nothing_but_opened_quotes_ends(read: Read) -> None:
    items = read("sku,title\n" + 'a"b,"\n' * 600_000)
    assert items
    assert all(isinstance(item, Rejection) for item in items)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_are_numbered_by_the_line_they_begin_on(read: Read, end: str) -> None:
    lines = ["", "sku,title", 'A,"two', 'lines"', "", ",,", "B,b"]
    items = read(end.join(lines))
    assert [item.row for item in items if isinstance(item, Listed)] == [3, 7]


def test_empty_cells_past_the_header_are_no_fault(products: Products) -> None:
    assert products("sku,title,,\nA,a,,\nB,b,,,,\n") == [
        Product(sku="A", title="a"),
        Product(sku="B", title="b"),
    ]


def test_excels_hint_names_the_delimiter(products: Products) -> None:
    assert products("sep=;\nsku;title\nA;a,b\n") == [Product(sku="A", title="a,b")]


def test_one_column_is_enough(products: Products) -> None:
    assert products("sku\nA\nB\n") == [Product(sku="A"), Product(sku="B")]


def test_an_attributes_column_holds_json(products: Products, read: Read) -> None:
    (product,) = products('sku,attributes\nA,"{""colour"": ""red"", ""sizes"": [""S"", ""M""]}"\n')
    assert product.attributes == {"colour": "red", "sizes": ("S", "M")}
    (bad,) = read("sku,attributes\nA,red\n")
    assert isinstance(bad, Rejection)
    assert bad.problem == '"red" is not a JSON object'


NAMES = "sku,title\nA,Söfa naïve\n"


@pytest.mark.parametrize(
    "data",
    [
        NAMES.encode("utf-8"),
        NAMES.encode("utf-8-sig"),
        NAMES.encode("utf-16"),
        b"\xfe\xff" + NAMES.encode("utf-16-be"),
        NAMES.replace("\n", "\r\n").encode("utf-16"),
        NAMES.encode("utf-32"),
    ],
)
def test_encodings_that_need_no_guess(open_written: Callable[..., Feed], data: bytes) -> None:
    feed = open_written(data)
    assert list(feed.read()) == [Listed(2, Product(sku="A", title="Söfa naïve"))]
    assert feed.notes == ()


def test_lines_that_are_no_utf8_are_read_as_windows_1252(
    open_written: Callable[..., Feed],
) -> None:
    data = b"sku,title\n" + "A,Söfa\n".encode() + "B,Söfa 5 €\n".encode("windows-1252")
    feed = open_written(data)
    titles = [item.product.title for item in feed.read() if isinstance(item, Listed)]
    assert titles == ["Söfa", "Söfa 5 €"]
    (note,) = feed.notes
    assert note.startswith("1 line (the first is 3) not UTF-8: read as windows-1252; say --enc")


def test_an_encoding_that_is_named_is_used(products: Products) -> None:
    data = NAMES.encode("cp437")
    assert products(data, encoding="cp437")[0].title == "Söfa naïve"
    assert products(NAMES.encode("utf-16-le"), encoding="utf-16-le")[0].title == "Söfa naïve"


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        (NAMES.encode("latin-1"), "utf-8", r"feed\.csv:2: not utf-8: .*--encoding"),
        (NAMES.encode("latin-1"), "ascii", "not ascii"),
        (NAMES.encode(), "klingon", 'unknown encoding "klingon"'),
        (NAMES.encode(), "hex", 'unknown encoding "hex"'),
        (NAMES.encode("utf-16-le"), None, "say --encoding utf-16-le"),
    ],
)
def test_a_wrong_encoding_is_refused(
    read: Read, data: bytes, encoding: str | None, message: str
) -> None:
    with pytest.raises(FeedError, match=message):
        read(data, encoding=encoding)


def test_reading_is_lazy_and_can_be_repeated(open_written: Callable[..., Feed]) -> None:
    feed = open_written("sku,title\n" + "".join(f"{n},title\n" for n in range(50_000)))
    reading = feed.read()
    assert next(reading) == Listed(2, Product(sku="0", title="title"))
    assert 0 < feed.position < feed.size / 10
    assert sum(1 for _ in feed.read()) == 50_000
    assert feed.position == feed.size == feed.path.stat().st_size


def test_the_root_is_the_folder_of_the_file(
    open_written: Callable[..., Feed], tmp_path: Path
) -> None:
    feed = open_written("sku\nA\n")
    assert feed.root == tmp_path.resolve()
    assert open_feed(Path("tests/../pyproject.toml").parent).root.is_absolute()
