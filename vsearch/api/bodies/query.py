"""The three ways to send a query: JSON, a form with files, or a picture by itself."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from vsearch.api.bodies.parts import (
    JSON,
    MULTIPART,
    checked,
    files,
    form_of,
    json_object,
    kind_of,
    plain_fields,
    unsupported,
)
from vsearch.api.schemas.query import QueryIn
from vsearch.errors import ImageRejected
from vsearch.searching.query import Query

_LISTED = frozenset({"facets", "boosts", "like", "unlike"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it came, checked by itself; not yet against the collection."""

    body: QueryIn
    photos: list[bytes]

    def query(self) -> Query:
        """As the collection takes it. Decodes base64: not for the event loop.

        Raises:
            QueryError, ImageRejected: it makes no sense.
        """
        return self.body.query(self.photos)


async def read_query(request: Request, besides: tuple[str, ...] = ()) -> Asked:
    """Read a query from a request's body and its query string.

    Args:
        request: the request.
        besides: fields of the query string that aren't the query's.

    Raises:
        RequestValidationError: a field has no usable value.
        ImageRejected: it is a picture without a byte.
        Problem: the body is of a kind that isn't read here.
    """
    fields = plain_fields(request.query_params, listed=_LISTED, besides=besides)
    kind = kind_of(request)
    if kind == JSON:
        given = json_object(await request.body(), "body")
        return Asked(checked(QueryIn, {**fields, **given}), [])
    if kind == MULTIPART:
        async with form_of(request) as form:
            photos = await files(form, "image")
            given = json_object(form.get("query"), "query")
            plain = plain_fields(form, listed=_LISTED, besides=("image", "query"))
        return Asked(checked(QueryIn, {**fields, **plain, **given}), photos)
    if kind.startswith("image/") or kind == "application/octet-stream":
        photo = await request.body()
        if not photo:
            raise ImageRejected("the body is empty")
        return Asked(checked(QueryIn, fields), [photo])
    raise unsupported(kind, f"{JSON}, {MULTIPART} or a picture (image/jpeg, image/png, ...)")
