"""A price as a page shows it."""

from __future__ import annotations

from vsearch.catalog.product import Product

_THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"


def shown_price(product: Product) -> str:
    """``1 299.00 EUR`` with thin spaces; empty where the product has none.

    >>> from decimal import Decimal
    >>> shown_price(Product("A", price=Decimal("14.90"), currency="EUR"))
    '14.90 EUR'
    """
    if product.price is None:
        return ""
    amount = f"{product.price:,}".replace(",", _THIN_SPACE)
    return f"{amount} {product.currency or ''}".strip()
