"""A query and its hits as one HTML file that opens anywhere, without a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from vsearch.calibration.category import CategoryGuess
from vsearch.catalog.product import Availability
from vsearch.catalog.shown_price import shown_price
from vsearch.images.box import Box
from vsearch.searching.absence import why_nothing
from vsearch.searching.query import Query
from vsearch.searching.result import Hit, Result
from vsearch.searching.shown_share import shown_share

_PERCENT = "\N{NARROW NO-BREAK SPACE}%"


@dataclass(frozen=True, slots=True)
class Asked:
    """One example of the query, as the page shows it."""

    name: str
    """A file name, a URL, a SKU, a text."""

    picture: str | None
    """A data URI; None for texts, and where there is no picture."""


@dataclass(frozen=True, slots=True)
class Card:
    """One hit, as the page shows it."""

    hit: Hit

    picture: str | None
    """A data URI; None where the picture is gone."""

    explanation: str | None = None
    """A data URI: what of the query matched what of the hit."""


@dataclass(frozen=True, slots=True)
class Section:
    """Hits under one heading."""

    cards: Sequence[Card]

    region: Box | None = None
    """What of the query's picture they are like, relative to it; None for all of it."""

    nothing_alike: bool = False

    category: Sequence[CategoryGuess] = ()
    """What it is, down the catalogue's categories, where that is clear."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the page shows."""

    query: Query
    result: Result
    like: Sequence[Asked]
    unlike: Sequence[Asked]
    sections: Sequence[Section]
    encoder: str
    products: int
    """How many products there are."""

    seconds: float
    """How long the search took, encoding included."""

    @property
    def title(self) -> str:
        """What was asked, in a few words."""
        return " + ".join([asked.name for asked in self.like] or [self.query.words])

    @property
    def regions(self) -> list[Box]:
        """What was found in the query's picture."""
        return [section.region for section in self.sections if section.region is not None]

    @property
    def why_nothing(self) -> str:
        """What to say where there are no hits."""
        return why_nothing(self.query, self.result)


def render(report: Report) -> str:
    """The page, complete: styles and pictures are inside it."""
    environment = Environment(
        loader=PackageLoader("vsearch.searching"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["price"] = shown_price
    environment.filters["availability"] = _availability
    environment.filters["share"] = partial(shown_share, sign=_PERCENT)
    return environment.get_template("report.html").render(report=report)


def _availability(availability: Availability | None) -> str:
    return "" if availability is None else availability.value.replace("_", " ")
