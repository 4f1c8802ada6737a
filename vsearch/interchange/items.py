"""The products of a collection as another recommender's items, with what they look like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vsearch.catalog.product import Product
from vsearch.collection import Collection

SCHEMA = pa.schema(
    [
        pa.field("sku", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("brand", pa.string(), nullable=False),
        pa.field("category", pa.list_(pa.string()), nullable=False),
        pa.field("item_group", pa.string(), nullable=False),
        pa.field("price", pa.float64()),
        pa.field("currency", pa.string()),
        pa.field("availability", pa.string()),
    ]
)


@dataclass(frozen=True, eq=False)
class Items:
    """n products, in the order in which they were added to the catalogue.

    Whatever reads Arrow takes it as a table: ``polars.DataFrame(items)``,
    ``pandas.DataFrame.from_arrow(items)``, ``pyarrow.table(items)``.
    """

    skus: tuple[str, ...]
    """The SKU of each item: an item's number is its place here."""
    embeddings: npt.NDArray[np.float32]
    """(n, dim) L2-normalised: the mean over a product's pictures; zeros without a picture.

    They know a product before anybody has met it: features for what is new.
    """
    products: tuple[Product, ...]
    """(n,) what the catalogue says."""

    def __len__(self) -> int:
        """How many."""
        return len(self.skus)

    @cached_property
    def number_of(self) -> dict[str, int]:
        """The item of each SKU."""
        return {sku: number for number, sku in enumerate(self.skus)}

    def table(self) -> pa.Table:
        """What the catalogue says of the items, one a row, in ``SCHEMA``."""
        columns = {
            "sku": self.skus,
            "title": [one.title for one in self.products],
            "brand": [one.brand for one in self.products],
            "category": [list(one.category) for one in self.products],
            "item_group": [one.item_group for one in self.products],
            "price": [None if one.price is None else float(one.price) for one in self.products],
            "currency": [one.currency for one in self.products],
            "availability": [one.availability for one in self.products],
        }
        return pa.table(columns, schema=SCHEMA)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """What libraries that read Arrow ask for."""
        return self.table().__arrow_c_stream__(requested_schema)


def read_items(collection: Collection) -> Items:
    """Read all products of a collection; a million of them take some GB of memory.

    Raises:
        EncoderMismatch: the encoder's head isn't the one that made the index.
    """
    read = tuple(_read(collection))
    products = tuple(product for product, _ in read)
    embeddings = np.zeros((len(read), collection.manifest.dim), np.float32)
    for number, (_, embedding) in enumerate(read):
        if embedding is not None:
            embeddings[number] = embedding
    return Items(tuple(product.sku for product in products), embeddings, products)


def _read(
    collection: Collection,
) -> Iterator[tuple[Product, npt.NDArray[np.float32] | None]]:
    for one in collection.export(embeddings=True):
        views = one.embeddings
        if views is None or not len(views):
            yield one.product, None
            continue
        mean = views.mean(axis=0, dtype=np.float64)
        yield one.product, (mean / max(np.linalg.norm(mean), 1e-12)).astype(np.float32)
