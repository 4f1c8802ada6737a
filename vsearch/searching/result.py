"""What comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from vsearch.calibration.category import CategoryGuess
from vsearch.catalog.product import Product
from vsearch.images.box import Box

if TYPE_CHECKING:
    from vsearch.catalog.facet_value import FacetValue

#: From here on a category is likelier than all others of its level together.
_LIKELY = 0.5

NO_FACETS: Mapping[str, Sequence[FacetValue]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Hit:
    """One product that was found, by the image of it that matched best."""

    rank: int
    """1 is the best."""

    score: float
    """Cosine similarity between the query and the image that matched, -1 to 1. By words alone
    it is their relevance, 0 to 1, of which the best hit has 1."""

    product: Product

    image: str
    """The image that matched: an absolute path, or a URL. Empty where words alone have found a
    product without a usable image."""

    image_id: int
    """Its id in the catalogue and the index."""

    content_hash: str
    """Of that image's content, SHA-256 in hex."""

    product_id: int = field(repr=False, default=0)
    """The product's id in the catalogue."""

    confidence: float | None = None
    """The probability that it is the very thing asked for, 0 to 1; None where the collection
    has no calibration, or the question is a mixture, for which a match isn't defined."""

    boost: float = 0.0
    """What the query's boosts have added to its score for the order."""

    also: tuple[str, ...] = ()
    """SKUs of near-identical listings that were collapsed into this hit."""

    @property
    def sku(self) -> str:
        """The product's SKU."""
        return self.product.sku

    @property
    def title(self) -> str:
        """The product's title."""
        return self.product.title

    @property
    def price(self) -> Decimal | None:
        """The product's price, in ``currency``."""
        return self.product.price

    @property
    def currency(self) -> str | None:
        """The price's currency, ISO 4217."""
        return self.product.currency

    @property
    def url(self) -> str:
        """The product's page in the shop."""
        return self.product.url


@dataclass(frozen=True, slots=True)
class Region:
    """One thing in a scene, and what it looks like."""

    box: Box
    """Where it is, relative to the picture, with a margin: what was searched with."""

    hits: tuple[Hit, ...]

    nothing_alike: bool
    """Whether the catalogue has nothing like it."""

    category: tuple[CategoryGuess, ...] = ()
    """What it is, down the catalogue's categories; empty where that isn't clear."""


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a query."""

    hits: tuple[Hit, ...]
    """The page that was asked for, the best first."""

    nothing_alike: bool = False
    """Whether even the best hit is most likely not what was asked for. False where the
    collection has no calibration."""

    categories: tuple[CategoryGuess, ...] = ()
    """What the thing asked for is, by the categories of what it looks like; likeliest first."""

    facets: Mapping[str, Sequence[FacetValue]] = field(default_factory=lambda: NO_FACETS)
    """For each field that was asked for its values among the nearest products."""

    regions: tuple[Region, ...] = ()
    """Where a query asks for regions: one for each thing in the picture, the clearest first.
    Their hits are in ``hits`` as well, best first."""

    @property
    def likeliest_category(self) -> tuple[CategoryGuess, ...]:
        """Down the categories, each within the one before, as long as one is likelier than not."""
        path: list[CategoryGuess] = []
        for guess in self.categories:  # The likeliest first, parents before their children.
            parent = path[-1].path if path else ()
            if guess.path[:-1] == parent and guess.probability >= _LIKELY:
                path.append(guess)
        return tuple(path)
