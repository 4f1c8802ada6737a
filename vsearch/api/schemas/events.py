"""Events as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from vsearch.api.schemas.query import Sku
from vsearch.events.event import Event, EventKind

Id = Annotated[str, StringConstraints(max_length=255)]


def _written(value: object) -> object:
    """A moment is written out: of a bare number nobody knows whether it is seconds."""
    if isinstance(value, datetime) or (isinstance(value, str) and ":" in value):
        return value
    raise ValueError("write it as 2026-11-01T12:00:00Z")


Moment = Annotated[AwareDatetime, BeforeValidator(_written)]


class EventIn(BaseModel):
    """Something that a shopper did with a product."""

    model_config = ConfigDict(extra="forbid")

    kind: EventKind
    sku: Sku
    at: Moment | None = Field(None, description="when; now where it is left out")
    user_id: Id = Field("", description="who, as the shop knows them; a pseudonym is best")
    session_id: Id = ""
    query_id: Id = Field("", description="of the answer that showed the product")
    position: int | None = Field(None, ge=1, le=10_000, description="its rank there")
    quantity: int | None = Field(None, ge=1, le=1_000_000)

    def event(self) -> Event:
        """As it is kept.

        Raises:
            EventRejected: a field can't be what it is.
        """
        return Event(
            kind=EventKind(self.kind),
            sku=self.sku,
            at=self.at,
            user_id=self.user_id,
            session_id=self.session_id,
            query_id=self.query_id,
            position=self.position,
            quantity=self.quantity,
        )


class EventsIn(BaseModel):
    """Events, in any order."""

    model_config = ConfigDict(extra="forbid")

    events: list[EventIn] = Field(min_length=1, max_length=1_000)


class EventsOut(BaseModel):
    """How many were kept."""

    stored: int = Field(description="that weren't there yet; an event with a moment is kept once")


class ForgottenOut(BaseModel):
    """How many events were removed."""

    removed: int
