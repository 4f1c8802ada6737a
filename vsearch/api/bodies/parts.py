"""What bodies are made of: JSON objects, files of forms, plain fields."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, ImmutableMultiDict, UploadFile

from vsearch.api.problems import Problem

JSON = "application/json"
MULTIPART = "multipart/form-data"

_MAX_FILES = 16
_MAX_FIELDS = 256

_Model = TypeVar("_Model", bound=BaseModel)


def kind_of(request: Request) -> str:
    """The media type of a request's body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def unsupported(kind: str, known: str) -> Problem:
    """The body is of a kind that isn't read here."""
    return Problem(
        415,
        "unsupported-media-type",
        "The body is of a kind that isn't read here",
        f'send {known}, not "{kind[:80]}"',
    )


def invalid(where: str, problem: str) -> RequestValidationError:
    """One field of a request has no usable value."""
    return RequestValidationError([{"loc": (where,), "msg": problem, "type": "value_error"}])


@asynccontextmanager
async def form_of(request: Request) -> AsyncIterator[FormData]:
    """The form that a body is; its files are there within the block."""
    async with request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS) as form:
        yield form


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


def json_object(text: object, where: str) -> dict[str, Any]:
    """The object that a text is; an empty one where there is no text.

    Raises:
        RequestValidationError: it is none.
    """
    if text is None:
        return {}
    if not isinstance(text, str | bytes):
        raise invalid(where, "a JSON text is expected, not a file")
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise invalid(where, f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise invalid(where, "a JSON object is expected")
    return found


def plain_fields(
    given: ImmutableMultiDict[str, Any], *, listed: frozenset[str], besides: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The texts of a query string or a form by name; what isn't known stays, to be refused.

    Args:
        given: a query string or a form.
        listed: names that may come several times.
        besides: names to pass over.

    Raises:
        RequestValidationError: one is a file, or comes twice and may not.
    """
    found: dict[str, Any] = {}
    for name in given:
        if name in besides:
            continue
        values = given.getlist(name)
        if any(isinstance(value, UploadFile) for value in values):
            raise invalid(name, "a text is expected, not a file")
        if name not in listed and len(values) > 1:
            raise invalid(name, "is given more than once")
        found[name] = values if name in listed else values[0]
    return found


def checked(model: type[_Model], fields: dict[str, Any]) -> _Model:
    """Fields as a model has them.

    Raises:
        RequestValidationError: one has no usable value.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
