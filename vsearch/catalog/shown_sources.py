"""What single products show: the little that a small change has to look at."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, delete, exists, select

from vsearch.catalog import image_store, schema
from vsearch.catalog.image_records import ImageSource
from vsearch.catalog.pages import paged

_encodings = schema.encodings.c
_products = schema.products.c
_shown = schema.product_images.c
_sources = schema.image_sources.c


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A source of an image that a product shows."""

    source_id: int
    location: str
    image_id: int | None
    """None where it couldn't be read."""


def shown_sources(connection: Connection, skus: Sequence[str]) -> dict[str, list[ShownSource]]:
    """The sources that products show, by SKU, in order; products without any are left out."""
    shown: dict[str, list[ShownSource]] = {}
    for page in paged(skus):
        rows = connection.execute(
            select(_products.sku, _sources.id, _sources.location, _sources.image_id)
            .join_from(schema.product_images, schema.image_sources, _sources.id == _shown.source_id)
            .join(schema.products, _products.id == _shown.product_id)
            .where(_products.sku.in_(page))
            .order_by(_products.id, _shown.position)
        )
        for sku, *rest in rows:
            shown.setdefault(sku, []).append(ShownSource(*rest))
    return shown


def sources_at(
    connection: Connection, feed_id: int, encoder: int, locations: Sequence[str]
) -> dict[str, ImageSource]:
    """What is known of some locations of a feed, by location; unknown ones are left out."""
    found: dict[str, ImageSource] = {}
    for page in paged(locations):
        condition = (_sources.feed_id == feed_id) & _sources.location.in_(page)
        sources = image_store.sources_where(connection, encoder, condition)
        found |= {source.location: source for source in sources}
    return found


def locations_of(connection: Connection, feed_name: str) -> Iterator[str]:
    """Every location of a feed, in no particular order."""
    rows = connection.scalars(
        select(_sources.location)
        .join(schema.feeds, schema.feeds.c.id == _sources.feed_id)
        .where(schema.feeds.c.name == feed_name)
        .execution_options(yield_per=10_000)
    )
    yield from rows


def shown_among(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Those of some content hashes that some product shows an image of."""
    found: set[str] = set()
    for page in paged(list(hashes)):
        found.update(
            connection.scalars(
                select(schema.images.c.content_hash).where(
                    schema.images.c.content_hash.in_(page),
                    exists()
                    .where(_sources.image_id == schema.images.c.id)
                    .where(_shown.source_id == _sources.id),
                )
            )
        )
    return found


def live_among(connection: Connection, encoder: int, ids: Sequence[int]) -> npt.NDArray[np.int64]:
    """(n,) int64, ascending: those of some images that ``image_store.live_ids`` has."""
    found: list[int] = []
    for page in paged(ids):
        is_shown = (
            exists()
            .where(_sources.image_id == _encodings.image_id)
            .where(_shown.source_id == _sources.id)
        )
        found += connection.scalars(
            select(_encodings.image_id).where(
                _encodings.encoder_id == encoder, _encodings.image_id.in_(page), is_shown
            )
        )
    return np.unique(np.array(found, dtype=np.int64))


def forget_unshown_among(connection: Connection, source_ids: Sequence[int]) -> list[ShownSource]:
    """Drop those of some sources that no product shows any more, and return them."""
    gone: list[ShownSource] = []
    for page in paged(source_ids):
        rows = connection.execute(
            select(_sources.id, _sources.location, _sources.image_id).where(
                _sources.id.in_(page), ~exists().where(_shown.source_id == _sources.id)
            )
        )
        gone += [ShownSource(*row) for row in rows]
    for found in paged([one.source_id for one in gone]):
        connection.execute(delete(schema.image_sources).where(_sources.id.in_(found)))
    return gone
