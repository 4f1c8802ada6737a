"""The same tools over a service, with a key that only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mcp_server.conftest import Agent, StartAgent
from tests.service import serving
from vsearch import Collection
from vsearch.access.scope import Scope
from vsearch.mcp_server.catalogue import Glance
from vsearch.mcp_server.description import describe

CATALOG = Path(__file__).parents[2] / "catalog"
PHOTO = CATALOG / "queries" / "electric-guitar-1f3b8.png"
GUITAR = "MUS-STR-001"


@pytest.fixture(scope="module")
def collection(copy_sample: Callable[[], Path]) -> Iterator[Collection]:
    folder = copy_sample()
    with Collection.open(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def url(collection: Collection) -> Iterator[str]:
    collection.keys.create("admin", Scope.ADMIN)
    with serving(collection.folder) as live:
        yield live.url


@pytest.fixture(scope="module")
def agent(collection: Collection, url: str, start_agent: StartAgent) -> Agent:
    _, key = collection.keys.create("agent", Scope.READ)
    return start_agent(VSEARCH_SERVICE_URL=url, VSEARCH_SERVICE_KEY=key.text)


def test_a_photo_of_this_machine_finds_a_product_of_the_service(agent: Agent) -> None:
    answer = agent.call("find_products", photo=str(PHOTO), k=2, thumbnails=True)
    assert answer.structured_content is not None
    assert answer.structured_content["products"][0]["sku"] == GUITAR
    assert [part.type for part in answer.content] == ["text", "text", "image", "text", "image"]


def test_a_product_shows_where_its_pictures_are(agent: Agent, url: str) -> None:
    images = agent.told("product", sku=GUITAR)["images"]
    assert images
    assert all(image.startswith(f"{url}/v1/images/") for image in images)


def test_the_catalogue_is_described_as_it_is_here(agent: Agent, collection: Collection) -> None:
    overview = collection.overview()
    sample = tuple(one.product for one in collection.export())
    here = Glance(overview.products, overview.has_confidence, overview.takes_text, sample)
    assert agent.told("describe_catalogue") == describe(here).model_dump(mode="json")


def test_recommendations_come_through_the_service(agent: Agent) -> None:
    assert len(agent.told("similar_products", sku=GUITAR, k=3)["products"]) == 3
    assert agent.told("goes_with", skus=[GUITAR, "GONE-1"])["unknown"] == ["GONE-1"]
    assert agent.told("recommend_products", viewed=[GUITAR], k=2)["products"]


def test_errors_are_told_in_the_services_words(agent: Agent) -> None:
    assert "column 8" in agent.refusal("find_products", sku=GUITAR, where="price << 3")
    assert 'no product has the SKU "NO"' in agent.refusal("product", sku="NO")


def test_without_a_key_the_agent_is_told_so(url: str, start_agent: StartAgent) -> None:
    agent = start_agent("--url", url)
    assert "vsearch keys create" in agent.refusal("describe_catalogue")
