"""What a recommender answers over HTTP is what the collection's own answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from vsearch import Collection, Settings, errors
from vsearch.access.scope import Scope
from vsearch.client.reading_client import ReadingClient
from vsearch.events.event import Event, EventKind
from vsearch.recommending.asked import CategoryScope, ForShopper, GoesWith, Popular, SimilarTo
from vsearch.recommending.recommended import Recommendations
from vsearch.searching.boost import parse_boost
from vsearch.service_settings import Anonymous, ServiceSettings

GUITAR = "MUS-STR-001"
BAG = "FAS-BAG-003"
LIKED = ["GRO-APL-001", "SPO-FIT-001"]
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

#: Somebody who bought, and somebody whose order came without a name.
EVENTS = [
    Event(EventKind.VIEW, GUITAR, NOW - timedelta(days=3), user_id="ann", session_id="a1"),
    Event(EventKind.PURCHASE, BAG, NOW - timedelta(days=2), user_id="ann", session_id="a2"),
    Event(EventKind.PURCHASE, BAG, NOW - timedelta(days=2), session_id="order-17"),
    Event(EventKind.PURCHASE, "SPO-FIT-001", NOW - timedelta(days=2), session_id="order-17"),
    Event(EventKind.VIEW, "GONE-1", NOW - timedelta(days=1), user_id="ann", session_id="a3"),
]


@pytest.fixture(scope="module")
def shop(copy_sample: Callable[[], Any], serve: Any) -> Iterator[tuple[str, Collection, str]]:
    """A public service: where it is, its collection, and a key that reads."""
    folder = copy_sample()
    with Collection.open(folder, settings=Settings(device="cpu")) as opened:
        opened.events.add(EVENTS)
        key = opened.keys.create("shop", Scope.READ)[1].text
        public = ServiceSettings(anonymous=Anonymous.READ, per_minute=0)
        with serve(folder, public) as live:
            yield live.url, opened, key


@pytest.fixture
def http(shop: tuple[str, Collection, str]) -> Iterator[httpx.Client]:
    url, _, key = shop
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def visitor(shop: tuple[str, Collection, str]) -> Iterator[httpx.Client]:
    """Somebody without a key."""
    with httpx.Client(base_url=shop[0], timeout=30) as client:
        yield client


@pytest.fixture
def local(shop: tuple[str, Collection, str]) -> Collection:
    return shop[1]


def skus(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [hit["sku"] for hit in answer.json()["hits"]]


def assert_same(answer: httpx.Response, wanted: Recommendations) -> None:
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [(hit["sku"], hit["basis"], hit["because"]) for hit in told["hits"]] == [
        (one.hit.sku, one.basis, list(one.because)) for one in wanted.hits
    ]
    assert [hit["rank"] for hit in told["hits"]] == [*range(1, len(wanted.hits) + 1)]
    assert told["unknown"] == list(wanted.unknown)
    assert told["why_nothing"] == wanted.why_nothing
    assert told["query_id"] == answer.headers["x-request-id"]
    assert told["generation"] == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"k": 5},
        {"k": 5, "offset": 3},
        {"category": "same", "k": 3},
        {"category": "other", "k": 3, "diversity": 0.3},
        {"price_band": 0.5, "in_stock": True, "k": 4},
        {"where": "price < 20", "boosts": ["0.1 available"], "facets": ["brand"]},
    ],
    ids=str,
)
def test_similar_products_are_the_collections(
    http: httpx.Client, local: Collection, asked: dict[str, Any]
) -> None:
    answer = http.get(f"/v1/products/{GUITAR}/similar", params=asked)
    wanted = local.recommender.similar(
        SimilarTo(
            GUITAR,
            **asked
            | {
                "category": CategoryScope(asked.get("category", "any")),
                "boosts": tuple(parse_boost(one) for one in asked.get("boosts", ())),
                "facets": tuple(asked.get("facets", ())),
            },
        )
    )
    assert skus(answer) == [hit.sku for hit in wanted.hits]
    assert GUITAR not in skus(answer)
    assert set(answer.json()["facets"]) == set(asked.get("facets", ()))


def test_nothing_similar_has_a_reason(http: httpx.Client) -> None:
    params: dict[str, Any] = {"price_band": 0.01, "category": "same", "where": "price > 1000000"}
    told = http.get(f"/v1/products/{GUITAR}/similar", params=params).json()
    assert told["hits"] == []
    assert "is of its category and costs within 1% of it and passes" in told["why_nothing"]


def test_what_goes_with_products_is_the_collections(http: httpx.Client, local: Collection) -> None:
    for others in ((), (BAG,), (BAG, "NO-SUCH")):
        answer = http.get(
            f"/v1/products/{GUITAR}/goes-with",
            params={"with": others, "k": 6, "each_category": 2, "where": "price < 100"},
        )
        wanted = local.recommender.complete(
            GoesWith((GUITAR, *others), k=6, each_category=2, where="price < 100")
        )
        assert_same(answer, wanted)
        assert "interests" not in answer.json()
        assert not {GUITAR, *others} & set(skus(answer))


def test_what_is_popular_is_the_collections(http: httpx.Client, local: Collection) -> None:
    answer = http.get("/v1/popular", params={"k": 4, "in_stock": True})
    assert_same(answer, local.recommender.popular(Popular(k=4, in_stock=True)))
    assert skus(answer)[0] == BAG
    assert answer.json()["hits"][0]["basis"] == "popular"


def test_a_history_that_is_sent_along(visitor: httpx.Client, local: Collection) -> None:
    moment = NOW - timedelta(hours=1)
    body = {
        "history": [
            {"sku": GUITAR, "at": moment.isoformat()},
            {"kind": "purchase", "sku": BAG, "at": moment.isoformat()},
            {"sku": "GONE-1", "at": moment.isoformat()},
        ],
        "like": LIKED,
        "unlike": ["MUS-STR-002"],
        "k": 8,
        "interests": 3,
        "half_life_days": 7,
        "fresh": 0.2,
        "diversity": 0.2,
        "boosts": ["0.05 available"],
        "where": "price < 500",
        "seed": 5,
        "at": NOW.isoformat(),
    }
    wanted = local.recommender.recommend(
        ForShopper(
            history=(
                Event(EventKind.VIEW, GUITAR, moment),
                Event(EventKind.PURCHASE, BAG, moment),
                Event(EventKind.VIEW, "GONE-1", moment),
            ),
            like=tuple(LIKED),
            unlike=("MUS-STR-002",),
            k=8,
            interests=3,
            half_life_days=7.0,
            fresh=0.2,
            diversity=0.2,
            boosts=(parse_boost("0.05 available"),),
            where="price < 500",
            seed=5,
            at=NOW,
        )
    )
    answer = visitor.post("/v1/recommend", json=body)
    assert_same(answer, wanted)
    told = answer.json()
    assert told["unknown"] == ["GONE-1"]
    assert [one["skus"] for one in told["interests"]] == [list(o.skus) for o in wanted.interests]
    assert not {GUITAR, BAG} & set(skus(answer))


def test_a_plain_text_is_a_product_that_was_viewed(visitor: httpx.Client) -> None:
    at = {"at": NOW.isoformat(), "k": 5}
    short = visitor.post("/v1/recommend", json={"history": [GUITAR], **at})
    whole = visitor.post("/v1/recommend", json={"history": [{"sku": GUITAR}], **at})
    assert skus(short) == skus(whole)
    assert len(skus(short)) == 5


def test_without_a_history_it_is_what_is_popular(visitor: httpx.Client) -> None:
    answer = visitor.post("/v1/recommend", json={"k": 3})
    assert skus(answer) == skus(visitor.get("/v1/popular", params={"k": 3}))
    assert answer.json()["interests"] == []


@pytest.mark.parametrize("who", [{"user_id": "ann"}, {"session_id": "order-17"}])
def test_what_is_kept_of_a_shopper_is_told_to_holders_of_a_key_only(
    http: httpx.Client, visitor: httpx.Client, local: Collection, who: dict[str, str]
) -> None:
    refused = visitor.post("/v1/recommend", json=who)
    assert refused.status_code == 401
    assert "send the history itself, or a key" in refused.json()["detail"]
    asked = {**who, "k": 5, "at": NOW.isoformat()}
    answer = http.post("/v1/recommend", json=asked)
    assert_same(answer, local.recommender.recommend(ForShopper(**who, k=5, at=NOW)))
    assert BAG not in skus(answer)
    assert BAG in {sku for one in answer.json()["interests"] for sku in one["skus"]}


@pytest.mark.parametrize(
    ("method", "address", "told", "status"),
    [
        ("get", "/v1/products/NO-SUCH/similar", {}, 404),
        ("get", "/v1/products/NO-SUCH/goes-with", {"with": ["NO-SUCH-2"]}, 404),
        ("get", f"/v1/products/{GUITAR}/similar", {"category": "mine"}, 422),
        ("get", f"/v1/products/{GUITAR}/similar", {"price_band": 0}, 422),
        ("get", f"/v1/products/{GUITAR}/similar", {"where": "price << 3"}, 400),
        ("get", f"/v1/products/{GUITAR}/goes-with", {"others": ["A"]}, 422),
        ("get", f"/v1/products/{GUITAR}/goes-with", {"with": ["A"] * 101}, 422),
        ("get", "/v1/popular", {"where": "price << 3"}, 400),
        ("get", "/v1/popular", {"k": 0}, 422),
        ("post", "/v1/recommend", {"interests": 11}, 422),
        ("post", "/v1/recommend", {"history": [{"sku": "A", "at": 17}]}, 422),
        ("post", "/v1/recommend", {"history": [{"sku": "A", "kind": "stolen"}]}, 422),
        ("post", "/v1/recommend", {"history": ["A"] * 1001}, 422),
        ("post", "/v1/recommend", {"history": ["A"] * 600, "like": ["B"] * 600}, 400),
        ("post", "/v1/recommend", {"history": ["\x07"]}, 422),
        ("post", "/v1/recommend", {"like": ["\x00"]}, 422),
        ("post", "/v1/recommend", {"where": "price << 3"}, 400),
        ("post", "/v1/recommend", {"boosts": ["much"]}, 400),
        ("post", "/v1/recommend", {"colour": "red"}, 422),
    ],
)
def test_what_cannot_be_answered_is_refused(
    http: httpx.Client, method: str, address: str, told: dict[str, Any], status: int
) -> None:
    parts: dict[str, Any] = {"params": told} if method == "get" else {"json": told}
    answer = http.request(method, address, **parts)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.fixture
def client(shop: tuple[str, Collection, str]) -> Iterator[ReadingClient]:
    with ReadingClient(shop[0], key=shop[2]) as opened:
        yield opened


def test_a_client_returns_the_collections_records(client: ReadingClient, local: Collection) -> None:
    here = local.recommender
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


def test_a_client_finds_similar_products(client: ReadingClient, local: Collection) -> None:
    asked = SimilarTo(GUITAR, k=4, category=CategoryScope.OTHER, in_stock=True)
    found, wanted = client.similar(asked), local.recommender.similar(asked)
    assert [hit.sku for hit in found.hits] == [hit.sku for hit in wanted.hits]
    with pytest.raises(errors.ProductNotFound, match='no product has the SKU "NO/SUCH"'):
        client.similar(replace(asked, sku="NO/SUCH"))


def test_a_client_names_products_that_are_gone(client: ReadingClient, local: Collection) -> None:
    asked = GoesWith(("GONE-1", "GONE/2"))
    found = client.complete(asked)
    assert (found.hits, found.unknown) == ((), asked.skus)
    assert found.unknown == local.recommender.complete(asked).unknown
    assert found.why_nothing
    assert client.complete(GoesWith(("GONE-1", BAG))).unknown == ("GONE-1",)


def test_a_client_without_a_key_may_not_ask_what_is_kept(
    shop: tuple[str, Collection, str],
) -> None:
    with ReadingClient(shop[0]) as nobody, pytest.raises(errors.AccessDenied):
        nobody.recommend(ForShopper(user_id="ann"))
