from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sqlalchemy import Connection, Engine

from vsearch import Collection, Settings
from vsearch.catalog import database, feed_store, image_store
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.image_records import FoundImage
from vsearch.catalog.opening import claim
from vsearch.catalog.product import Product
from vsearch.catalog.product_writer import ProductWriter
from vsearch.encoder.interface import EncoderIdentity, EncoderSpec
from vsearch.index.choose import build_index
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.generation import publish
from vsearch.index.interface import VectorIndex
from vsearch.index.manifest import EncoderRecord, Manifest, read_manifest, write_manifest
from vsearch.layout import Layout
from vsearch.searching.result import Hit

Embedding = npt.NDArray[np.float32]
Images = Mapping[str, Sequence[str]]
"""Product to the locations of its images, "CONTENT/COPY": the same content is one image."""

Facts = Mapping[str, Mapping[str, Any]]
"""Product to what is known of it beside its images."""

NO_FACTS: Facts = {}

_NOW = "2026-11-01T12:00:00+00:00"

# How far a score may be from the true cosine: ivf keeps float16.
TOLERANCE = {"exact": 2e-6, "hnsw": 2e-6, "ivf": 5e-4}


def normalised(embeddings: npt.NDArray[np.float64]) -> Embedding:
    norms = np.linalg.norm(embeddings, axis=-1, keepdims=True)
    return (embeddings / norms).astype(np.float32)


def content_of(location: str) -> str:
    return location.partition("/")[0]


def content_hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def _product(sku: str, locations: Sequence[str], facts: Mapping[str, Any]) -> Product:
    return Product(**{"sku": sku, "title": f"the {sku}", "images": tuple(locations), **facts})


def write_catalogue(
    connection: Connection,
    folder: Path,
    images: Images,
    embeddings: Mapping[str, Embedding],
    encoder: EncoderIdentity,
    facts: Facts = NO_FACTS,
) -> None:
    """List products; an image whose content has no embedding is one that was never read."""
    run = feed_store.begin_run(connection, "made up", folder, "jsonl")
    writer = ProductWriter(connection, run, may_repeat=False)
    writer.write(
        [
            Listed(row, _product(sku, locations, facts.get(sku, {})))
            for row, (sku, locations) in enumerate(images.items(), start=1)
        ]
    )
    number = image_store.encoder_id(connection, encoder.fingerprint, encoder.name, dim=encoder.dim)
    after = 0
    while page := image_store.sources(connection, run, number, after=after):
        found = [
            FoundImage(source.source_id, content_hash(content_of(source.location)), 9, 8, 8)
            for source in page
            if content_of(source.location) in embeddings
        ]
        image_store.record_found(connection, number, found)
        after = page[-1].source_id


