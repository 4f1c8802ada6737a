"""A query as it is asked over HTTP, and what it means here."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from vsearch.catalog.product import is_url
from vsearch.errors import ImageRejected, QueryError
from vsearch.images.box import Box
from vsearch.searching.boost import parse_boost
from vsearch.searching.query import (
    DEFAULT_K,
    MAX_DEPTH,
    MAX_REGIONS,
    Example,
    Grouping,
    Query,
)

#: A page of more hits than this nobody reads; each costs its share of an answer.
MAX_K = 1_000

#: So many hits are explained at once at most: each takes some 0.3 s.
MAX_EXPLAINED = 12

#: Pictures that one query may bring: each is decoded and encoded.
MAX_PICTURES = 8

_MAX_TEXT = 2_000
_MAX_EXAMPLES = 32

#: PostgreSQL doesn't even compare with a text that holds a NUL; what is stored never does.
STORABLE = r"^[^\x00]*$"

Sku = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=STORABLE)]
Text = Annotated[str, StringConstraints(max_length=_MAX_TEXT)]


def _numbers(value: object) -> object:
    """``0.1,0.2,0.5,0.5`` as a query string has it."""
    return value.split(",") if isinstance(value, str) else value


def listed(value: object) -> object:
    """One value where several may stand."""
    return [value] if isinstance(value, str | dict) else value


BoxIn = Annotated[
    tuple[
        Annotated[float, Field(ge=0, allow_inf_nan=False)],
        Annotated[float, Field(ge=0, allow_inf_nan=False)],
        Annotated[float, Field(gt=0, allow_inf_nan=False)],
        Annotated[float, Field(gt=0, allow_inf_nan=False)],
    ],
    BeforeValidator(_numbers),
    Field(
        description="left, top, width and height of the part that is meant: shares of the"
        " picture where none is above 1, else pixels",
        examples=[[0.25, 0.1, 0.5, 0.8]],
    ),
]


class PictureIn(BaseModel):
    """A picture: its bytes, or where it is. Exactly one of the two."""

    model_config = ConfigDict(extra="forbid")

    data: str | None = Field(None, description="the image file in base64")
    url: Annotated[str, StringConstraints(max_length=4_096)] | None = Field(
        None, description="an http(s) address, where the service fetches any"
    )

    @model_validator(mode="after")
    def _one(self) -> PictureIn:
        if (self.data is None) == (self.url is None):
            raise ValueError("give data or url, exactly one of the two")
        if self.url is not None and not is_url(self.url):
            raise ValueError("url: an http:// or https:// address is needed")
        return self

    def image(self) -> bytes | str:
        """The bytes, or the address.

        Raises:
            ImageRejected: the data aren't base64.
        """
        if self.url is not None:
            return self.url
        _, comma, after = (self.data or "").partition(";base64,")
        try:
            return base64.b64decode(after if comma else self.data or "", validate=True)
        except (binascii.Error, ValueError) as error:
            raise ImageRejected("is not base64", "image.data") from error


def _product(value: object) -> object:
    """A plain text where an example may stand is a product's SKU."""
    return {"sku": value} if isinstance(value, str) else value


class ExampleIn(BaseModel):
    """One thing that hits are to be like, or unlike: an image, a product or a text."""

    model_config = ConfigDict(extra="forbid")

    image: PictureIn | None = None
    sku: Sku | None = None
    text: Text | None = None
    box: BoxIn | None = None
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)

    def example(self) -> Example:
        """As the collection takes it.

        Raises:
            QueryError, ImageRejected: it makes no sense.
        """
        return Example(
            image=None if self.image is None else self.image.image(),
            sku=self.sku,
            text=self.text,
            box=None if self.box is None else Box(*self.box),
            weight=self.weight,
        )


_Examples = Annotated[
    list[Annotated[ExampleIn, BeforeValidator(_product)]],
    BeforeValidator(listed),
    Field(max_length=_MAX_EXAMPLES),
]


class Conditions(BaseModel):
    """What may be found, in which order, and what is told of it."""

    model_config = ConfigDict(extra="forbid")

    where: Text = Field(
        "", description="a filter", examples=["category:shoes/* AND price<50 AND available"]
    )
    k: int = Field(DEFAULT_K, ge=1, le=MAX_K, description="how many hits")
    offset: int = Field(
        0, ge=0, le=MAX_DEPTH - MAX_K, description="pass over so many: the pages before"
    )
    group: Grouping = Field(
        Grouping.PRODUCT, description="what counts as one hit: a product, or all its variants"
    )
    collapse: bool = Field(False, description="near-identical listings as one hit")
    diversity: float = Field(
        0.0, ge=0, le=1, description="0: the nearest; towards 1: hits that differ"
    )
    min_confidence: float = Field(0.0, ge=0, le=1)
    boosts: Annotated[list[Text], BeforeValidator(listed)] = Field(
        default_factory=list, max_length=20, examples=[["0.05 available"]]
    )
    facets: Annotated[list[Text], BeforeValidator(listed)] = Field(
        default_factory=list,
        max_length=20,
        description="fields whose values are counted among the nearest products",
        examples=[["brand", "price"]],
    )

    def conditions(self) -> dict[str, Any]:
        """The fields of a ``Query`` that they are.

        Raises:
            QueryError: a boost can't be read.
        """
        return {
            "where": self.where,
            "k": self.k,
            "offset": self.offset,
            "group": self.group,
            "collapse": self.collapse,
            "diversity": self.diversity,
            "min_confidence": self.min_confidence,
            "boosts": tuple(parse_boost(boost) for boost in self.boosts),
            "facets": tuple(dict.fromkeys(self.facets)),
        }


class QueryIn(Conditions):
    """One question: which products are like this."""

    image: PictureIn | None = Field(None, description="the photo")
    box: BoxIn | None = None
    sku: Sku | None = Field(None, description="what looks like this product")
    text: Text | None = Field(
        None, description="what looks like these words say, where the encoder reads texts"
    )
    words: Text = Field(
        "", description="words of title, brand, category or description; alone or beside the rest"
    )
    like: _Examples = Field(
        default_factory=list, description="further examples; a plain text is a SKU"
    )
    unlike: _Examples = Field(default_factory=list, description="what hits are not to be like")
    rerank: bool = Field(False, description="look at the first ten hits again, patch by patch")
    regions: int = Field(
        0, ge=0, le=MAX_REGIONS, description="find up to so many things in the photo"
    )
    explain: int = Field(
        0, ge=0, le=MAX_EXPLAINED, description="show of so many hits what of them matched"
    )

    def query(self, photos: list[bytes]) -> Query:
        """As the collection takes it.

        Args:
            photos: image files that came beside it; several show one thing.

        Raises:
            QueryError, ImageRejected: it makes no sense.
        """
        examples = (*self.like, *self.unlike)
        named = [self.image, *(one.image for one in examples)]
        pictures = len(photos) + sum(image is not None for image in named)
        if pictures > MAX_PICTURES:
            raise QueryError(f"{pictures} pictures; {MAX_PICTURES} at most")
        image: bytes | str | None = None if self.image is None else self.image.image()
        further = list(photos)
        if image is None and further:
            image = further.pop(0)
        return Query(
            image=image,
            box=None if self.box is None else Box(*self.box),
            sku=self.sku,
            text=self.text,
            words=self.words,
            like=(
                *(Example(image=photo) for photo in further),
                *(one.example() for one in self.like),
            ),
            unlike=tuple(one.example() for one in self.unlike),
            rerank=self.rerank,
            regions=self.regions,
            **self.conditions(),
        )
