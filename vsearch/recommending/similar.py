"""From what looks like a product to a query."""

from __future__ import annotations

from decimal import Decimal

from vsearch.catalog.product import Product
from vsearch.catalog.schema import CATEGORY_SEPARATOR
from vsearch.recommending.asked import CategoryScope, SimilarTo
from vsearch.searching.query import Query

#: Prices have no more decimal places than this.
_CENT = Decimal("0.0001")


def similar_query(asked: SimilarTo, product: Product) -> Query:
    """The query that finds what looks like a product.

    Raises:
        QueryError: a number is out of range.
    """
    return Query(
        sku=product.sku,
        k=asked.k,
        offset=asked.offset,
        where=all_of(
            asked.where,
            _category(asked.category, product),
            _price_band(asked.price_band, product),
            "available" if asked.in_stock else "",
        ),
        apart=True,
        group=asked.group,
        collapse=asked.collapse,
        diversity=asked.diversity,
        boosts=asked.boosts,
        min_confidence=asked.min_confidence,
        facets=asked.facets,
    )


def all_of(*filters: str) -> str:
    """One filter for what fulfils all of some; empty ones ask for nothing."""
    given = [one for one in filters if one.strip()]
    return given[0] if len(given) == 1 else " AND ".join(f"({one})" for one in given)


def quoted(text: str) -> str:
    """A value as it stands in a filter."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _category(scope: CategoryScope, product: Product) -> str:
    if scope is CategoryScope.ANY:
        return ""
    path = CATEGORY_SEPARATOR.join(product.category)
    own = f"category = {quoted(path)}" if path else "category IS EMPTY"
    return own if scope is CategoryScope.SAME else f"NOT {own}"


def _price_band(share: float | None, product: Product) -> str:
    """What costs about as much; without a price of its own a product has no band."""
    if share is None or product.price is None:
        return ""
    width = product.price * Decimal(str(share))
    low = max(Decimal(0), product.price - width).quantize(_CENT)
    band = f"price BETWEEN {low:f} AND {(product.price + width).quantize(_CENT):f}"
    return f"{band} AND currency = {quoted(product.currency)}" if product.currency else band
