"""What a service answers, as the records that a collection returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from vsearch.calibration.category import CategoryGuess
from vsearch.catalog.facet_value import FacetValue
from vsearch.catalog.product import Availability, Product
from vsearch.errors import ServiceError
from vsearch.images.box import Box
from vsearch.searching.result import Hit, Region, Result


@dataclass(frozen=True, slots=True)
class Answer(Result):
    """A result, and what only a service has to say of it.

    Its hits have those fields of a product that a list shows; ``product`` has them all.
    """

    query_id: str = ""
    """Names the query in events."""

    why_nothing: str = ""
    """Where there are no hits: the likeliest reason."""

    products: int = 0
    """How many products there are to be found."""

    generation: int = 0
    """Of the index that answered."""

    took_ms: float = 0.0
    """How long the service took, in milliseconds."""


@contextmanager
def reading(url: str) -> Iterator[None]:
    """Say of an answer that isn't what it should be where it came from."""
    try:
        yield
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise ServiceError(
            f"{url}: the answer isn't one of a vsearch service of this version"
            f" ({type(error).__name__}: {error})"
        ) from error


def read_answer(content: Mapping[str, Any], url: str) -> Answer:
    """Read the answer to a query.

    Args:
        content: its JSON.
        url: of the service; where pictures are is told relative to it.

    Raises:
        ServiceError: it isn't one.
    """
    with reading(url):
        return Answer(
            hits=tuple(read_hit(hit, url) for hit in content["hits"]),
            nothing_alike=content["nothing_alike"],
            categories=_guesses(content["categories"]),
            facets={
                field: tuple(FacetValue(one["value"], one["count"], one["where"]) for one in values)
                for field, values in content["facets"].items()
            },
            regions=tuple(
                Region(
                    box=Box(*region["box"]),
                    hits=tuple(read_hit(hit, url) for hit in region["hits"]),
                    nothing_alike=region["nothing_alike"],
                    category=_guesses(region["category"]),
                )
                for region in content["regions"]
            ),
            query_id=content["query_id"],
            why_nothing=content["why_nothing"] or "",
            products=content["products"],
            generation=content["generation"],
            took_ms=content["took_ms"],
        )


def read_product(content: Mapping[str, Any], url: str) -> Product:
    """Read a product; its ``images`` are addresses at the service, then what was rejected.

    Raises:
        ServiceError: it isn't one.
    """
    with reading(url):
        return Product(
            **_shown(content),
            description=content["description"],
            gtin=content["gtin"],
            attributes={
                name: tuple(value) if isinstance(value, list) else value
                for name, value in content["attributes"].items()
            },
            images=(
                *(absolute(image["url"], url) for image in content["images"]),
                *(image["location"] for image in content["rejected_images"]),
            ),
        )


def absolute(location: str, url: str) -> str:
    """The address of what a service names by its path."""
    return f"{url}{location}" if location.startswith("/") else location


def read_hit(content: Mapping[str, Any], url: str) -> Hit:
    """Read a hit; a part of reading an answer."""
    image = content["image"]
    return Hit(
        rank=content["rank"],
        score=content["score"],
        product=Product(**_shown(content)),
        image="" if image is None else absolute(image["url"], url),
        image_id=0,  # A number of the catalogue's own, which a service doesn't tell.
        content_hash="" if image is None else image["content_hash"],
        confidence=content["confidence"],
        boost=content["boost"],
        also=tuple(content["also"]),
    )


def _shown(content: Mapping[str, Any]) -> dict[str, Any]:
    """Those fields of a product that its hits have as well."""
    price, availability = content["price"], content["availability"]
    return {
        "sku": content["sku"],
        "title": content["title"],
        "brand": content["brand"],
        "category": tuple(content["category"]),
        "price": None if price is None else Decimal(price),
        "currency": content["currency"],
        "availability": None if availability is None else Availability(availability),
        "url": content["url"],
        "item_group": content["item_group"],
    }


def _guesses(content: Sequence[Mapping[str, Any]]) -> tuple[CategoryGuess, ...]:
    return tuple(CategoryGuess(tuple(guess["path"]), guess["probability"]) for guess in content)
