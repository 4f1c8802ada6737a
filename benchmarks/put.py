"""How long a product takes to be put, and to be found by the next query.

    python benchmarks/put.py [--size 100000] [--puts 20]

The catalogue is as large as asked for; its pictures' embeddings are drawn, not encoded. What is
put are pictures that nobody has seen, decoded and encoded as always.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np
from machine import print_heading
from PIL import Image
from products import draw_products
from sqlalchemy import Connection, insert

from vsearch import Collection, Product, ProductChange, Settings
from vsearch.catalog import feed_store, image_store, schema
from vsearch.catalog.opening import writing_engine
from vsearch.catalog.revision import note_indexed
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.collection_encoder import recorded_encoder
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import read_manifest
from vsearch.indexing.publishing import Publisher
from vsearch.layout import Layout
from vsearch.progress import Silence

_ROWS_AT_ONCE = 10_000


def main() -> None:
    """Print a line for puts with a picture, for puts of a title, and for removing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000, help="products in the catalogue")
    parser.add_argument("--puts", type=int, default=20)
    given = parser.parse_args()
    print_heading(f"{given.puts} products put one by one into a catalogue of {given.size:,}")
    with tempfile.TemporaryDirectory(prefix="vsearch-put-") as name:
        folder = Path(name) / "collection"
        kind = make_collection(folder, given.size)
        print(f"index: {kind}\n{'':24}{'median':>9}{'longest':>9}  ms")
        with Collection.open(folder) as collection:
            collection.load_encoder()
            collection.query(image=next(pictures(1)), k=1)
            measure(collection, given.puts)


def measure(collection: Collection, count: int) -> None:
    """Put, find, put again, remove."""
    put: list[float] = []
    found: list[float] = []
    titled: list[float] = []
    removed: list[float] = []
    for number, picture in enumerate(pictures(count)):
        sku = f"NEW-{number}"
        seen = ProductChange(Product(sku), (picture,))
        new = ProductChange(Product(sku, title="new"))
        put.append(timed(lambda change=seen: collection.put([change])))
        started = perf_counter()
        hit = collection.query(image=picture, k=1)[0]
        found.append(perf_counter() - started)
        assert hit.sku == sku, f"{sku} was put, and {hit.sku} found"
        titled.append(timed(lambda change=new: collection.put([change])))
    removed += [timed(lambda n=n: collection.remove([f"NEW-{n}"])) for n in range(count)]
    for name, seconds in (
        ("put with a picture", put),
        ("found by the next query", found),
        ("put with a new title", titled),
        ("removed", removed),
    ):
        print(f"{name:24}{np.median(seconds) * 1e3:9.0f}{max(seconds) * 1e3:9.0f}")


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def pictures(count: int) -> Iterator[bytes]:
    """JPEG files of coloured patches, no two alike."""
    random = np.random.default_rng()
    for _ in range(count):
        patches = random.integers(0, 255, (20, 20, 3), dtype=np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(patches).resize((300, 300)).save(buffer, "JPEG")
        yield buffer.getvalue()


def make_collection(folder: Path, size: int) -> str:
    """Make a collection of synthetic products; the kind of index that it chose."""
    settings = Settings()
    Collection.create(folder, settings=settings).close()
    layout, manifest = Layout(folder), read_manifest(folder)
    record = manifest.encoder
    hashes = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(size)]
    store = EmbeddingStore(layout.embeddings(record.backbone_fingerprint), record.backbone_dim)
    drawn = draw_products(size, record.backbone_dim, queries=1).embeddings
    for start in range(0, size, _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        store.append(hashes[rows], drawn[rows])
    with writing_engine(layout, settings, manifest.catalogue_id) as engine:
        with engine.begin() as connection:
            encoder = image_store.encoder_id(
                connection, record.backbone_fingerprint, record.name, record.backbone_dim
            )
            write_rows(connection, folder, hashes, encoder)
        with engine.connect() as connection:
            embeddings = CollectionEmbeddings(store, recorded_encoder(manifest, settings))
            publisher = Publisher(layout, connection, encoder, embeddings, Silence())
            published = publisher.publish(manifest, rebuild=True)
            note_indexed(connection, published.generation)
            connection.commit()
    return published.index_kind


def write_rows(connection: Connection, folder: Path, hashes: list[str], encoder: int) -> None:
    """A product with one picture for each content hash."""
    run = feed_store.begin_run(connection, "synthetic", folder, "csv")
    now = datetime.now(UTC)
    texts = dict.fromkeys(("description", "category", "url", "gtin", "item_group"), "")
    for start in range(0, len(hashes), _ROWS_AT_ONCE):
        ids = range(start + 1, min(len(hashes), start + _ROWS_AT_ONCE) + 1)
        products = [
            {
                **texts,
                "id": i,
                "sku": f"S-{i}",
                "title": f"Thing {i}",
                "brand": f"Brand {i % 50}",
                "attributes": {},
                "digest": f"{i:032d}",
                "feed_id": run.feed_id,
                "seen_run": run.run,
                "seen_row": i,
                "added_at": now,
                "updated_at": now,
            }
            for i in ids
        ]
        images = [
            {"id": i, "content_hash": hashes[i - 1], "size": 1, "width": 9, "height": 9}
            for i in ids
        ]
        sources = [
            {
                "id": i,
                "feed_id": run.feed_id,
                "location": f"{i}.jpg",
                "status": "ok",
                "reason": "",
                "etag": "",
                "last_modified": "",
                "image_id": i,
            }
            for i in ids
        ]
        shown = [{"product_id": i, "position": 0, "source_id": i} for i in ids]
        encodings = [{"encoder_id": encoder, "image_id": i} for i in ids]
        for table, rows in (
            (schema.products, products),
            (schema.images, images),
            (schema.image_sources, sources),
            (schema.product_images, shown),
            (schema.encodings, encodings),
        ):
            connection.execute(insert(table), rows)


if __name__ == "__main__":
    main()
