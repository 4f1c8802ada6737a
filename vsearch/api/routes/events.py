"""What shoppers do, for the recommender."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from vsearch.access.scope import Scope
from vsearch.api.problems import Problem, documented
from vsearch.api.schemas.events import EventsIn, EventsOut, ForgottenOut, Id, Moment
from vsearch.api.security import Caller, administering, reading
from vsearch.api.service import ServiceDep
from vsearch.events.selection import EventSelection

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

    An event that tells its moment is kept once, however often it is sent.
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


@router.delete(
    "/events",
    responses=documented(400, 401, 403, 422, 429, 503, 507),
    summary="Forget what a shopper did, or what is long ago",
)
async def forget(
    service: ServiceDep,
    _caller: Annotated[Caller, Depends(administering)],
    user_id: Annotated[Id | None, Query(min_length=1, description="of this user")] = None,
    session_id: Annotated[Id | None, Query(min_length=1, description="of this session")] = None,
    before: Annotated[Moment | None, Query(description="earlier than this moment")] = None,
) -> ForgottenOut:
    """Remove events for good: those that meet all that is given, and something must be."""
    chosen = EventSelection(user_id=user_id, session_id=session_id, before=before)
    if chosen.is_everything:
        raise Problem(
            422,
            "bad-event",
            "The events can't be told",
            "say which: user_id, session_id or before",
        )
    removed = await service.change(lambda: service.collection.events.forget(chosen))
    return ForgottenOut(removed=removed)
