"""What a client asks of a recommender arrives as it was, and what comes back are its records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client.test_questions import boosts, texts
from tests.service import serving
from vsearch import Collection, errors
from vsearch.access.scope import Scope
from vsearch.api.schemas.query import MAX_K
from vsearch.api.schemas.recommend import GoesWithIn, PopularIn, RecommendIn, SimilarIn
from vsearch.client.reading_client import ReadingClient
from vsearch.client.recommendation_answers import read_recommendations
from vsearch.client.recommendation_questions import (
    goes_with_params,
    popular_params,
    shopper_json,
    similar_params,
)
from vsearch.errors import ServiceError
from vsearch.events.event import Event, EventKind
from vsearch.recommending.asked import CategoryScope, ForShopper, GoesWith, Popular, SimilarTo
from vsearch.searching.query import MAX_DEPTH, Grouping

GUITAR = "MUS-STR-001"
BAG = "FAS-BAG-003"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

shares = st.floats(0, 1)
moments = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
ks = st.integers(1, MAX_K)
several = st.lists(texts, max_size=3).map(tuple)
tendencies = st.lists(boosts, max_size=2).map(tuple)
printable = texts.filter(str.isprintable)

shoppers = st.builds(
    ForShopper,
    user_id=texts | st.just(""),
    session_id=texts | st.just(""),
    history=st.lists(
        st.builds(Event, st.sampled_from(EventKind), printable, st.none() | moments), max_size=3
    ).map(tuple),
    like=several,
    unlike=several,
    k=ks,
    where=texts | st.just(""),
    in_stock=st.booleans(),
    seen=st.booleans(),
    interests=st.integers(1, 10),
    half_life_days=st.floats(0.01, 36_500),
    diversity=shares,
    boosts=tendencies,
    seed=st.integers(0, 2**32 - 1),
    at=st.none() | moments,
)
likes = st.builds(
    SimilarTo,
    sku=texts,
    k=ks,
    offset=st.integers(0, MAX_DEPTH - MAX_K),
    where=texts | st.just(""),
    category=st.sampled_from(CategoryScope),
    price_band=st.none() | st.floats(0.01, 10),
    in_stock=st.booleans(),
    group=st.sampled_from(Grouping),
    collapse=st.booleans(),
    diversity=shares,
    boosts=tendencies,
    min_confidence=shares,
    facets=st.lists(texts, max_size=3, unique=True).map(tuple),
)
baskets = st.builds(
    GoesWith,
    skus=st.lists(texts, min_size=1, max_size=4, unique=True).map(tuple),
    k=ks,
    where=texts | st.just(""),
    in_stock=st.booleans(),
    each_category=st.integers(0, MAX_K),
    boosts=tendencies,
)


def on_the_way(params: dict[str, Any]) -> dict[str, Any]:
    """A query string as the service has it: texts, or lists of them."""
    sent = httpx.QueryParams(params)
    return {
        name: sent.get_list(name) if isinstance(params[name], list) else sent[name] for name in sent
    }


@settings(max_examples=40, deadline=None)
@given(shoppers)
def test_a_shoppers_question_arrives_as_it_was(asked: ForShopper) -> None:
    sent = json.loads(json.dumps(shopper_json(asked)))
    assert RecommendIn.model_validate(sent).for_shopper() == asked


@settings(max_examples=40, deadline=None)
@given(likes, baskets)
def test_questions_in_an_address_arrive_as_they_were(likeness: SimilarTo, basket: GoesWith) -> None:
    sent = SimilarIn.model_validate(on_the_way(similar_params(likeness)))
    assert sent.similar_to(likeness.sku) == likeness
    completed = GoesWithIn.model_validate(on_the_way(goes_with_params(basket)))
    assert completed.goes_with(basket.skus[0]) == basket
    wanted = Popular(basket.k, basket.where, basket.in_stock)
    assert PopularIn.model_validate(on_the_way(popular_params(wanted))).popular() == wanted


@pytest.mark.parametrize("content", [{}, [], "text", None, {"hits": 3}, {"hits": [{}]}])
def test_what_is_no_recommendation_is_said_to_be_none(content: Any) -> None:
    with pytest.raises(ServiceError, match="the answer isn't one of a vsearch service"):
        read_recommendations(content, "http://shop.example")


@pytest.fixture(scope="module")
def collection(copy_sample: Callable[[], Any]) -> Iterator[Collection]:
    with Collection.open(copy_sample()) as opened:
        opened.events.add(
            [
                Event(EventKind.PURCHASE, BAG, NOW, user_id="ann", session_id="s"),
                Event(EventKind.PURCHASE, "SPO-FIT-001", NOW, user_id="ann", session_id="s"),
            ]
        )
        yield opened


@pytest.fixture(scope="module")
def url(collection: Collection) -> Iterator[str]:
    with serving(collection.folder) as live:
        yield live.url


@pytest.fixture(scope="module")
def client(url: str, collection: Collection) -> Iterator[ReadingClient]:
    with ReadingClient(url, key=collection.keys.create("r", Scope.READ)[1].text) as opened:
        yield opened


def test_recommendations_are_the_collections_records(
    client: ReadingClient, collection: Collection
) -> None:
    here = collection.recommender
    shopper = ForShopper(user_id="ann", history=(Event(EventKind.VIEW, GUITAR, NOW),), k=6, at=NOW)
    for found, wanted in (
        (client.recommend(shopper), here.recommend(shopper)),
        (client.complete(GoesWith((GUITAR, BAG))), here.complete(GoesWith((GUITAR, BAG)))),
        (client.popular(Popular(k=4)), here.popular(Popular(k=4))),
    ):
        assert found.hits
        assert [(one.hit.sku, one.basis, one.because) for one in found.hits] == [
            (one.hit.sku, one.basis, one.because) for one in wanted.hits
        ]
        for one, other in zip(found.hits, wanted.hits, strict=True):
            assert one.hit.score == pytest.approx(other.hit.score, abs=1e-6)
            assert one.hit.image == f"{client.url}/v1/images/{other.hit.content_hash}"
        assert [one.skus for one in found.interests] == [one.skus for one in wanted.interests]
        shares = [one.share for one in wanted.interests]
        assert [one.share for one in found.interests] == pytest.approx(shares, abs=1e-4)
        assert (found.unknown, found.why_nothing) == (wanted.unknown, wanted.why_nothing)
        assert found.query_id
        assert found.generation == 1


def test_similar_products_are_the_collections(
    client: ReadingClient, collection: Collection
) -> None:
    asked = SimilarTo(GUITAR, k=4, category=CategoryScope.OTHER, in_stock=True)
    found, wanted = client.similar(asked), collection.recommender.similar(asked)
    assert [hit.sku for hit in found.hits] == [hit.sku for hit in wanted.hits]
    with pytest.raises(errors.ProductNotFound, match='no product has the SKU "NO/SUCH"'):
        client.similar(replace(asked, sku="NO/SUCH"))


def test_products_that_are_gone_are_named(client: ReadingClient, collection: Collection) -> None:
    asked = GoesWith(("GONE-1", "GONE/2"))
    found = client.complete(asked)
    assert (found.hits, found.unknown) == ((), asked.skus)
    assert found.unknown == collection.recommender.complete(asked).unknown
    assert found.why_nothing
    assert client.complete(GoesWith(("GONE-1", BAG))).unknown == ("GONE-1",)


def test_who_has_no_key_may_not_ask_what_is_kept(url: str) -> None:
    with ReadingClient(url) as nobody, pytest.raises(errors.AccessDenied):
        nobody.recommend(ForShopper(user_id="ann"))
