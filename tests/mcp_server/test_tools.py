"""What an agent learns over real stdio is what the collection itself says."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.mcp_server.conftest import Agent, StartAgent
from vsearch import Box, Collection, Example, Query
from vsearch.events.event import Event, EventKind
from vsearch.recommending.asked import ForShopper, GoesWith, SimilarTo

CATALOG = Path(__file__).parents[2] / "catalog"
PHOTO = CATALOG / "queries" / "electric-guitar-1f3b8.png"
GUITAR = "MUS-STR-001"
BAG = "FAS-BAG-003"
TOOLS = {
    "find_products",
    "similar_products",
    "goes_with",
    "recommend_products",
    "product",
    "describe_catalogue",
}


@pytest.fixture(scope="session")
def agent(start_agent: StartAgent, copy_sample: Callable[[], Path]) -> Agent:
    # Its own, as it keeps the thumbnails that are asked for.
    folder = copy_sample()
    return start_agent("--collection", str(folder), "--device", "cpu")


@pytest.fixture(scope="module")
def collection(sample_collection: Path) -> Iterator[Collection]:
    with Collection.open(sample_collection) as opened:
        yield opened


def skus(told: dict[str, Any]) -> list[str]:
    return [product["sku"] for product in told["products"]]


def test_the_tools_say_what_they_take_and_give(agent: Agent) -> None:
    tools = {tool.name: tool for tool in agent.ask("list_tools").tools}
    assert set(tools) == TOOLS
    for tool in tools.values():
        assert tool.title
        assert tool.description
        assert "\n " not in tool.description
        assert tool.annotations.read_only_hint
        assert tool.output_schema["type"] == "object"
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), (tool.name, name)
    assert tools["similar_products"].input_schema["required"] == ["sku"]


def test_the_server_says_how_to_go_about_it(agent: Agent) -> None:
    instructions = agent.client.instructions
    assert instructions is not None
    assert all(name in instructions for name in TOOLS)


def as_base64() -> str:
    return base64.b64encode(PHOTO.read_bytes()).decode()


PHOTOS = {
    "path": lambda: str(PHOTO),
    "base64": as_base64,
    "data-uri": lambda: f"data:image/png;base64,{as_base64()}",
}


@pytest.mark.parametrize("form", PHOTOS)
def test_a_photo_finds_what_the_collection_finds(
    form: str, agent: Agent, collection: Collection
) -> None:
    told = agent.told("find_products", photo=PHOTOS[form](), k=4, where="price < 500")
    wanted = collection.search(Query(image=PHOTO, k=4, where="price < 500"))
    assert skus(told) == [hit.sku for hit in wanted.hits]
    best, hit = told["products"][0], wanted.hits[0]
    assert best["sku"] == GUITAR
    assert best["title"] == hit.title
    assert best["price"] == str(hit.price)
    assert best["confidence"] == pytest.approx(hit.confidence, abs=0.02)
    assert told["category"][-1]["path"] == list(wanted.likeliest_category[-1].path)


def test_the_part_that_is_meant_is_looked_for(agent: Agent, collection: Collection) -> None:
    told = agent.told("find_products", photo=str(PHOTO), box=[0, 0.5, 0.5, 0.5], k=3)
    wanted = collection.search(Query(image=PHOTO, box=Box(0, 0.5, 0.5, 0.5), k=3))
    assert skus(told) == [hit.sku for hit in wanted.hits]


def test_words_examples_and_pages(agent: Agent, collection: Collection) -> None:
    assert skus(agent.told("find_products", words="electric guitar", k=1)) == [GUITAR]
    like = {"like": [GUITAR, "MUS-STR-002"], "unlike": ["ELE-AUD-001"]}
    wanted = Query(
        like=(Example(sku=GUITAR), Example(sku="MUS-STR-002")),
        unlike=(Example(sku="ELE-AUD-001"),),
        k=6,
    )
    whole = skus(agent.told("find_products", k=6, **like))
    assert whole == [hit.sku for hit in collection.search(wanted).hits]
    assert skus(agent.told("find_products", k=3, offset=3, **like)) == whole[3:]


def test_similar_products(agent: Agent, collection: Collection) -> None:
    wanted = [hit.sku for hit in collection.query(sku=GUITAR, k=5)]
    assert skus(agent.told("find_products", sku=GUITAR, k=5)) == wanted
    for asked in ({}, {"category": "other", "price_band": 0.5, "in_stock": True, "offset": 1}):
        similar = collection.recommender.similar(SimilarTo(GUITAR, k=5, **asked))
        told = agent.told("similar_products", sku=GUITAR, k=5, **asked)
        assert skus(told) == [hit.sku for hit in similar.hits]


def test_what_goes_with_products(agent: Agent, collection: Collection) -> None:
    told = agent.told("goes_with", skus=[GUITAR, "GONE-1"], k=4, each_category=1, in_stock=True)
    asked = GoesWith((GUITAR, "GONE-1"), k=4, each_category=1, in_stock=True)
    wanted = collection.recommender.complete(asked)
    assert skus(told) == [one.hit.sku for one in wanted.hits]
    assert [one["basis"] for one in told["products"]] == [one.basis for one in wanted.hits]
    assert told["unknown"] == ["GONE-1"]


def test_what_a_shopper_may_want(agent: Agent, collection: Collection) -> None:
    met = {"viewed": [GUITAR], "bought": [BAG], "like": ["SPO-FIT-001"], "unlike": ["GRO-APL-001"]}
    told = agent.told("recommend_products", k=6, where="price < 500", **met)
    wanted = collection.recommender.recommend(
        ForShopper(
            history=(Event(EventKind.VIEW, GUITAR), Event(EventKind.PURCHASE, BAG)),
            like=("SPO-FIT-001",),
            unlike=("GRO-APL-001",),
            k=6,
            where="price < 500",
        )
    )
    assert skus(told) == [one.hit.sku for one in wanted.hits]
    assert [one["because"] for one in told["products"]] == [list(o.because) for o in wanted.hits]
    assert not {GUITAR, BAG} & set(skus(told))


def test_a_basket_of_what_is_gone_is_told_so(agent: Agent) -> None:
    answer = agent.call("goes_with", skus=["GONE-1"])
    assert "Not in the catalogue, passed over: GONE-1." in answer.content[0].text  # type: ignore[union-attr]


def test_all_of_a_product(agent: Agent, collection: Collection) -> None:
    told, product = agent.told("product", sku=GUITAR), collection.product(GUITAR)
    assert told["description"] == product.description
    assert told["attributes"] == dict(product.attributes)
    assert told["images"] == list(product.images)
    assert told["availability"] == "in_stock"


def test_pictures_come_on_request_only(agent: Agent) -> None:
    plain = agent.call("similar_products", sku=GUITAR, k=3)
    assert [part.type for part in plain.content] == ["text"]
    shown = agent.call("similar_products", sku=GUITAR, k=10, thumbnails=True)
    pictures = [part for part in shown.content if part.type == "image"]
    assert len(pictures) == 8
    for part in pictures:
        assert part.mime_type == "image/webp"
        with Image.open(io.BytesIO(base64.b64decode(part.data))) as picture:
            assert max(picture.size) <= 320


def test_the_text_tells_the_same_as_the_structure(agent: Agent) -> None:
    answer = agent.call("find_products", photo=str(PHOTO), k=3)
    (text,) = answer.content
    assert text.type == "text"
    lines = text.text.splitlines()
    assert answer.structured_content is not None
    assert [line.split(":")[0].split()[1] for line in lines] == skus(answer.structured_content)
    none = agent.call("find_products", photo=str(PHOTO), where="price > 100000")
    assert none.content[0].text == "No product fits."  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("find_products", {}, "nothing to look for"),
        ("find_products", {"photo": "no-such.png"}, "no-such.png: no such file"),
        ("find_products", {"photo": " "}, "is empty"),
        ("find_products", {"photo": "data:image/png;base64,!!"}, "is not base64"),
        ("find_products", {"photo": str(CATALOG / "products.csv")}, "not an image"),
        ("find_products", {"photo": "http://127.0.0.1:9/a.png"}, "127.0.0.1"),
        ("find_products", {"sku": GUITAR, "where": "price << 3"}, "column 8"),
        ("find_products", {"sku": GUITAR, "k": 0}, "greater than or equal to 1"),
        ("find_products", {"sku": GUITAR, "box": [0, 0, 1]}, "at least 4"),
        ("find_products", {"sku": GUITAR, "box": [0, 0, 1, 1]}, "a box is a part of an image"),
        ("similar_products", {"sku": "NO-SUCH"}, 'no product has the SKU "NO-SUCH"'),
        ("similar_products", {"sku": GUITAR, "category": "mine"}, "'any', 'same' or 'other'"),
        ("goes_with", {"skus": []}, "at least 1"),
        ("recommend_products", {"viewed": ["\n"]}, "isn't printable"),
        ("product", {"sku": "NO-SUCH"}, 'no product has the SKU "NO-SUCH"'),
    ],
)
def test_what_is_wrong_is_told_in_our_words(
    tool: str, arguments: dict[str, Any], told: str, agent: Agent
) -> None:
    refusal = agent.refusal(tool, **arguments)
    assert told in refusal
    assert "Traceback" not in refusal


def test_every_value_that_is_named_selects_as_many_as_it_says(
    agent: Agent, collection: Collection
) -> None:
    told = agent.told("describe_catalogue")
    assert told["products"] == told["looked_at"] == collection.overview().products
    assert {"category", "brand", "availability", "attr.colour"} <= {
        field["field"] for field in told["fields"]
    }
    for field in told["fields"]:
        # Below a category is what it counts; of anything else what equals the value.
        relation = ":/" if field["field"] == "category" else " = "
        for one in field["values"][:5]:
            where = f'{field["field"]}{relation}"{one["value"]}"'.replace(':/"', ':"/')
            assert collection.products(where=where, k=1).total == one["products"], where
    lowest, highest = told["price"]["lowest"], told["price"]["highest"]
    assert collection.products(where=f"price < {lowest} OR price > {highest}", k=1).total == 0
    assert told["price"]["currencies"] == ["EUR"]


def test_the_filter_language_can_be_read_up(agent: Agent) -> None:
    (resource,) = agent.ask("list_resources").resources
    (contents,) = agent.ask("read_resource", str(resource.uri)).contents
    assert contents.mime_type == "text/markdown"
    assert "category:shoes" in contents.text
