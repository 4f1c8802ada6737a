"""A feed: a form with its file, and how to read it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from starlette.datastructures import UploadFile

from vsearch.api.bodies.parts import (
    MULTIPART,
    checked,
    form_of,
    invalid,
    kind_of,
    plain_fields,
    unsupported,
)
from vsearch.api.schemas.query import STORABLE
from vsearch.indexing.options import IndexOptions

_Word = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=STORABLE)]


class FeedForm(BaseModel):
    """How a feed is to be read: the fields of a form beside the file."""

    model_config = ConfigDict(extra="forbid")

    format: _Word | None = Field(None, description="csv, google, shopify...; told where left out")
    map: list[_Word] = Field(
        default_factory=list, max_length=200, description="COLUMN=FIELD, where names don't fit"
    )
    encoding: _Word | None = Field(None, description="of the text; told where left out")
    name: _Word | None = Field(None, description="what the feed is known by from run to run")
    prune: bool = Field(False, description="remove products of this feed that it lists no more")
    refresh: bool = Field(False, description="ask again for images behind URLs that are known")

    @field_validator("map")
    @classmethod
    def _pairs(cls, pairs: list[str]) -> list[str]:
        for pair in pairs:
            column, _, field = pair.partition("=")
            if not column or not field:
                raise ValueError(f'"{pair}" is not COLUMN=FIELD')
        return pairs

    def options(self) -> IndexOptions:
        """As an index run takes them."""
        return IndexOptions(
            format=self.format,
            mapping=dict(pair.split("=", 1) for pair in self.map),
            encoding=self.encoding,
            feed_name=self.name,
            prune=self.prune,
            refresh=self.refresh,
        )


@asynccontextmanager
async def read_feed(request: Request) -> AsyncIterator[tuple[UploadFile, IndexOptions]]:
    """Read a form with a feed; its file is there within the block.

    Raises:
        RequestValidationError: a field has no usable value, or there is no file.
        Problem: the body is no form.
    """
    kind = kind_of(request)
    if kind != MULTIPART:
        raise unsupported(kind, MULTIPART)
    async with form_of(request) as form:
        upload = form.get("feed")
        if not isinstance(upload, UploadFile):
            raise invalid("feed", "a file is expected; give its part a file name")
        fields = plain_fields(form, listed=frozenset({"map"}), besides=("feed",))
        yield upload, checked(FeedForm, fields).options()
