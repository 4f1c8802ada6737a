"""Small shops with real pictures, indexed by a real (if small and untrained) encoder."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from vsearch.catalog import database, image_store, product_store, product_views
from vsearch.catalog.product import Product
from vsearch.collection import Collection
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.collection_encoder import recorded_encoder
from vsearch.encoder import load
from vsearch.images.content import content_hash
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.generation import open_generation
from vsearch.indexing.options import IndexOptions
from vsearch.indexing.summary import IndexSummary, RejectedImage, RejectedRow
from vsearch.layout import Layout
from vsearch.settings import Settings

#: A ViT with 0.4 million parameters.
ENCODER = "test_vit.r160_in1k"

_load_once = functools.cache(load.load_spec)


def picture(seed: int, side: int = 40) -> bytes:
    """A JPEG of coloured clouds, another for every seed."""
    cells = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    image = Image.fromarray(cells).resize((side, side), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Building the encoder takes a second; it is the same in every test."""
    monkeypatch.setattr(load, "load_spec", _load_once)


@pytest.fixture
def no_encoder() -> Callable[[], AbstractContextManager[None]]:
    """A block in which loading an encoder is a failure."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("the encoder was loaded")

    @contextmanager
    def refusing() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(load, "load_spec", refuse)
            yield

    return refusing


@pytest.fixture
def settings() -> Settings:
    return Settings(encoder=ENCODER, weights="random:0", device="cpu", download_attempts=1)


@dataclass
class Feed:
    """A merchant's folder with pictures and a list of products."""

    folder: Path
    rows: list[dict[str, str]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "feed.csv"

    def put(self, location: str, content: int | bytes) -> Path:
        """Write a picture: of a seed, or these bytes."""
        path = self.folder / location
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(content) if isinstance(content, int) else content)
        return path

    def list(self, sku: str, *images: str, **fields: str) -> None:
        """Add a row, or replace that of the same SKU."""
        row = {"sku": sku, "title": sku.lower(), "images": "|".join(images)} | fields
        places = [n for n, known in enumerate(self.rows) if known["sku"] == sku]
        for place in places:
            self.rows[place] = row
        if not places:
            self.rows.append(row)

    def drop(self, *skus: str) -> None:
        self.rows = [row for row in self.rows if row["sku"] not in skus]

    def write(self) -> Path:
        """Write the list and return its path."""
        columns = dict.fromkeys(column for row in self.rows for column in row)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.file.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(columns) or ["sku", "images"])
            writer.writeheader()
            writer.writerows(self.rows)
        return self.file


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    """Three products, A with two views, each of its own picture."""
    feed = Feed(tmp_path / "shop")
    for seed, name in enumerate(("a.jpg", "a-back.jpg", "b.jpg", "c.jpg")):
        feed.put(name, seed)
    feed.list("A", "a.jpg", "a-back.jpg", price="9.90 EUR")
    feed.list("B", "b.jpg", price="19.90 EUR")
    feed.list("C", "c.jpg", price="29.90 EUR")
    return feed


@pytest.fixture
def new_feed(tmp_path: Path) -> Callable[[str], Feed]:
    return lambda name: Feed(tmp_path / name)


@dataclass
class Outcome:
    """What a run told."""

    summary: IndexSummary
    rejected: Sequence[RejectedRow | RejectedImage]

    def images(self) -> dict[str, int]:
        """The counts of images that aren't zero."""
        counts = self.summary.images
        names = ("encoded", "reused", "unchanged", "rejected", "outdated", "to_read")
        return {name: getattr(counts, name) for name in names if getattr(counts, name)}

    def products(self) -> dict[str, int]:
        """The counts of products that aren't zero."""
        counts = self.summary.products
        names = ("added", "changed", "unchanged", "removed", "rejected")
        return {name: getattr(counts, name) for name in names if getattr(counts, name)}

    def reasons(self) -> dict[str, str]:
        """Why each rejected image was, by location."""
        return {one.location: one.reason for one in self.rejected if isinstance(one, RejectedImage)}

    def rows(self) -> list[RejectedRow]:
        return [one for one in self.rejected if isinstance(one, RejectedRow)]


@dataclass
class Contents:
    """All that a collection holds."""

    products: dict[str, Product]
    views: dict[str, list[str]]
    """The content hashes of each product's usable images, in order."""
    indexed: set[str]
    """The content hashes that a search can find."""


@dataclass
class Target:
    """A collection that feeds are indexed into."""

    folder: Path
    settings: Settings

    def index(
        self, feed: Feed | Path, *, settings: Settings | None = None, **options: Any
    ) -> Outcome:
        rejected: list[RejectedRow | RejectedImage] = []
        summary = Collection.index_into(
            self.folder,
            feed.write() if isinstance(feed, Feed) else feed,
            options=IndexOptions(**options),
            settings=settings or self.settings,
            on_rejected=rejected.append,
        )
        return Outcome(summary, rejected)

    def open(self, settings: Settings | None = None) -> Collection:
        return Collection.open(self.folder, settings=settings or self.settings)

    def contents(self, settings: Settings | None = None) -> Contents:
        """Read everything, and check that the parts agree with each other.

        Every live image is in the index and nothing else is; every one has one embedding, and
        nothing is stored twice; the checksums are right.
        """
        settings = settings or self.settings
        layout = Layout(self.folder)
        with self.open(settings) as collection:
            collection.verify()
            manifest = collection.manifest
            products = {one.product.sku: one.product for one in collection.export()}
        url = settings.database_url or database.sqlite_url(layout.database)
        with (
            database.disposing(database.open_engine(url)) as engine,
            engine.begin() as connection,
        ):
            record = manifest.encoder
            encoder = image_store.encoder_id(
                connection, record.backbone_fingerprint, record.name, record.backbone_dim
            )
            live = image_store.live_ids(connection, encoder)
            hashes = image_store.content_hashes(connection, live)
            encoded = sorted(image_store.encoded_hashes(connection, record.backbone_fingerprint))
            ids = {sku: product_store.product_id(connection, sku) or 0 for sku in products}
            views = product_views.views_of_products(connection, list(ids.values()))
        index = open_generation(self.folder, manifest)
        assert sorted(index.ids.tolist()) == live.tolist()
        shards = sorted(layout.embeddings(record.backbone_fingerprint).glob("*.safetensors"))
        keys = [key.tobytes().hex() for shard in shards for key in load_file(shard)["keys"]]
        assert sorted(keys) == encoded
        assert len(set(hashes)) == len(hashes)
        store = EmbeddingStore(layout.embeddings(record.backbone_fingerprint), record.backbone_dim)
        embeddings = CollectionEmbeddings(store, recorded_encoder(manifest, settings))
        scores, found = index.search(embeddings.get(hashes), 1)
        np.testing.assert_allclose(scores[:, 0], 1, atol=1e-3)
        np.testing.assert_array_equal(found[:, 0], live)
        return Contents(
            products,
            {sku: [view.content_hash for view in views.get(ids[sku], [])] for sku in products},
            set(hashes),
        )


@pytest.fixture
def target(tmp_path: Path, settings: Settings) -> Target:
    return Target(tmp_path / "collection", settings)


@pytest.fixture
def hash_of() -> Callable[[int], str]:
    """The content hash of the picture of a seed."""
    return lambda seed: content_hash(picture(seed))


@pytest.fixture(name="picture", scope="session")
def _picture() -> Callable[..., bytes]:
    return picture
