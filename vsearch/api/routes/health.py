"""Whether the service is alive, ready, and how it is doing."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from vsearch.api.metrics import CONTENT_TYPE
from vsearch.api.problems import Problem, documented
from vsearch.api.schemas.collection import HealthOut
from vsearch.api.security import administering
from vsearch.api.service import Service, ServiceDep
from vsearch.errors import VsearchError

#: When to look again whether the service is ready, in seconds.
_RETRY_S = 10

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Whether the process answers")
async def healthz() -> HealthOut:
    """Alive; says nothing of the collection."""
    return HealthOut(status="ok")


@router.get(
    "/readyz", responses=documented(503), summary="Whether queries can be answered right now"
)
async def readyz(service: ServiceDep) -> HealthOut:
    """The encoder is loaded, the index open, the database answers."""
    try:
        await service.do(lambda: _look(service))
    except VsearchError as error:
        raise Problem(
            503,
            "not-ready",
            "Queries can't be answered",
            "the collection can't be read",
            headers={"Retry-After": str(_RETRY_S)},
        ) from error
    return HealthOut(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **documented(401, 403, 429),
    },
    dependencies=[Depends(administering)],
    summary="Figures for Prometheus",
)
async def metrics(service: ServiceDep) -> Response:
    """Latency by stage, batches, the queue, the index's generation, what was refused."""
    text = await service.do(lambda: _figures(service))
    return Response(text, media_type=CONTENT_TYPE)


def _look(service: Service) -> None:
    service.collection.load_encoder()
    service.collection.overview()


def _figures(service: Service) -> bytes:
    manifest = service.collection.manifest
    service.metrics.generation.set(manifest.generation)
    service.metrics.images.set(manifest.index_size)
    return service.metrics.text()
