from __future__ import annotations

import csv
import io
import json
import tempfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.catalog.feeds import Listed, open_feed
from vsearch.catalog.feeds.fields.currency import CURRENCIES
from vsearch.catalog.product import Availability, Product

# Without control characters, half surrogate pairs and blanks at either end, which no
# reader keeps.
CHARACTERS = st.characters(exclude_categories=["Cc", "Cs"])
WORDS = st.text(CHARACTERS, max_size=20).map(str.strip)
NAMES = WORDS.filter(bool)
PARAGRAPHS = st.lists(WORDS, max_size=3).map("\n".join).map(str.strip)
KEYS = st.sampled_from(["colour", "material", "size", "Größe", "legs"])
PATHS = st.lists(
    st.text("abc ÄÖ,;'\"_-(|#", min_size=1, max_size=8).map(str.strip).filter(bool),
    min_size=1,
    max_size=3,
).map("/".join)
IMAGES = PATHS.map(lambda path: f"{path}.jpg") | st.sampled_from(
    ["https://cdn.example/a.jpg?w=1,2", "http://127.0.0.1:8000/ä b.png"]
)
SCALARS = st.integers(-(10**9), 10**9) | st.booleans() | st.floats(-1e9, 1e9).map(lambda x: x + 0.0)
LISTS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)


def products_with(attributes: st.SearchStrategy[object]) -> st.SearchStrategy[Product]:
    return st.builds(
        Product,
        sku=NAMES,
        title=WORDS,
        description=PARAGRAPHS,
        brand=WORDS,
        category=st.lists(NAMES, max_size=3).map(tuple),
        price=st.none() | st.decimals(0, 10**12 - 1, places=2),
        currency=st.none() | st.sampled_from(sorted(CURRENCIES)),
        availability=st.none() | st.sampled_from(Availability),
        url=st.sampled_from(["", "https://shop.example/p?a=1&b=ä", "/p/1"]),
        gtin=st.sampled_from(["", "4006381333931", "0012345678905"]),
        item_group=WORDS,
        attributes=st.dictionaries(KEYS, attributes, max_size=3),
        images=st.lists(IMAGES, max_size=3, unique=True).map(tuple),
    )


def record(product: Product) -> dict[str, object]:
    """The product under the documented column names, as JSON has it."""
    return {
        "sku": product.sku,
        "title": product.title,
        "description": product.description,
        "brand": product.brand,
        "category": list(product.category),
        "price": None if product.price is None else str(product.price),
        "currency": product.currency,
        "availability": product.availability,
        "url": product.url,
        "gtin": product.gtin,
        "item_group": product.item_group,
        "images": list(product.images),
        "attributes": {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in product.attributes.items()
        },
    }


def read_back(data: bytes, expected_format: str) -> list[Product]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed"
        path.write_bytes(data)
        feed = open_feed(path)
        items = list(feed.read())
        assert feed.format == expected_format
        assert all(isinstance(item, Listed) for item in items), items
        return [item.product for item in items if isinstance(item, Listed)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(products_with(NAMES | SCALARS | LISTS), min_size=1, max_size=4),
    st.sampled_from([(",", "csv"), (";", "csv"), ("|", "csv"), ("\t", "tsv")]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_csv_and_tsv(
    products: list[Product], delimiter: tuple[str, str], encoding: str, end: str
) -> None:
    out = io.StringIO(newline="")
    records = [record(product) for product in products]
    writer = csv.DictWriter(out, list(records[0]), delimiter=delimiter[0], lineterminator=end)
    writer.writeheader()
    for row in records:
        nested = {key: json.dumps(row[key]) for key in ("category", "images", "attributes")}
        writer.writerow({**row, **nested})
    assert read_back(out.getvalue().encode(encoding), delimiter[1]) == products


@settings(max_examples=60, deadline=None)
@given(
    st.lists(products_with(NAMES | SCALARS | LISTS), min_size=1, max_size=4),
    st.booleans(),
)
def test_json_lines(products: list[Product], ascii_only: bool) -> None:
    lines = [json.dumps(record(product), ensure_ascii=ascii_only) for product in products]
    assert read_back("\n".join(lines).encode(), "jsonl") == products


@settings(max_examples=30, deadline=None)
@given(st.lists(products_with(NAMES), min_size=1, max_size=4))
def test_parquet(products: list[Product]) -> None:
    records = [
        {**record(product), "attributes": list(product.attributes.items())} for product in products
    ]
    text_list = pa.list_(pa.string())
    kinds = {
        "category": text_list,
        "images": text_list,
        "attributes": pa.map_(pa.string(), pa.string()),
    }
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in records[0]])
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records, schema), out)
    assert read_back(out.getvalue(), "parquet") == products


@pytest.mark.parametrize("price", [0.1, 12.5, 19.99, 1234567.89, 0.0001, 999999999999.0])
def test_prices_as_numbers(price: float) -> None:
    (product,) = read_back(json.dumps({"sku": "A", "price": price}).encode(), "jsonl")
    assert product.price == Decimal(str(price))
