"""What shoppers do, for the recommender."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from vsearch.api.problems import documented
from vsearch.api.schemas.events import EventsIn, EventsOut
from vsearch.api.security import reading
from vsearch.api.service import ServiceDep

router = APIRouter(prefix="/v1", tags=["events"])


@router.post(
    "/events",
    # A shop's page sends them itself, and pages have keys that only read.
    dependencies=[Depends(reading)],
    status_code=202,
    responses=documented(400, 401, 403, 408, 413, 422, 429, 503, 507),
    summary="Keep what shoppers did with products",
)
async def events(told: EventsIn, service: ServiceDep) -> EventsOut:
    """Views, clicks, baskets and purchases, in any order; products needn't be there any more."""
    kept = [one.event() for one in told.events]
    return EventsOut(stored=await service.do(lambda: service.collection.events.add(kept)))
