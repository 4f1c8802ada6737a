"""Which attributes the products of the catalogue have: few names, however many products."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from vsearch.catalog import schema
from vsearch.catalog.product import Product


def known_attributes(connection: Connection) -> list[str]:
    """Every name that an attribute of some product has or had, in order."""
    return sorted(connection.scalars(select(schema.attribute_names.c.name)))


class AttributeNames:
    """Notes the names that a run of a feed brings and that weren't there before."""

    def __init__(self, connection: Connection) -> None:
        """Write through ``connection``; the caller commits, and is the one writer."""
        self._connection = connection
        self._known = set(known_attributes(connection))

    def note(self, products: Iterable[Product]) -> None:
        """Add the names that these products have."""
        new = {name for product in products for name in product.attributes} - self._known
        if new:
            self._connection.execute(
                insert(schema.attribute_names), [{"name": name} for name in sorted(new)]
            )
            self._known |= new
