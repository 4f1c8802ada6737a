"""A query and its hits as one HTML file that opens anywhere, without a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from jinja2 import Environment, PackageLoader, StrictUndefined

from vsearch.catalog.product import Availability
from vsearch.searching.query import Hit


@dataclass(frozen=True, slots=True)
class Report:
    """What the page shows."""

    query_name: str
    """What was asked: a file name, a URL, a SKU."""

    query_picture: str | None
    """A data URI."""

    hits: Sequence[Hit]

    pictures: Sequence[str | None]
    """A data URI for each hit; None where the picture is gone."""

    encoder: str
    products: int
    """How many products were searched."""

    seconds: float
    """How long the search took, encoding included."""


def render(report: Report) -> str:
    """The page, complete: styles and pictures are inside it."""
    environment = Environment(
        loader=PackageLoader("vsearch.searching"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["price"] = _price
    environment.filters["availability"] = _availability
    page = environment.get_template("report.html")
    return page.render(report=report, cards=list(zip(report.hits, report.pictures, strict=True)))


def _price(hit: Hit) -> str:
    if hit.price is None:
        return ""
    return f"{_grouped(hit.price)} {hit.currency or ''}".strip()


def _grouped(price: Decimal) -> str:
    return f"{price:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _availability(availability: Availability | None) -> str:
    return "" if availability is None else availability.value.replace("_", " ")
