"""Every picture of the sample catalogue finds its own product first, in every kind of index."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from vsearch import Collection, Hit, IndexOptions, Settings, load_encoder
from vsearch.catalog import database
from vsearch.index.generation import open_generation
from vsearch.searching.search import find_products

_ROOT = Path(__file__).parents[2]
CATALOG = _ROOT / "catalog"
KINDS = ("exact", "hnsw", "ivf")
PICTURES = sorted((CATALOG / "images").iterdir())

SMALL = Settings(encoder="test_vit.r160_in1k", weights="random:0", device="cpu")


@pytest.fixture(scope="module", params=KINDS)
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("sample") / "collection"
    options = IndexOptions(index_kind=request.param)
    summary = Collection.index_into(folder, CATALOG, settings=SMALL, options=options)
    assert (summary.products.added, summary.images.rejected) == (229, 0)
    assert summary.index_kind == request.param
    with Collection.open(folder, settings=Settings()) as collection:
        yield collection


@pytest.fixture(scope="module")
def owners(sample: Collection) -> dict[str, set[str]]:
    """Which products show a picture; one that several share counts for any of them."""
    owners: dict[str, set[str]] = {}
    for exported in sample.export():
        for location in exported.product.images:
            owners.setdefault(str(CATALOG / location), set()).add(exported.product.sku)
    assert set(owners) == {str(picture) for picture in PICTURES}
    return owners


def finds_itself(hits: list[Hit], picture: Path, owners: dict[str, set[str]]) -> bool:
    """Whether the first hit, or one that ties with it, is the picture's own product."""
    first = [hit for hit in hits if hit.score == hits[0].score]
    return any(hit.image == str(picture) and hit.sku in owners[str(picture)] for hit in first)


def test_every_picture_finds_its_own_product_first(
    sample: Collection, owners: dict[str, set[str]]
) -> None:
    lost = [
        picture.name
        for picture in PICTURES
        if not finds_itself(sample.query(image=picture, k=5), picture, owners)
    ]
    assert lost == []


def _as_pil(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.copy()


def _as_array(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        white = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert("RGB"))


@given(
    picture=st.sampled_from(PICTURES),
    given_as=st.sampled_from([str, Path, Path.read_bytes, _as_pil, _as_array]),
    k=st.integers(5, 20),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_however_a_picture_is_handed_over_it_is_the_same_query(
    sample: Collection,
    owners: dict[str, set[str]],
    picture: Path,
    given_as: Callable[[Path], object],
    k: int,
) -> None:
    hits = sample.query(image=given_as(picture), k=k)
    assert len({hit.sku for hit in hits}) == k
    assert finds_itself(hits, picture, owners)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """The sample in a collection of the bundled encoder, and its pictures' embeddings."""
    folder = tmp_path_factory.mktemp("trained") / "collection"
    Collection.index_into(folder, CATALOG, settings=Settings())
    return folder, load_encoder().encode(PICTURES)


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_finds_its_own_product_first_with_trained_weights(
    trained: tuple[Path, np.ndarray], kind: str
) -> None:
    folder, photos = trained
    options = IndexOptions(index_kind=kind)
    summary = Collection.index_into(folder, CATALOG, settings=Settings(), options=options)
    assert summary.index_kind == kind
    assert summary.images.encoded == 0
    with Collection.open(folder, settings=Settings()) as collection:
        index = open_generation(folder, collection.manifest)
    with (
        database.disposing(
            database.open_engine(database.sqlite_url(folder / "products.db"))
        ) as engine,
        engine.connect() as connection,
    ):
        first = [find_products(connection, index, photo[None], 1)[0] for photo in photos]
    assert [hit.image for hit in first] == [str(picture) for picture in PICTURES]
    assert min(hit.score for hit in first) > 0.999
