"""A collection of every released format opens, answers, and goes on being written."""

from __future__ import annotations

import json
import runpy
import shutil
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from vsearch.catalog.product import Availability, Product
from vsearch.collection import Collection
from vsearch.errors import CollectionFormatError
from vsearch.index.manifest import FORMAT_VERSION
from vsearch.indexing.options import IndexOptions
from vsearch.settings import Settings

HERE = Path(__file__).parent
SHOP = HERE / "shop"

MUG = Product(
    sku="MUG-RED",
    title="Red mug",
    description='Holds 0.3 l, "dishwasher-proof"',
    brand="Töpferei",
    category=("Home", "Kitchen", "Mugs"),
    price=Decimal("9.90"),
    currency="EUR",
    availability=Availability.IN_STOCK,
    url="https://shop.example/mug-red",
    gtin="4006381333931",
    item_group="MUG",
    attributes={"colour": "red"},
    images=("mug-red.png", "mug-back.png"),
)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``write.py`` writes now."""
    folder = tmp_path_factory.mktemp("written") / "now"
    runpy.run_path(str(HERE / "write.py"))["write"](folder)
    return folder


def settings_for(manifest: Path, written: Path) -> Settings:
    """The encoder of a copy: its weights are 1.2 MB, so they are made anew."""
    shop = written / "shop"
    has_head = json.loads(manifest.read_text())["encoder"].get("head") is not None
    return Settings(
        encoder=str(shop / "head.safetensors") if has_head else None,
        weights=str(shop / "encoder.safetensors"),
        device="cpu",
    )


@pytest.fixture(params=["now", *(f"v{number}" for number in range(1, FORMAT_VERSION + 1))])
def collection(request: pytest.FixtureRequest, written: Path, tmp_path: Path) -> Path:
    """A copy: opening a database may write beside it."""
    kept = HERE / request.param
    source = written / "collection" if request.param == "now" else kept
    return shutil.copytree(source, tmp_path / "collection")


@pytest.fixture
def settings(collection: Path, written: Path) -> Settings:
    return settings_for(collection / "manifest.json", written)


def test_it_holds_what_was_written(collection: Path, settings: Settings) -> None:
    with Collection.open(collection, settings=settings) as opened:
        opened.verify()
        assert opened.product("MUG-RED") == MUG
        exported = {one.product.sku: one for one in opened.export(embeddings=True)}
        status = opened.status()
        rejected = [str(one) for one in opened.rejected_images()]
    assert list(exported) == ["MUG-RED", "MUG-BLUE", "CHAIR", "POSTER"]
    assert exported["MUG-BLUE"].product.price == Decimal("1299.50")
    assert [len(one.image_ids) for one in exported.values()] == [2, 2, 1, 0]
    # The two mugs share the picture of their back.
    assert exported["MUG-RED"].image_ids[1] == exported["MUG-BLUE"].image_ids[1]
    assert (status.products, status.sources, status.rejected, status.without_image) == (4, 5, 1, 1)
    assert [(feed.name, feed.format, feed.products) for feed in status.feeds] == [
        ("shop", "csv", 4)
    ]
    assert rejected == ["gone.png: no such file"]


def test_it_answers(collection: Path, settings: Settings) -> None:
    with Collection.open(collection, settings=settings) as opened:
        for name, sku in (("mug-red", "MUG-RED"), ("mug-blue", "MUG-BLUE"), ("chair", "CHAIR")):
            best, second, *_ = opened.query(image=SHOP / f"{name}.png")
            assert best.sku == sku
            assert best.score == pytest.approx(1, abs=5e-3)
            assert second.score < 0.99
        hits = opened.query(sku="MUG-RED")
        assert [hit.sku for hit in hits] == ["MUG-BLUE", "CHAIR"]
        assert hits[0].score == pytest.approx(1, abs=1e-5)


def test_it_can_be_written_to(collection: Path, settings: Settings, tmp_path: Path) -> None:
    shop = shutil.copytree(SHOP, tmp_path / "shop")
    shutil.copy(shop / "chair.png", shop / "gone.png")
    options = IndexOptions(feed_name="shop", prune=True)
    summary = Collection.index_into(
        collection, shop / "feed.csv", options=options, settings=settings
    )
    assert (summary.products.unchanged, summary.products.removed) == (4, 0)
    # Nothing is encoded: the pictures are known by their content.
    assert summary.images.encoded == 0
    assert summary.images.total == 5
    with Collection.open(collection, settings=settings) as opened:
        assert [hit.sku for hit in opened.query(sku="POSTER", k=1)] == ["CHAIR"]


def test_embeddings_stay_what_they_were(written: Path) -> None:
    head = runpy.run_path(str(HERE / "write.py"))["head"]()

    def embeddings(folder: Path) -> np.ndarray:
        settings = settings_for(folder / "manifest.json", written)
        with Collection.open(folder, settings=settings) as opened:
            found = np.concatenate([one.embeddings for one in opened.export(embeddings=True)])
            # Format 1 knew no heads.
            return head.apply(found) if opened.manifest.encoder.head is None else found

    now = embeddings(written / "collection")
    for number in range(1, FORMAT_VERSION + 1):
        copy = shutil.copytree(HERE / f"v{number}", written / f"v{number}")
        cosines = np.sum(embeddings(copy) * now, axis=1)
        np.testing.assert_allclose(cosines, 1, atol=5e-3)


def test_a_newer_format_is_refused(collection: Path, settings: Settings) -> None:
    manifest = collection / "manifest.json"
    fields = json.loads(manifest.read_text())
    newer = FORMAT_VERSION + 41
    manifest.write_text(json.dumps(fields | {"format_version": newer, "written_by": "9.9"}))
    told = rf"format {newer}, written by vsearch 9\.9.*up to format {FORMAT_VERSION}: upgrade"
    with pytest.raises(CollectionFormatError, match=told):
        Collection.open(collection, settings=settings)
    before = manifest.read_bytes()
    with pytest.raises(CollectionFormatError, match=told):
        Collection.index_into(collection, SHOP / "feed.csv", settings=settings)
    assert manifest.read_bytes() == before


def test_the_copies_are_small_and_were_written_in_a_public_place(tmp_path: Path) -> None:
    for number in range(1, FORMAT_VERSION + 1):
        copy = shutil.copytree(HERE / f"v{number}", tmp_path / f"v{number}")
        files = [path for path in copy.rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in files) < 250_000
        with Collection.open(copy, settings=Settings()) as opened:
            assert [feed.root for feed in opened.status().feeds] == [Path("/tmp/vsearch/shop")]
            encoder = opened.manifest.encoder
            assert encoder.weights == "/tmp/vsearch/shop/encoder.safetensors"
            assert encoder.head == (None if number == 1 else "/tmp/vsearch/shop/head.safetensors")
