"""A collection at a glance, for those who offer it to people."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from vsearch.catalog import product_store, schema
from vsearch.catalog.filters.literals import in_quotes
from vsearch.catalog.product import Product
from vsearch.catalog.revision import catalogue_revision
from vsearch.encoder.texts import TextEncoder
from vsearch.searching.encoders import CollectionEncoders
from vsearch.searching.snapshot import Snapshot
from vsearch.searching.trust import Calibrations

#: Products looked at to tell which fields are worth counting.
_LOOKED_AT = 1_000

#: Every product has them, if it has a value.
_FIXED = ("category", "brand", "price", "availability")

_MAX_ATTRIBUTES = 4

#: An attribute is worth counting where so many of the products have it, with few values.
_LEAST_SHARE = 0.2
_MOST_VALUES = 60


@dataclass(frozen=True, slots=True)
class Overview:
    """What a collection offers."""

    products: int
    has_confidence: bool
    """Whether hits carry a probability."""

    takes_text: bool
    """Whether ``Query.text`` can be asked for."""

    facets: tuple[str, ...]
    """Fields that are worth counting: few values, and most products have one."""


class Overviews:
    """Gives the overview of a collection, counted anew when it has changed. Thread-safe."""

    def __init__(self, encoders: CollectionEncoders, calibrations: Calibrations) -> None:
        self._encoders = encoders
        self._calibrations = calibrations
        self._gate = threading.Lock()
        self._counted: tuple[int, int, tuple[str, ...]] | None = None

    def of(self, connection: Connection, snapshot: Snapshot) -> Overview:
        """What there is now."""
        _, products, facets = self._count(connection)
        encoder = self._encoders.encoder(snapshot.manifest)
        return Overview(
            products=products,
            has_confidence=self._calibrations.of(snapshot.manifest) is not None,
            takes_text=isinstance(encoder, TextEncoder) and encoder.takes_texts,
            facets=facets,
        )

    def _count(self, connection: Connection) -> tuple[int, int, tuple[str, ...]]:
        revision = catalogue_revision(connection)
        with self._gate:
            if self._counted is None or self._counted[0] != revision:
                facets = tuple(_worth_counting(_sample(connection)))
                self._counted = (revision, product_store.count(connection), facets)
            return self._counted


def _sample(connection: Connection) -> Iterable[Product]:
    """Products from the whole catalogue: the first and last are often of one kind."""
    ids = schema.products.c.id
    first, last = connection.execute(select(func.min(ids), func.max(ids))).one()
    if first is None:
        return ()
    step = max(1, (last - first + 1) // _LOOKED_AT)
    wanted = range(first, last + 1, step)
    return product_store.load(connection, wanted).values()


def _worth_counting(products: Iterable[Product]) -> list[str]:
    seen: dict[str, set[object]] = defaultdict(set)
    having: Counter[str] = Counter()
    total = 0
    for product in products:
        total += 1
        for field in _FIXED:
            if has := getattr(product, field):
                seen[field].add(has)
        for name, value in product.attributes.items():
            having[name] += 1
            seen[f"attr.{name}"].update(value if isinstance(value, tuple) else (value,))
    fixed = [field for field in _FIXED if len(seen[field]) > 1]
    attributes = [
        _field(name)
        for name, count in having.most_common()
        if count >= _LEAST_SHARE * total and 1 < len(seen[f"attr.{name}"]) <= _MOST_VALUES
    ]
    return fixed + attributes[:_MAX_ATTRIBUTES]


def _field(attribute: str) -> str:
    return f"attr.{attribute if attribute.isidentifier() else in_quotes(attribute)}"