class Shop:
    """A catalogue and embeddings that are drawn instead of made from pictures."""

    def __init__(
        self,
        folder: Path,
        images: Images,
        embeddings: Mapping[str, Embedding],
        dim: int,
        facts: Facts = NO_FACTS,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.layout = Layout(folder)
        self.images = dict(images)
        self.embeddings = dict(embeddings)
        self.encoder = EncoderIdentity(
            EncoderSpec("test_vit.r160_in1k", "random:0"), "drawn", "d" * 32, dim, "d" * 32, dim
        )
        with self._engine() as engine:
            database.migrate(engine)
            catalogue_id = claim(engine, folder)
            with engine.begin() as connection:
                write_catalogue(connection, folder, images, embeddings, self.encoder, facts)
        self._store().append(
            [content_hash(content) for content in embeddings],
            np.array(list(embeddings.values()), np.float32).reshape(-1, dim),
        )
        record = EncoderRecord(
            self.encoder.spec.architecture,
            self.encoder.spec.weights,
            self.encoder.name,
            self.encoder.fingerprint,
            self.encoder.backbone_fingerprint,
            self.encoder.backbone_dim,
        )
        write_manifest(folder, Manifest(record, dim, _NOW, _NOW, "0.0.0", catalogue_id))

    def _store(self) -> EmbeddingStore:
        return EmbeddingStore(self.layout.embeddings(self.encoder.fingerprint), self.encoder.dim)

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        with database.disposing(
            database.open_engine(database.sqlite_url(self.layout.database))
        ) as engine:
            yield engine

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self._engine() as engine, engine.connect() as connection:
            yield connection

    def build(self, kind: str) -> VectorIndex:
        """An index of every image that a product shows."""
        store = self._store()
        with self.connect() as connection:
            number = image_store.encoder_id(
                connection, self.encoder.fingerprint, self.encoder.name, self.encoder.dim
            )
            ids = image_store.live_ids(connection, number)
            hashes = np.array(image_store.content_hashes(connection, ids), dtype=object)
        return build_index(kind, ids, lambda rows: store.get(hashes[rows]), self.encoder.dim)

    def publish(self, kind: str = "exact") -> int:
        """Publish a new generation; return its number."""
        folder = self.layout.folder
        return publish(folder, self.build(kind), read_manifest(folder)).generation

    def true_scores(self, queries: Embedding, *, without: str | None = None) -> dict[str, float]:
        """Each product's best score over its images and the queries, by brute force."""
        gallery = np.array(list(self.embeddings.values()), np.float64)
        best = (queries.astype(np.float64) @ gallery.T).max(axis=0).tolist()
        every = dict(zip(self.embeddings, best, strict=True))
        return {
            sku: max(every[content_of(image)] for image in locations if content_of(image) in every)
            for sku, locations in self.images.items()
            if sku != without and any(content_of(image) in every for image in locations)
        }

    def check(
        self,
        hits: Sequence[Hit],
        queries: Embedding,
        k: int,
        *,
        without: str | None = None,
        kind: str = "exact",
        complete: bool = True,
    ) -> float:
        """Assert all that must hold of any answer; return recall, ties counting as found.

        complete: assert too that no better product, and no better view of one, was missed.
        """
        true = self.true_scores(queries, without=without)
        tolerance = TOLERANCE[kind]
        best = sorted(true.values(), reverse=True)[:k]
        scores = [hit.score for hit in hits]
        assert len(hits) == len(best)
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert len({hit.sku for hit in hits}) == len(hits)
        assert scores == sorted(scores, reverse=True)
        for hit in hits:
            assert hit.sku in true
            location = str(Path(hit.image).relative_to(self.layout.folder))
            assert location in self.images[hit.sku], "the image is not one of the product's"
            content = content_of(location)
            assert hit.content_hash == content_hash(content)
            assert hit.score == pytest.approx(
                float((queries @ self.embeddings[content]).max()), abs=tolerance
            )
            if complete:
                assert hit.score == pytest.approx(true[hit.sku], abs=tolerance)
        if complete:
            assert scores == pytest.approx(best, abs=tolerance)
        if not best:
            return 1.0
        return sum(true[hit.sku] >= best[-1] - tolerance for hit in hits) / len(best)


MakeShop = Callable[..., Shop]


@pytest.fixture
def make_shop(tmp_path: Path) -> MakeShop:
    def make(images: Images, embeddings: Mapping[str, Embedding], facts: Facts = NO_FACTS) -> Shop:
        dim = len(next(iter(embeddings.values()), np.zeros(8)))
        return Shop(tmp_path / "shop", images, embeddings, dim, facts)

    return make


@pytest.fixture(scope="session")
def drawn() -> Callable[..., Embedding]:
    """Draw n embeddings, around another one where it is given."""

    def draw(
        n: int,
        *,
        dim: int = 16,
        around: Embedding | None = None,
        spread: float = 0.1,
        seed: int = 0,
    ) -> Embedding:
        random = np.random.default_rng(seed)
        noise = random.standard_normal((n, dim))
        return normalised(noise if around is None else around + spread * noise)

    return draw


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """3,000 products, none to six images each, one in ten of them shared; a few kinds of thing."""
    random = np.random.default_rng(20240501)
    dim, products = 32, 3_000
    kinds = normalised(random.standard_normal((60, dim)))
    images: dict[str, list[str]] = {}
    embeddings: dict[str, Embedding] = {}
    for number in range(products):
        thing = kinds[random.integers(len(kinds))] + random.standard_normal(dim) / 8
        locations = []
        for _ in range(random.integers(0, 7)):
            if embeddings and random.random() < 0.1:
                content = f"c{random.integers(len(embeddings))}"
            else:
                content = f"c{len(embeddings)}"
                embeddings[content] = normalised(thing + random.standard_normal(dim) / 12)
            # Half of what is shared is one file, half is a copy with another name.
            locations.append(f"{content}/{number if random.random() < 0.5 else 'one'}.jpg")
        images[f"P{number:04d}"] = list(dict.fromkeys(locations))
    return Shop(tmp_path_factory.mktemp("shop") / "collection", images, embeddings, dim)


@pytest.fixture(scope="session")
def indexes(shop: Shop) -> dict[str, VectorIndex]:
    """The same catalogue in an index of each kind."""
    return {kind: shop.build(kind) for kind in TOLERANCE}


@pytest.fixture(scope="session")
def shop_class() -> type[Shop]:
    return Shop


@pytest.fixture(scope="session")
def trained(sample_collection: Path) -> Iterator[Collection]:
    """The sample catalogue, indexed with the encoder that comes with vsearch; calibrated."""
    with Collection.open(sample_collection, settings=Settings(device="cpu")) as collection:
        yield collection
