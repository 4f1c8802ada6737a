"""The three ways to send a query: JSON, a form with files, or a picture by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, ImmutableMultiDict, UploadFile

from vsearch.api.problems import Problem
from vsearch.api.schemas.product import ProductIn
from vsearch.api.schemas.query import QueryIn
from vsearch.errors import ImageRejected
from vsearch.searching.query import Query

_MAX_FILES = 16
_MAX_FIELDS = 64

#: Fields that a query string or a form may name several times.
_LISTED = frozenset({"facets", "boosts", "like", "unlike"})

_MULTIPART = "multipart/form-data"
_JSON = "application/json"


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
        Problem: the body is of a kind that isn't read here.
    """
    fields = _plain(request.query_params, besides)
    kind = _kind(request)
    if kind == _JSON:
        given = await read_json(request)
        return Asked(_checked({**fields, **given}), [])
    if kind == _MULTIPART:
        async with request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS) as form:
            photos = await files(form, "image")
            given = _object(form.get("query"), "query")
            plain = _plain(form, besides=("image", "query"))
        return Asked(_checked({**fields, **plain, **given}), photos)
    if kind.startswith("image/") or kind == "application/octet-stream":
        photo = await request.body()
        if not photo:
            raise ImageRejected("the body is empty")
        return Asked(_checked(fields), [photo])
    raise Problem(
        415,
        "unsupported-media-type",
        "The body is of a kind that isn't read here",
        f'send {_JSON}, {_MULTIPART} or a picture (image/jpeg, image/png, ...), not "{kind[:80]}"',
    )


async def read_product(request: Request) -> tuple[ProductIn, list[bytes]]:
    """Read a product, and pictures that came beside it.

    Raises:
        RequestValidationError: a field has no usable value.
        Problem: the body is of a kind that isn't read here.
    """
    kind = _kind(request)
    if kind == _JSON:
        return _checked_product(await read_json(request)), []
    if kind == _MULTIPART:
        async with request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS) as form:
            pictures = await files(form, "image")
            given = _object(form.get("product"), "product")
            if unknown := set(form) - {"image", "product"}:
                raise invalid(min(unknown), "there is no such field; product is JSON")
        return _checked_product(given), pictures
    raise _unsupported(kind, f"{_JSON} or {_MULTIPART}")


async def read_json(request: Request) -> dict[str, Any]:
    """The object that a JSON body is.

    Raises:
        RequestValidationError: it is none.
    """
    return _object(await request.body(), "body")


async def files(form: FormData, name: str) -> list[bytes]:
    """The files of a form's field.

    Raises:
        RequestValidationError: it is no file.
    """
    found = []
    for part in form.getlist(name):
        if not isinstance(part, UploadFile):
            raise invalid(name, "a file is expected; give its part a file name")
        found.append(await part.read())
    return found


def invalid(where: str, problem: str) -> RequestValidationError:
    """One field of a request has no usable value."""
    return RequestValidationError([{"loc": (where,), "msg": problem, "type": "value_error"}])


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _unsupported(kind: str, known: str) -> Problem:
    return Problem(
        415,
        "unsupported-media-type",
        "The body is of a kind that isn't read here",
        f'send {known}, not "{kind[:80]}"',
    )


def _object(text: object, where: str) -> dict[str, Any]:
    if text is None:
        return {}
    if isinstance(text, UploadFile):
        raise invalid(where, "a JSON text is expected, not a file")
    try:
        found = json.loads(text, parse_constant=_refuse)  # type: ignore[arg-type]
    except (ValueError, RecursionError) as error:
        raise invalid(where, f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise invalid(where, "a JSON object is expected")
    return found


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _plain(given: ImmutableMultiDict[str, Any], besides: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a query string or a form by name; what isn't known stays, to be refused."""
    found: dict[str, Any] = {}
    for name in given:
        if name in besides:
            continue
        values = given.getlist(name)
        if any(isinstance(value, UploadFile) for value in values):
            raise invalid(name, "a text is expected, not a file")
        if name not in _LISTED and len(values) > 1:
            raise invalid(name, "is given more than once")
        found[name] = values if name in _LISTED else values[0]
    return found


def _checked(fields: dict[str, Any]) -> QueryIn:
    try:
        return QueryIn.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


def _checked_product(fields: dict[str, Any]) -> ProductIn:
    try:
        return ProductIn.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
