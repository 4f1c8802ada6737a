"""What goes wrong, told as RFC 9457 problem details."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from vsearch import errors
from vsearch.errors import VsearchError

MEDIA_TYPE = "application/problem+json"

#: When a caller may ask again after somebody else's write, or of a collection that can't be
#: used, in seconds.
_BUSY_RETRY_S = 5
_UNUSABLE_RETRY_S = 10

#: What pydantic says in words of its own code.
_PLAINER = {
    "extra_forbidden": "there is no such field",
    "missing": "is needed",
    "model_type": "an object is expected",
    "model_attributes_type": "an object is expected",
}

_log = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """One part of a request that can't be used."""

    where: str = Field(description="the part of the request", examples=["body.k"])
    problem: str = Field(description="what is wrong with it")


class ProblemOut(BaseModel):
    """RFC 9457 problem details; ``type`` is stable, ``detail`` is for people."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="what kind of problem", examples=["/problems/bad-filter"])
    title: str
    status: int
    detail: str
    instance: str = Field(description="the request's id, as in the log and in X-Request-ID")
    errors: list[FieldProblem] | None = None
    filter: str | None = Field(None, description="the filter that can't be read")
    position: int | None = Field(
        None, description="of a filter: where the fault is, in characters from 0"
    )


class Problem(Exception):
    """Ends a request with problem details."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **extensions: object,
    ) -> None:
        """Say what is wrong.

        Args:
            status: of the answer, 400 to 599.
            kind: the last part of the problem's type: ``bad-filter``.
            title: the same for every problem of this kind.
            detail: what is wrong this time, and what to do.
            headers: sent with the answer, ``Retry-After`` for instance.
            extensions: further members of the answer.
        """
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.extensions = extensions


def problem_of(error: VsearchError) -> Problem:
    """What an error of ours means to a caller over HTTP."""
    text = str(error)
    match error:
        case errors.FilterError():
            return Problem(
                400,
                "bad-filter",
                "The filter can't be understood",
                text,
                filter=error.text,
                position=error.position,
            )
        case errors.ImageRejected():
            return Problem(422, "bad-image", "The picture can't be used", text)
        case errors.ProductNotFound():
            return Problem(404, "no-such-product", "There is no such product", _without_path(text))
        case errors.PictureNotFound():
            return Problem(404, "no-such-picture", "There is no such picture", _without_path(text))
        case errors.JobNotFound():
            return Problem(404, "no-such-job", "There is no such job", _without_path(text))
        case errors.ProductRejected():
            fault = {"where": error.field, "problem": error.problem}
            return Problem(
                422, "bad-product", "The product can't be taken as it is", text, errors=[fault]
            )
        case errors.EventRejected():
            fault = {"where": error.field, "problem": error.problem}
            return Problem(422, "bad-event", "An event can't be kept", text, errors=[fault])
        case errors.Overloaded():
            return Problem(
                503,
                "overloaded",
                "Too many queries at once",
                text,
                headers={"Retry-After": str(ceil(error.retry_after_s))},
            )
        case errors.QueryError():
            return Problem(400, "bad-query", "The query can't be answered as it stands", text)
        case errors.FeedError():
            return Problem(422, "bad-feed", "The feed can't be read", text)
        case errors.CollectionLocked():
            return Problem(
                503,
                "busy",
                "Another process is writing to the collection",
                "the collection is being written to; ask again in a moment",
                headers={"Retry-After": str(_BUSY_RETRY_S)},
            )
        case errors.StorageError():
            _log.error("%s", text)
            return Problem(
                507, "no-storage", "The change can't be kept", "the service can't write to its disk"
            )
    _log.error("%s: %s", type(error).__name__, text)
    return Problem(
        503,
        "collection-unusable",
        "The collection can't be used at the moment",
        "the service's log says more, under this request's id",
        headers={"Retry-After": str(_UNUSABLE_RETRY_S)},
    )


def install(app: FastAPI) -> None:
    """Make every error of an application an answer with problem details."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(VsearchError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of an endpoint, for its OpenAPI description."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
        }
        for status in statuses
    }


def answer(request: Request, problem: Problem) -> JSONResponse:
    """A problem as the answer to a request."""
    content: dict[str, object] = {
        "type": f"/problems/{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": str(request.scope.get("request_id", "")),
        **problem.extensions,
    }
    return JSONResponse(
        content, problem.status, media_type=MEDIA_TYPE, headers=problem.headers or None
    )


def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return answer(request, error)


def _on_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VsearchError)
    return answer(request, problem_of(error))


def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [
        {
            "where": ".".join(str(part) for part in one["loc"]),
            "problem": _PLAINER.get(one["type"], str(one["msg"])),
        }
        for one in error.errors()
    ]
    told = "; ".join(f"{one['where']}: {one['problem']}" for one in faults[:3])
    return answer(
        request, Problem(422, "bad-request", "The request isn't valid", told, errors=faults)
    )


def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    kind = phrase.lower().replace(" ", "-").replace("'", "")
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods_at(request))
    problem = Problem(error.status_code, kind, phrase, str(error.detail or phrase), headers=headers)
    return answer(request, problem)


def _methods_at(request: Request) -> list[str]:
    """What may be done at a path: the router itself knows of one route at a time."""
    found: set[str] = set()
    for template, operations in request.app.openapi()["paths"].items():
        pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, request.scope["path"]):
            found |= {method.upper() for method in operations}
    return sorted(found) or ["GET"]


def _on_fault(request: Request, error: Exception) -> JSONResponse:
    # What it is stands in the log; a caller learns nothing of our files and lines.
    _log.error("unexpected %s", type(error).__name__, exc_info=error)
    return answer(
        request,
        Problem(
            500,
            "fault",
            "A fault of the service",
            "the service's log says more, under this request's id",
            # It is answered outside of all middleware.
            headers={
                "X-Request-ID": str(request.scope.get("request_id", "")),
                "X-Content-Type-Options": "nosniff",
            },
        ),
    )


def _without_path(text: str) -> str:
    """The message without the collection's folder, which is nobody's business outside."""
    return text.partition(": ")[2] or text
