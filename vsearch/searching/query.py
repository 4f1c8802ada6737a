"""What is asked, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vsearch.catalog.product import Product
from vsearch.encoder.interface import ImageInput
from vsearch.errors import QueryError

#: How many hits a query gives unless it says otherwise.
DEFAULT_K = 10
MAX_K = 10_000


@dataclass(frozen=True, slots=True)
class Query:
    """One question to a collection: which products look like this.

    Raises:
        QueryError: not exactly one of ``image`` and ``sku`` is given, or k is out of range.
    """

    image: ImageInput | None = None
    """A path, the bytes of an image file, a PIL image or a uint8 RGB array."""

    sku: str | None = None
    """A product of the collection: what looks like it, itself left out. Nothing is encoded."""

    k: int = DEFAULT_K
    """How many products, 1 to 10,000."""

    def __post_init__(self) -> None:
        if (self.image is None) == (self.sku is None):
            raise QueryError("a query takes an image or a sku, exactly one of the two")
        if not 1 <= self.k <= MAX_K:
            raise QueryError(f"k = {self.k}: ask for 1 to {MAX_K} products")


@dataclass(frozen=True, slots=True)
class Hit:
    """One product that was found, by the image of it that matched best."""

    rank: int
    """1 is the best."""

    score: float
    """Cosine similarity between the query and the image that matched, -1 to 1."""

    product: Product

    image: str
    """The image that matched: an absolute path, or a URL."""

    image_id: int
    """Its id in the catalogue and the index."""

    content_hash: str
    """Of that image's content, SHA-256 in hex."""

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
