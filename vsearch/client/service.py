"""What a service tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vsearch.client.answers import reading


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """The collection that is served, and what may be asked of it."""

    products: int
    images: int
    """In the index."""
    generation: int
    encoder: str
    index_kind: str
    has_confidence: bool
    """Whether hits carry a probability."""
    takes_text: bool
    """Whether ``Query.text`` can be asked for."""
    facets: tuple[str, ...]
    """Fields that are worth counting."""
    max_upload_bytes: int
    max_pixels: int
    """Of a picture."""
    max_k: int
    """Hits of one query."""
    urls: str
    """Whether the service fetches pictures: ``none``, ``public`` or ``any``."""
    scopes: tuple[str, ...]
    """What this key may: ``read``, ``write``, ``admin``."""
    version: str


def read_status(content: Mapping[str, Any], url: str) -> ServiceStatus:
    """Read what a service tells of itself.

    Raises:
        ServiceError: it tells something else.
    """
    with reading(url):
        limits = content["limits"]
        return ServiceStatus(
            products=content["products"],
            images=content["images"],
            generation=content["generation"],
            encoder=content["encoder"],
            index_kind=content["index_kind"],
            has_confidence=content["has_confidence"],
            takes_text=content["takes_text"],
            facets=tuple(content["facets"]),
            max_upload_bytes=limits["max_upload_bytes"],
            max_pixels=limits["max_pixels"],
            max_k=limits["max_k"],
            urls=content["urls"],
            scopes=tuple(content["scopes"]),
            version=content["version"],
        )
