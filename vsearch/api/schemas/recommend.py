"""What a recommender is asked over HTTP, and what that means here."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
)

from vsearch.api.schemas.events import Moment
from vsearch.api.schemas.query import MAX_K, STORABLE, Conditions, Sku, Text, listed
from vsearch.events.event import Event, EventKind
from vsearch.recommending.asked import (
    MAX_HISTORY,
    MAX_INTERESTS,
    CategoryScope,
    ForShopper,
    GoesWith,
    Popular,
    SimilarTo,
)
from vsearch.searching.boost import parse_boost
from vsearch.searching.query import DEFAULT_K

#: Products that an address can name beside the one in its path.
MAX_WITH = 100

_MAX_SEED = 2**32 - 1
_LONGEST_HALF_LIFE_DAYS = 36_500

_Id = Annotated[str, StringConstraints(max_length=255, pattern=STORABLE)]
_Boosts = Annotated[
    list[Text], Field(default_factory=list, max_length=20, examples=[["0.05 available"]])
]
_Skus = Annotated[list[Sku], Field(max_length=MAX_HISTORY)]


class _Wanted(BaseModel):
    """What may be recommended, and how many; in an address, where everything is a text."""

    model_config = ConfigDict(extra="forbid")

    k: int = Field(DEFAULT_K, ge=1, le=MAX_K, description="how many products")
    where: Text = Field("", description="a filter", examples=["category:shoes/* AND price<50"])
    in_stock: bool = Field(False, description="only what can be bought now")


class SimilarIn(Conditions):
    """Which products that look like one may be found."""

    category: CategoryScope = Field(
        CategoryScope.ANY, description="its own category, every other one, or any"
    )
    price_band: float | None = Field(
        None,
        gt=0,
        le=10,
        allow_inf_nan=False,
        description="at most this share dearer or cheaper: 0.25 for a quarter",
    )
    in_stock: bool = Field(False, description="only what can be bought now")

    def similar_to(self, sku: str) -> SimilarTo:
        """As the recommender takes it.

        Raises:
            QueryError: it makes no sense.
        """
        return SimilarTo(
            sku=sku,
            category=self.category,
            price_band=self.price_band,
            in_stock=self.in_stock,
            **self.conditions(),
        )


class HistoryEventIn(BaseModel):
    """Something that the shopper did."""

    model_config = ConfigDict(extra="forbid")

    kind: EventKind = EventKind.VIEW
    sku: Sku
    at: Moment | None = Field(None, description="when; now where it is left out")

    def event(self) -> Event:
        """As the recommender takes it.

        Raises:
            EventRejected: a field can't be what it is.
        """
        return Event(kind=self.kind, sku=self.sku, at=self.at)


class RecommendIn(BaseModel):
    """What a shopper may want next, from what they did; what is popular where that isn't known."""

    model_config = ConfigDict(extra="forbid")

    user_id: _Id = Field(
        "", description="whose events the service knows; a key is needed to ask for them"
    )
    session_id: _Id = Field("", description="likewise")
    history: list[HistoryEventIn | Sku] = Field(
        default_factory=list,
        max_length=MAX_HISTORY,
        description="what the shopper did, beside what the service knows; a plain text is the SKU"
        " of a product that was viewed",
    )
    like: _Skus = Field(default_factory=list, description="SKUs that the shopper likes")
    unlike: _Skus = Field(default_factory=list, description="SKUs that the shopper doesn't like")
    k: StrictInt = Field(DEFAULT_K, ge=1, le=MAX_K, description="how many products")
    where: Text = Field("", description="a filter", examples=["category:shoes/* AND price<50"])
    in_stock: StrictBool = Field(False, description="only what can be bought now")
    seen: StrictBool = Field(False, description="whether what the shopper has met may come again")
    interests: StrictInt = Field(
        4, ge=1, le=MAX_INTERESTS, description="into how many a history is taken apart at most"
    )
    half_life_days: StrictFloat = Field(
        14.0,
        gt=0,
        le=_LONGEST_HALF_LIFE_DAYS,
        allow_inf_nan=False,
        description="after how many days an event counts half",
    )
    fresh: StrictFloat = Field(
        0,
        ge=0,
        le=1,
        description="how many of the places are for products that nobody has met yet",
    )
    diversity: StrictFloat = Field(
        0.0,
        ge=0,
        le=1,
        description="0: what fits best; towards 1: products that differ",
    )
    boosts: _Boosts
    seed: StrictInt = Field(
        0,
        ge=0,
        le=_MAX_SEED,
        description="the same question and seed have the same answer",
    )
    at: Moment | None = Field(
        None, description="the moment from which the events' ages are counted; now by default"
    )

    def for_shopper(self) -> ForShopper:
        """As the recommender takes it.

        Raises:
            QueryError, EventRejected: it makes no sense.
        """
        return ForShopper(
            user_id=self.user_id,
            session_id=self.session_id,
            history=tuple(
                Event(EventKind.VIEW, one) if isinstance(one, str) else one.event()
                for one in self.history
            ),
            like=tuple(self.like),
            unlike=tuple(self.unlike),
            k=self.k,
            where=self.where,
            in_stock=self.in_stock,
            seen=self.seen,
            interests=self.interests,
            half_life_days=self.half_life_days,
            fresh=self.fresh,
            diversity=self.diversity,
            boosts=tuple(parse_boost(boost) for boost in self.boosts),
            seed=self.seed,
            at=self.at,
        )


class GoesWithIn(_Wanted):
    """What else is there already, and what may be found to go with it."""

    others: Annotated[list[Sku], BeforeValidator(listed)] = Field(
        default_factory=list,
        alias="with",
        max_length=MAX_WITH,
        description="further products that it is to go with; may be repeated",
    )
    each_category: int = Field(
        0, ge=0, le=MAX_K, description="at most so many of one category; 0: any number"
    )
    boosts: Annotated[_Boosts, BeforeValidator(listed)]

    def goes_with(self, sku: str) -> GoesWith:
        """As the recommender takes it.

        Raises:
            QueryError: it makes no sense.
        """
        return GoesWith(
            skus=tuple(dict.fromkeys((sku, *self.others))),
            k=self.k,
            where=self.where,
            in_stock=self.in_stock,
            each_category=self.each_category,
            boosts=tuple(parse_boost(boost) for boost in self.boosts),
        )


class PopularIn(_Wanted):
    """Which popular products may be told."""

    def popular(self) -> Popular:
        """As the recommender takes it.

        Raises:
            QueryError: it makes no sense.
        """
        return Popular(k=self.k, where=self.where, in_stock=self.in_stock)
