"""What a service says is wrong, as the error that a collection raises for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from vsearch.errors import (
    AccessDenied,
    CollectionError,
    CollectionLocked,
    EventRejected,
    FeedError,
    FilterError,
    ImageRejected,
    JobNotFound,
    Overloaded,
    PictureNotFound,
    ProductNotFound,
    ProductRejected,
    QueryError,
    RateLimited,
    ServiceError,
    StorageError,
    VsearchError,
)
from vsearch.images.download import retry_after_s

#: By the last part of a problem's type.
_BY_KIND: Mapping[str, Callable[[str], VsearchError]] = {
    "bad-image": ImageRejected,
    "bad-query": QueryError,
    "bad-request": QueryError,
    "bad-feed": FeedError,
    "no-such-product": ProductNotFound,
    "no-such-picture": PictureNotFound,
    "no-such-job": JobNotFound,
    "busy": CollectionLocked,
    "collection-unusable": CollectionError,
    "no-storage": StorageError,
}


def error_of(response: httpx.Response) -> VsearchError:
    """The error that an answer with a status past 299 stands for.

    It carries the request's id as a note, for whoever reads the service's log.
    """
    problem = _problem(response)
    text = str(problem.get("detail") or problem.get("title") or response.reason_phrase)
    error = _error(response, problem, text)
    if request_id := response.headers.get("x-request-id"):
        error.add_note(f"request {request_id} to {response.request.url.host}")
    return error


def _error(response: httpx.Response, problem: Mapping[str, Any], text: str) -> VsearchError:
    kind = str(problem.get("type", "")).rpartition("/")[2]
    position = problem.get("position")
    if kind == "bad-filter" and isinstance(position, int):
        return FilterError(text, text=str(problem.get("filter", "")), position=position)
    if kind == "overloaded":
        return Overloaded(text, retry_after_s=retry_after_s(response) or 1.0)
    if kind in ("bad-product", "bad-event") and (fault := _first_fault(problem)):
        return ProductRejected("", *fault) if kind == "bad-product" else EventRejected(*fault)
    if kind in _BY_KIND:
        return _BY_KIND[kind](text)
    told = f"{_address(response)}: {text}"
    match response.status_code:
        case 401 | 403:
            return AccessDenied(told)
        case 429:
            return RateLimited(told, retry_after_s=retry_after_s(response))
        case 413 | 415:
            return ImageRejected(text)
    return ServiceError(f"{told} ({response.status_code})")


def _first_fault(problem: Mapping[str, Any]) -> tuple[str, str] | None:
    """Which field of a request is at fault, and why."""
    match problem.get("errors"):
        case [{"where": str(where), "problem": str(fault)}, *_]:
            return where, fault
    return None


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    """The problem details; empty where a proxy answered, or something else than a service."""
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _address(response: httpx.Response) -> str:
    url = response.request.url
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}"
