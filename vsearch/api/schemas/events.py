"""Events as JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from vsearch.api.schemas.query import Sku

_Id = Annotated[str, StringConstraints(max_length=255)]


class EventIn(BaseModel):
    """Something that a shopper did with a product."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["view", "click", "basket", "purchase"]
    sku: Sku
    at: AwareDatetime | None = Field(None, description="when; now where it is left out")
    user_id: _Id = Field("", description="who, as the shop knows them; a pseudonym is best")
    session_id: _Id = ""
    query_id: _Id = Field("", description="of the answer that showed the product")
    position: int | None = Field(None, ge=1, le=10_000, description="its rank there")
    quantity: int | None = Field(None, ge=1, le=1_000_000)


class EventsIn(BaseModel):
    """Events, in any order."""

    model_config = ConfigDict(extra="forbid")

    events: list[EventIn] = Field(min_length=1, max_length=1_000)


class EventsOut(BaseModel):
    """How many were kept."""

    stored: int
