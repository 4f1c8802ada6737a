"""What a service tells of itself, as JSON."""

from __future__ import annotations

from pydantic import BaseModel, Field


class LimitsOut(BaseModel):
    """What a request may be."""

    max_upload_bytes: int = Field(description="of a request with a picture")
    max_pixels: int = Field(description="of a picture")
    max_k: int = Field(description="hits on one page")


class CollectionOut(BaseModel):
    """The collection that is served."""

    products: int
    images: int = Field(description="in the index")
    generation: int
    encoder: str
    index_kind: str
    has_confidence: bool = Field(description="whether hits carry a probability")
    takes_text: bool = Field(description="whether ``text`` can be asked for")
    facets: list[str] = Field(description="fields that are worth counting")
    limits: LimitsOut
    urls: str = Field(description="whether pictures are fetched: none, public or any")
    scopes: list[str] = Field(description="what this caller may: read, write, admin")
    version: str


class HealthOut(BaseModel):
    """Whether the service is well."""

    status: str
