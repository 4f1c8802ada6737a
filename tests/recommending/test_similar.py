"""What looks like a product, against the embeddings themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vsearch import Collection, ProductChange, ProductNotFound, Query, QueryError, Settings
from vsearch.catalog.product import Product
from vsearch.recommending.asked import CategoryScope, SimilarTo
from vsearch.recommending.similar import similar_query


@pytest.fixture(scope="module")
def same_from(quiet: Collection) -> float:
    with quiet._searcher.reading() as reading:
        return reading.same_from


@pytest.fixture(scope="module")
def exported(quiet: Collection) -> dict[str, Any]:
    return {one.product.sku: one for one in quiet.export(embeddings=True)}


def by_hand(exported: dict[str, Any], sku: str, same_from: float) -> dict[str, float]:
    """Every other product with the cosine of its best picture, the best first."""
    own = exported[sku]
    scores = {}
    for other, one in exported.items():
        group = own.product.item_group
        if other == sku or (group and group == one.product.item_group):
            continue
        score = float((own.embeddings @ one.embeddings.T).max())
        if score < same_from:
            scores[other] = score
    return dict(sorted(scores.items(), key=lambda pair: -pair[1]))


@pytest.mark.parametrize("sku", ["STA-BOO-001", "FAS-MSH-001", "TOY-VEH-003", "GRO-APL-001"])
def test_it_is_what_the_embeddings_say(
    quiet: Collection, exported: dict[str, Any], same_from: float, sku: str
) -> None:
    expected = by_hand(exported, sku, same_from)
    found = quiet.recommender.similar(SimilarTo(sku, k=300)).hits
    assert {hit.sku for hit in found} == set(expected)
    scores = [hit.score for hit in found]
    np.testing.assert_allclose(scores, [expected[hit.sku] for hit in found], atol=1e-5)
    np.testing.assert_allclose(scores, sorted(expected.values(), reverse=True), atol=1e-5)


def test_variants_are_left_out_and_shown_where_one_asks_for_them(quiet: Collection) -> None:
    found = quiet.recommender.similar(SimilarTo("STA-BOO-001", k=300)).hits
    assert not {hit.sku for hit in found} & {f"STA-BOO-00{n}" for n in range(1, 5)}
    # A plain query by SKU finds them first.
    assert "STA-BOO-002" in {hit.sku for hit in quiet.query(sku="STA-BOO-001", k=10)}


def test_filters_take_away_and_change_nothing_else(quiet: Collection) -> None:
    similar = quiet.recommender.similar
    every = similar(SimilarTo("FAS-MSH-001", k=300)).hits
    own = quiet.product("FAS-MSH-001")
    assert own.price is not None
    for asked, kept in (
        ({"where": "price < 30"}, lambda p: p.price < 30),
        ({"category": CategoryScope.SAME}, lambda p: p.category == own.category),
        ({"category": CategoryScope.OTHER}, lambda p: p.category != own.category),
        ({"in_stock": True}, lambda p: p.availability == "in_stock"),
        ({"price_band": 0.25}, lambda p: abs(p.price / own.price - 1) <= 0.25),
        (
            {"where": "price < 80 OR brand = x", "in_stock": True, "price_band": 0.5},
            lambda p: p.price < 80 and p.availability == "in_stock" and p.price >= own.price / 2,
        ),
    ):
        found = similar(SimilarTo("FAS-MSH-001", k=300, **asked)).hits
        assert [hit.sku for hit in found] == [hit.sku for hit in every if kept(hit.product)]


def test_pages_are_parts_of_one_order(quiet: Collection) -> None:
    similar = quiet.recommender.similar
    for options in ({}, {"where": "available"}, {"diversity": 0.4}):
        asked = SimilarTo("STA-BOO-001", k=12, **options)
        parts = [similar(replace(asked, k=4, offset=start)).hits for start in (0, 4, 8)]
        together = [hit.sku for part in parts for hit in part]
        assert together == [hit.sku for hit in similar(asked).hits]
        assert [hit.rank for part in parts for hit in part] == list(range(1, 13))


def test_facets_count_what_may_be_found(quiet: Collection) -> None:
    result = quiet.recommender.similar(SimilarTo("STA-BOO-001", k=5, facets=("brand",)))
    found = quiet.recommender.similar(SimilarTo("STA-BOO-001", k=200)).hits
    counted = {value.value: value.count for value in result.facets["brand"]}
    assert counted["Quillmere"] == sum(hit.product.brand == "Quillmere" for hit in found)


def test_a_product_that_isnt_there(quiet: Collection) -> None:
    with pytest.raises(ProductNotFound, match="NOPE"):
        quiet.recommender.similar(SimilarTo("NOPE"))
    with pytest.raises(QueryError, match="price_band = 0"):
        SimilarTo("STA-BOO-001", price_band=0)
    with pytest.raises(QueryError, match="apart"):
        Query(sku="STA-BOO-001", apart=True, words="linen")


def test_without_a_price_there_is_no_band_and_a_category_may_be_empty() -> None:
    bare = Product("X")
    assert similar_query(SimilarTo("X", price_band=0.5), bare).where == ""
    same = SimilarTo("X", category=CategoryScope.SAME)
    assert similar_query(same, bare).where == "category IS EMPTY"
    odd = Product("X", category=('Say "cheese"', "A\\B"))
    assert similar_query(same, odd).where == 'category = "Say \\"cheese\\" > A\\\\B"'


@pytest.fixture(scope="module")
def with_copies(copy_sample: Callable[[], Path]) -> Iterator[Collection]:
    """The sample with the men's shoe listed twice more, once in a category of its own."""
    with Collection.open(copy_sample(), settings=Settings(device="cpu")) as collection:
        own = collection.product("FAS-MSH-001")
        picture = collection.image(collection.stored_product(own.sku).images[0].content_hash)
        saved_anew = BytesIO()
        shown = Image.open(BytesIO(picture)).convert("RGBA")
        white = Image.new("RGBA", shown.size, "white")
        Image.alpha_composite(white, shown).convert("RGB").save(saved_anew, "JPEG", quality=92)
        collection.put(
            [
                ProductChange(replace(own, sku="COPY-1", images=()), (picture,)),
                ProductChange(
                    replace(own, sku="COPY-2", images=(), category=('Odd "things" & more',)),
                    (saved_anew.getvalue(),),
                ),
            ]
        )
        yield collection


def test_near_identical_listings_are_left_out_with_every_filter(with_copies: Collection) -> None:
    similar = with_copies.recommender.similar
    for options in ({}, {"category": CategoryScope.OTHER}, {"where": "sku:COPY-*"}):
        found = similar(SimilarTo("FAS-MSH-001", k=300, **options)).hits
        assert not [hit.sku for hit in found if hit.sku.startswith("COPY")]
    assert not similar(SimilarTo("COPY-2", category=CategoryScope.SAME)).hits
    assert len(similar(SimilarTo("COPY-2", category=CategoryScope.OTHER)).hits) == 10
