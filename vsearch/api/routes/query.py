"""``POST /v1/query`` and what is asked the same way."""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Query as Parameter

from vsearch.api.bodies.query import Asked, read_query
from vsearch.api.problems import documented
from vsearch.api.schemas.answer import AnswerOut, answer_out
from vsearch.api.schemas.query import Sku
from vsearch.api.security import reading
from vsearch.api.service import Service, ServiceDep
from vsearch.catalog.filters.normal_form import written
from vsearch.catalog.filters.syntax import Field, OneOf
from vsearch.collection import Collection
from vsearch.errors import EncoderError, ImageRejected, ProductNotFound, QueryError
from vsearch.searching.absence import why_nothing
from vsearch.searching.query import Query
from vsearch.searching.result import Hit, Result

router = APIRouter(prefix="/v1", tags=["search"], dependencies=[Depends(reading)])

_BODY_PROBLEMS = documented(400, 401, 403, 404, 408, 413, 415, 422, 429, 503)

#: Filters know no case: among so many products is the one that is meant.
_SPELLINGS = 20


def _body() -> dict[str, Any]:
    """How a query may be sent, for the OpenAPI description."""
    reference = {"$ref": "#/components/schemas/QueryIn"}
    picture = {"schema": {"type": "string", "format": "binary"}}
    form = {
        "type": "object",
        "properties": {
            "image": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "description": "photos; several show one thing",
            },
            "query": {**reference, "description": "all else, as JSON"},
        },
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": reference},
                "multipart/form-data": {
                    "schema": form,
                    "encoding": {"query": {"contentType": "application/json"}},
                },
                "image/jpeg": picture,
                "image/png": picture,
                "image/webp": picture,
                "application/octet-stream": picture,
            },
        }
    }


@router.post(
    "/query",
    response_model=AnswerOut,
    responses=_BODY_PROBLEMS,
    openapi_extra=_body(),
    summary="Find the products that look most like a photo, a product, or a mixture",
)
async def query(request: Request, service: ServiceDep) -> Response:
    """A photo can be sent as a raw body, as a file of a form, or in JSON as base64.

    With a raw picture the fields of ``QueryIn`` go into the query string; with a form they are
    fields of it, or a JSON object in its field ``query``.
    """
    return await _replied(request, service, await read_query(request))


@router.post(
    "/explain",
    response_class=Response,
    responses={
        200: {
            "description": "a picture of 688 x 394 pixels",
            "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
        },
        **_BODY_PROBLEMS,
    },
    openapi_extra=_body(),
    summary="Draw what of a query's picture matched what of a product's",
)
async def explain(
    explained: Annotated[Sku, Parameter(description="the product's SKU")],
    request: Request,
    service: ServiceDep,
) -> Response:
    """The query's picture beside the product's. What glows matched; equal numbers look alike."""
    asked = await read_query(request, besides=("explained",))
    png = await service.answer(partial(_explained, service.collection, asked, explained))
    return Response(png, media_type="image/png")


async def _replied(request: Request, service: Service, asked: Asked) -> Response:
    query_id = str(request.scope["request_id"])
    answer = await service.answer(partial(_answer, service, asked, query_id))
    return Response(answer, media_type="application/json")


def _answer(service: Service, asked: Asked, query_id: str) -> str:
    started = perf_counter()
    collection, question = service.collection, asked.query()
    result = _search(collection, question)
    explained = result.hits[: asked.body.explain]
    manifest = collection.manifest
    return answer_out(
        result,
        why_nothing=None if result.hits else why_nothing(question, result),
        query_id=query_id,
        explanations=[_data_uri(collection, question, hit) for hit in explained],
        products=collection.overview().products,
        generation=manifest.generation,
        took_s=perf_counter() - started,
    ).model_dump_json()


def _search(collection: Collection, question: Query) -> Result:
    try:
        return collection.search(question)
    except EncoderError as error:
        if any(example.text is not None for example in (*question.examples, *question.unlike)):
            raise QueryError("text: the collection's encoder reads no texts; use words") from error
        raise


def _data_uri(collection: Collection, question: Query, hit: Hit) -> str | None:
    try:
        png = collection.explain(question, hit)
    except ImageRejected:
        return None
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _explained(collection: Collection, asked: Asked, sku: str) -> bytes:
    question = asked.query()
    only = written(OneOf(Field("sku"), (sku,)))
    # It need not be among the first hits, or be one at all under the query's own conditions.
    among = replace(question, where=only, k=_SPELLINGS, offset=0, min_confidence=0.0, boosts=())
    for hit in _search(collection, among).hits:
        if hit.sku == sku:
            return collection.explain(question, hit)
    raise ProductNotFound(f'no product with a usable image has the SKU "{sku}"')
