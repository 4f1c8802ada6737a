"""What a condition selects: the images that may be found, the products among some."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, select

from vsearch.catalog import schema
from vsearch.catalog.image_records import SourceStatus
from vsearch.catalog.pages import paged

_PAGE = 10_000

_products = schema.products.c
_shown = schema.product_images.c
_sources = schema.image_sources.c


def image_ids_where(
    connection: Connection, condition: ColumnElement[bool]
) -> npt.NDArray[np.int64]:
    """The usable images of all products that fulfil a condition.

    Returns:
        (n,) int64, ascending, without repeats.
    """
    # Products first: for most conditions there is an index that has all that they need, and
    # the rows themselves, descriptions and all, needn't be read.
    wanted = select(_products.id).where(condition)
    rows = connection.execute(
        select(_sources.image_id)
        .join_from(schema.product_images, schema.image_sources, _sources.id == _shown.source_id)
        .where(_shown.product_id.in_(wanted), _sources.status == SourceStatus.OK.value)
    )
    # The driver's own rows: SQLAlchemy's take three times as long, and there may be millions.
    cursor = rows.cursor
    assert cursor is not None
    pages = iter(lambda: cursor.fetchmany(_PAGE), [])
    ids = np.fromiter(chain.from_iterable(chain.from_iterable(pages)), np.int64)
    rows.close()
    ids.sort()
    # np.unique takes ten times as long.
    return ids[np.append(True, ids[1:] != ids[:-1])] if len(ids) else ids


def product_ids_where(
    connection: Connection, condition: ColumnElement[bool], among: Sequence[int]
) -> set[int]:
    """Those of some products that fulfil a condition."""
    found: set[int] = set()
    for page in paged(among):
        found.update(
            connection.scalars(select(_products.id).where(_products.id.in_(page), condition))
        )
    return found
