"""What a service says of a result is read as that result."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from vsearch import Availability, Box, Hit, Product, Region, Result
from vsearch.api.schemas.answer import answer_out
from vsearch.calibration.category import CategoryGuess
from vsearch.catalog.facet_value import FacetValue
from vsearch.client.answers import Answer, read_answer, read_product
from vsearch.client.jobs import read_job
from vsearch.client.service import read_status
from vsearch.errors import ServiceError

URL = "http://search.example/shop"
HASH = "0f" * 32


def hit(rank: int, **changes: object) -> Hit:
    product = Product(
        sku=f"SKU {rank}",
        title="Shoe",
        brand="Acme",
        category=("Shoes", "Trainers"),
        price=Decimal("12.50"),
        currency="EUR",
        availability=Availability.PREORDER,
        url="https://shop.example/1",
        item_group="shoe",
    )
    found = Hit(
        rank=rank,
        score=0.5,
        product=product,
        image=f"{URL}/v1/images/{HASH}",
        image_id=0,
        content_hash=HASH,
        confidence=0.25,
        boost=0.125,
        also=("A", "B"),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


GUESSES = (CategoryGuess(("Shoes",), 0.75), CategoryGuess(("Shoes", "Trainers"), 0.5))
RESULT = Result(
    hits=(
        hit(1),
        hit(2, image="", content_hash="", confidence=None),
        hit(3, product=Product("bare"), also=()),
    ),
    nothing_alike=True,
    categories=GUESSES,
    facets={"brand": (FacetValue("Acme", 3, 'brand = "Acme"'),)},
    regions=(
        Region(Box(0.25, 0, 0.5, 1), (hit(1),), False, GUESSES),
        Region(Box(0, 0, 1, 1), (), True),
    ),
)


def served(result: Result, why_nothing: str | None = None) -> dict[str, object]:
    out = answer_out(
        result,
        why_nothing=why_nothing,
        query_id="query-1",
        explanations=[],
        products=7,
        generation=3,
        took_s=0.0125,
    )
    found: dict[str, object] = json.loads(out.model_dump_json())
    return found


def test_a_result_arrives_whole() -> None:
    read = read_answer(served(RESULT), URL)
    assert read == Answer(
        **{name: getattr(RESULT, name) for name in Result.__slots__},
        query_id="query-1",
        products=7,
        generation=3,
        took_ms=12.5,
    )
    assert read.likeliest_category == RESULT.likeliest_category


def test_an_answer_without_hits_says_why() -> None:
    assert read_answer(served(Result(hits=()), "too dear"), URL).why_nothing == "too dear"


@pytest.mark.parametrize("read", [read_answer, read_product, read_job, read_status])
@pytest.mark.parametrize("content", [{}, [], "text", None, {"hits": 3}, {"id": 1, "progress": 2}])
def test_what_is_no_answer_of_ours_is_said_to_be_none(read: object, content: object) -> None:
    with pytest.raises(ServiceError, match=f"{URL}: the answer isn't one of a vsearch service"):
        read(content, URL)  # type: ignore[operator]
