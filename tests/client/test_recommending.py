"""What a client asks of a recommender arrives as it was; ``tests/api/test_recommend.py`` asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client.test_questions import boosts, texts
from vsearch.api.schemas.query import MAX_K
from vsearch.api.schemas.recommend import GoesWithIn, PopularIn, RecommendIn, SimilarIn
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
    fresh=st.floats(0, 1),
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
