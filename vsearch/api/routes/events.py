"""What shoppers do, for the recommender."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from vsearch.access.scope import Scope
from vsearch.api.problems import Problem, documented
from vsearch.api.schemas.events import EventsIn, EventsOut
from vsearch.api.security import Caller, reading
from vsearch.api.service import ServiceDep

#: What somebody who only reads may send at once: pages of a shop send their own events, and
#: anybody can do as a page does.
_PAGES_EVENTS = 20

router = APIRouter(prefix="/v1", tags=["events"])


@router.post(
    "/events",
    status_code=202,
    responses=documented(400, 401, 403, 408, 413, 422, 429, 503, 507),
    summary="Keep what shoppers did with products",
)
async def events(
    told: EventsIn, service: ServiceDep, caller: Annotated[Caller, Depends(reading)]
) -> EventsOut:
    """Views, clicks, baskets and purchases, in any order; products needn't be there any more.

    Without the scope `write`, 20 at most in one request: as many as a page has to tell of.
    """
    if Scope.WRITE not in caller.scopes and len(told.events) > _PAGES_EVENTS:
        raise Problem(
            403,
            "scope",
            "The caller may not do this",
            f"{len(told.events)} events; without the scope write {_PAGES_EVENTS} at most",
        )
    kept = [one.event() for one in told.events]
    return EventsOut(stored=await service.change(lambda: service.collection.events.add(kept)))
