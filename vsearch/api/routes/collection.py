"""``GET /v1/collection``: what is served, and what a request may be."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from vsearch._version import __version__
from vsearch.api.problems import documented
from vsearch.api.schemas.collection import CollectionOut, LimitsOut
from vsearch.api.schemas.query import MAX_K
from vsearch.api.security import Caller, reading
from vsearch.api.service import Service, ServiceDep

router = APIRouter(prefix="/v1", tags=["collection"])


@router.get(
    "/collection",
    responses=documented(401, 403, 429, 503),
    summary="What is served, and what a request may be",
)
async def collection(
    service: ServiceDep, caller: Annotated[Caller, Depends(reading)]
) -> CollectionOut:
    """Its size, its encoder, the fields worth counting, the limits."""
    return await service.do(lambda: _told(service, caller))


def _told(service: Service, caller: Caller) -> CollectionOut:
    manifest, settings = service.collection.manifest, service.settings
    overview = service.collection.overview()
    return CollectionOut(
        products=overview.products,
        images=manifest.index_size,
        generation=manifest.generation,
        encoder=manifest.encoder.name,
        index_kind=manifest.index_kind,
        has_confidence=overview.has_confidence,
        takes_text=overview.takes_text,
        facets=list(overview.facets),
        limits=LimitsOut(
            max_upload_bytes=service.serving.max_upload_bytes,
            max_pixels=settings.max_pixels,
            max_k=MAX_K,
        ),
        urls=settings.urls,
        scopes=sorted(caller.scopes),
        version=__version__,
    )
