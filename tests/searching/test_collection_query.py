"""``Collection.query`` by SKU: nothing is encoded, and the product itself is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vsearch import Collection, Product, ProductNotFound, Query, QueryError, Settings

Draw = Callable[..., np.ndarray]


@pytest.fixture
def collection(make_shop, drawn: Draw):
    rows = drawn(6)
    shop = make_shop(
        {
            "CUP": ["cup/0.jpg", "cup-side/0.jpg"],
            "CUP-COPY": ["cup/1.jpg"],
            "PLATE": ["plate/0.jpg"],
            "BARE": [],
            "UNREAD": ["nobody-has-seen-it/0.jpg"],
        },
        {"cup": rows[0], "cup-side": rows[1], "plate": rows[2]},
    )
    shop.publish()
    with Collection.open(shop.layout.folder, settings=Settings()) as opened:
        yield opened


def test_the_product_itself_is_not_among_its_hits(collection: Collection) -> None:
    for k in (1, 2, 10):
        hits = collection.query(sku="CUP", k=k)
        assert [hit.sku for hit in hits] == ["CUP-COPY", "PLATE"][:k]
        assert hits[0].score == pytest.approx(1, abs=1e-6)


def test_every_image_of_the_product_asks(collection: Collection, make_shop, drawn: Draw) -> None:
    rows = drawn(6)
    by_side = float(rows[1] @ rows[2])
    by_front = float(rows[0] @ rows[2])
    hit = collection.query(sku="CUP", k=2)[1]
    assert hit.score == pytest.approx(max(by_side, by_front), abs=1e-6)


@pytest.mark.parametrize("sku", ["BARE", "UNREAD"])
def test_a_product_without_a_usable_image_has_no_neighbours(
    collection: Collection, sku: str
) -> None:
    assert collection.query(sku=sku) == []


@pytest.mark.parametrize("sku", ["cup", "", "CUP ", "%"])
def test_an_unknown_sku_is_named(collection: Collection, sku: str) -> None:
    with pytest.raises(ProductNotFound, match=f'no product has the SKU "{sku}"'):
        collection.query(sku=sku)
    with pytest.raises(ProductNotFound, match=f'no product has the SKU "{sku}"'):
        collection.product(sku)


def test_a_hit_speaks_for_its_product(collection: Collection) -> None:
    hit = collection.query(sku="PLATE", k=1)[0]
    product = collection.product(hit.sku)
    assert isinstance(product, Product)
    assert hit.product == product
    assert (hit.title, hit.price, hit.currency, hit.url) == (
        product.title,
        product.price,
        product.currency,
        product.url,
    )
    assert Path(hit.image).is_absolute()


def test_search_takes_the_question_as_a_record(collection: Collection) -> None:
    result = collection.search(Query(sku="CUP", k=1))
    assert list(result.hits) == collection.query(sku="CUP", k=1)


@pytest.mark.parametrize("k", [0, -1, 10_001])
def test_k_out_of_range_is_named(collection: Collection, k: int) -> None:
    with pytest.raises(QueryError, match=f"k = {k}: ask for 1 to 10000 products"):
        collection.query(sku="CUP", k=k)


@pytest.mark.parametrize("asked", [{}, {"sku": "CUP", "image": b"x"}])
def test_a_query_takes_exactly_one_of_image_and_sku(collection: Collection, asked: dict) -> None:
    with pytest.raises(QueryError, match="exactly one of the two"):
        collection.query(**asked)


def test_a_query_by_sku_loads_no_encoder(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the encoder was loaded")

    monkeypatch.setattr("vsearch.encoder.load.load_spec", refuse)
    assert collection.query(sku="CUP", k=1)
    with pytest.raises(AssertionError, match="the encoder was loaded"):
        collection.query(image=b"anything")
