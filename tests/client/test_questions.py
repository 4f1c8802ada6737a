"""What a client sends is read by the service as the very query it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.api.schemas.query import MAX_K, QueryIn
from vsearch.client.questions import boost_text, query_json
from vsearch.images.box import Box
from vsearch.searching.boost import Boost, Fresh, High, Holds, parse_boost
from vsearch.searching.query import MAX_DEPTH, Example, Grouping, Query
from vsearch.settings import Settings

texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
shares = st.floats(0.01, 1)
boxes = st.builds(Box, shares, shares, shares, shares)
weights = st.floats(0.01, 100)
pictures = st.binary(min_size=1, max_size=40)
examples = st.one_of(
    st.builds(Example, sku=texts, weight=weights),
    st.builds(Example, text=texts, weight=weights),
    st.builds(Example, image=pictures, box=st.none() | boxes, weight=weights),
)
boosts = st.builds(
    Boost,
    st.floats(-1, 1).filter(bool),
    st.one_of(
        st.sampled_from(["available", 'brand = "Acme"', "price<50"]).map(Holds),
        st.builds(High, st.sampled_from(["price", "attr.sold"]), st.floats(1e-6, 1e9)),
        st.builds(Fresh, st.floats(1e-3, 1e4)),
    ),
)
queries = st.builds(
    Query,
    sku=st.none() | texts,
    text=st.none() | texts,
    like=st.lists(examples, min_size=1, max_size=3).map(tuple),
    unlike=st.lists(examples, max_size=2).map(tuple),
    words=texts | st.just(""),
    where=texts | st.just(""),
    k=st.integers(1, MAX_K),
    offset=st.integers(0, MAX_DEPTH - MAX_K),
    group=st.sampled_from(Grouping),
    collapse=st.booleans(),
    diversity=st.floats(0, 1),
    boosts=st.lists(boosts, max_size=2).map(tuple),
    min_confidence=st.floats(0, 1),
    facets=st.lists(texts, max_size=3, unique=True).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(queries, st.none() | pictures, st.none() | boxes)
def test_the_service_reads_the_same_query(query: Query, photo: bytes | None, box: Box) -> None:
    if photo is not None:
        query = replace(query, image=photo, box=box)
    sent = json.loads(json.dumps(query_json(query, Settings())))
    assert QueryIn.model_validate(sent).query([] if photo is None else [photo]) == query


def test_what_only_one_picture_takes_is_sent_too() -> None:
    for query in (Query(image=b"picture", regions=3), Query(image=b"picture", rerank=True)):
        sent = query_json(query, Settings())
        assert QueryIn.model_validate(sent).query([b"picture"]) == query


@settings(max_examples=60, deadline=None)
@given(boosts)
def test_a_boost_is_written_as_it_is_read(boost: Boost) -> None:
    assert parse_boost(boost_text(boost)) == boost


def test_what_is_usual_is_left_out() -> None:
    sent = query_json(Query(sku="A"), Settings())
    assert "like" not in sent
    assert "where" not in sent
    assert "box" not in sent


@pytest.mark.parametrize("field", ["like", "unlike"])
def test_pictures_of_examples_go_with_the_json(field: str) -> None:
    query = Query(sku="A", **{field: (Example(image=b"x", box=Box(0, 0, 0.5, 1), weight=2.0),)})
    assert query_json(query, Settings())[field] == [
        {"image": {"data": "eA=="}, "box": [0, 0, 0.5, 1], "weight": 2.0}
    ]
