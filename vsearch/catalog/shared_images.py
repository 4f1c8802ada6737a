"""Images that several products show: the same content, under whatever names."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from vsearch.catalog import schema
from vsearch.catalog.image_records import SourceStatus


def shared_images(connection: Connection) -> list[int]:
    """The ids of the images that two or more products show, ascending."""
    sources, shown = schema.image_sources.c, schema.product_images.c
    return list(
        connection.scalars(
            select(sources.image_id)
            .join(schema.product_images, shown.source_id == sources.id)
            .where(sources.status == SourceStatus.OK.value)
            .group_by(sources.image_id)
            .having(func.count(shown.product_id.distinct()) > 1)
            .order_by(sources.image_id)
        )
    )
