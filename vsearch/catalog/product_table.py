"""Every product at once, a column at a time: what whole-catalogue work asks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from vsearch.catalog import schema
from vsearch.catalog.image_records import SourceStatus
from vsearch.catalog.product import Availability

#: Rows that the database hands over at a time.
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class ProductTable:
    """n products by ascending id, and the m pictures that they show."""

    ids: npt.NDArray[np.int64]
    """(n,) ascending."""
    skus: tuple[str, ...]
    brands: tuple[str, ...]
    categories: tuple[str, ...]
    """Paths joined by ``schema.CATEGORY_SEPARATOR``; empty where a product has none."""
    item_groups: tuple[str, ...]
    """Empty where a product has no variants."""
    prices: npt.NDArray[np.float64]
    """(n,) NaN where there is none."""
    in_stock: npt.NDArray[np.bool_]
    """(n,)"""
    image_rows: npt.NDArray[np.int64]
    """(m,) the row of the product that shows each picture, ascending; its main picture first."""
    image_ids: npt.NDArray[np.int64]
    """(m,)"""
    content_hashes: tuple[str, ...]
    """(m,) of the pictures."""

    def __len__(self) -> int:
        """How many products."""
        return len(self.ids)


def read_product_table(connection: Connection) -> ProductTable:
    """Read the products, with those of their pictures that can be used."""
    products, shown = schema.products.c, schema.product_images.c
    sources, images = schema.image_sources.c, schema.images.c
    rows = [
        tuple(row)
        for row in connection.execute(
            select(
                products.id,
                products.sku,
                products.brand,
                products.category,
                products.item_group,
                products.price,
                products.availability,
            ).order_by(products.id),
            execution_options={"yield_per": _AT_ONCE},
        )
    ]
    columns = tuple(zip(*rows, strict=True)) if rows else ((),) * 7
    ids = np.array(columns[0], np.int64)
    views = [
        tuple(row)
        for row in connection.execute(
            select(shown.product_id, images.id, images.content_hash)
            .join_from(schema.product_images, schema.image_sources, sources.id == shown.source_id)
            .join(schema.images, images.id == sources.image_id)
            .where(sources.status == SourceStatus.OK.value)
            .order_by(shown.product_id, shown.position),
            execution_options={"yield_per": _AT_ONCE},
        )
    ]
    owners, image_ids, hashes = tuple(zip(*views, strict=True)) if views else ((), (), ())
    return ProductTable(
        ids=ids,
        skus=columns[1],
        brands=columns[2],
        categories=columns[3],
        item_groups=columns[4],
        prices=np.array([np.nan if one is None else one for one in columns[5]], np.float64),
        in_stock=np.array([one == Availability.IN_STOCK.value for one in columns[6]], np.bool_),
        image_rows=np.searchsorted(ids, np.array(owners, np.int64)).astype(np.int64),
        image_ids=np.array(image_ids, np.int64),
        content_hashes=hashes,
    )
