"""Every product of a collection as plain records, for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from vsearch.catalog import product_store, product_views
from vsearch.catalog.product import Product
from vsearch.catalog.product_views import View
from vsearch.collection_embeddings import CollectionEmbeddings

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class ExportedProduct:
    """A product with what vsearch knows of its images."""

    product: Product

    image_ids: tuple[int, ...]
    """Its usable images, in order; ids of the catalogue and the index."""

    embeddings: npt.NDArray[np.float32] | None
    """(len(image_ids), dim) float32, L2-normalised; None unless it was asked for."""


def export_products(
    connection: Connection, embeddings: CollectionEmbeddings | None
) -> Iterator[ExportedProduct]:
    """Yield every product, a page in memory at a time.

    Args:
        connection: the catalogue.
        embeddings: where they come from; None leaves them out.
    """
    products = product_store.iterate(connection)
    while page := list(islice(products, _PAGE)):
        views = product_views.views_of_products(connection, [number for number, _ in page])
        for product_id, product in page:
            yield _exported(product, views.get(product_id, []), embeddings)


def _exported(
    product: Product, views: list[View], embeddings: CollectionEmbeddings | None
) -> ExportedProduct:
    found = None
    if embeddings is not None:
        lost = set(embeddings.missing([view.content_hash for view in views]))
        views = [view for view in views if view.content_hash not in lost]
        found = embeddings.get([view.content_hash for view in views])
    return ExportedProduct(product, tuple(view.image_id for view in views), found)
