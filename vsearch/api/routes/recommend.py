"""What to show beside a product, to a shopper, with a basket."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Query as Parameter

from vsearch.access.scope import Scope
from vsearch.api.encoded_slashes import SkuInPath
from vsearch.api.problems import Problem, documented
from vsearch.api.schemas.answer import AnswerOut, answer_out
from vsearch.api.schemas.recommend import GoesWithIn, PopularIn, RecommendIn, SimilarIn
from vsearch.api.schemas.recommendations import (
    ForShopperOut,
    RecommendationsOut,
    for_shopper_out,
    recommendations_out,
)
from vsearch.api.security import Caller, reading
from vsearch.api.service import Service, ServiceDep
from vsearch.collection import Collection
from vsearch.errors import ProductNotFound
from vsearch.recommending.absence import why_nothing_similar
from vsearch.recommending.recommended import Recommendations

router = APIRouter(prefix="/v1", tags=["recommendations"])

_Ask = Callable[[Collection], Recommendations]
_Tell = Callable[..., RecommendationsOut]

_PROBLEMS = documented(400, 401, 403, 422, 429, 503)


@router.get(
    "/products/{sku}/similar",
    dependencies=[Depends(reading)],
    response_model=AnswerOut,
    responses=documented(400, 401, 403, 404, 422, 429, 503),
    summary="What looks like a product; itself, its variants and its copies left out",
)
async def similar(
    sku: SkuInPath,
    conditions: Annotated[SimilarIn, Parameter()],
    request: Request,
    service: ServiceDep,
) -> Response:
    """Nothing is encoded for it."""
    query_id = str(request.scope["request_id"])
    return _json(await service.answer(lambda: _similar(service, sku, conditions, query_id)))


@router.get(
    "/products/{sku}/goes-with",
    dependencies=[Depends(reading)],
    response_model=RecommendationsOut,
    responses=documented(400, 401, 403, 404, 422, 429, 503),
    summary="What goes with a product, or completes a basket",
)
async def goes_with(
    sku: SkuInPath,
    conditions: Annotated[GoesWithIn, Parameter()],
    request: Request,
    service: ServiceDep,
) -> Response:
    """From what the shop's baskets taught, or by style alone; `basis` says which.

    SKUs that no product has are passed over and named in `unknown`; if none has a product, that
    is a 404.
    """

    def ask(collection: Collection) -> Recommendations:
        asked = conditions.goes_with(sku)
        found = collection.recommender.complete(asked)
        if set(found.unknown) >= set(asked.skus):
            named = ", ".join(f'"{one}"' for one in asked.skus[:3])
            raise ProductNotFound(f"no product has the SKU {named}")
        return found

    return await _replied(request, service, ask, recommendations_out)


@router.get(
    "/popular",
    dependencies=[Depends(reading)],
    response_model=RecommendationsOut,
    responses=_PROBLEMS,
    summary="What shoppers want most at the moment",
)
async def popular(
    conditions: Annotated[PopularIn, Parameter()], request: Request, service: ServiceDep
) -> Response:
    """By the events that the service keeps; the newest products where there are none."""
    return await _replied(
        request,
        service,
        lambda collection: collection.recommender.popular(conditions.popular()),
        recommendations_out,
    )


@router.post(
    "/recommend",
    response_model=ForShopperOut,
    responses=documented(400, 401, 403, 408, 413, 422, 429, 503),
    summary="What a shopper may want next",
)
async def recommend(
    body: RecommendIn,
    request: Request,
    service: ServiceDep,
    caller: Annotated[Caller, Depends(reading)],
) -> Response:
    """From a history that is sent along, from the events that the service keeps, or from both.

    What the service keeps of a user or a session it tells nobody who comes without a key.
    """
    if body.user_id or body.session_id:
        _require_trusted(caller)
    return await _replied(
        request,
        service,
        lambda collection: collection.recommender.recommend(body.for_shopper()),
        for_shopper_out,
    )


def _require_trusted(caller: Caller) -> None:
    """See that a caller may be told what was kept of a shopper.

    A public page's visitors may read as well, and a session may be as guessable as an order's
    number.

    Raises:
        Problem: they may not.
    """
    if caller.key_id is None and Scope.WRITE not in caller.scopes:
        raise Problem(
            401,
            "no-key",
            "A key is needed",
            "user_id, session_id: what is kept of a shopper is told only to who has a key; send"
            " the history itself, or a key",
            headers={"WWW-Authenticate": 'Bearer realm="vsearch"'},
        )


async def _replied(request: Request, service: Service, ask: _Ask, tell: _Tell) -> Response:
    query_id = str(request.scope["request_id"])

    def answer() -> str:
        started = perf_counter()
        collection = service.collection
        found = ask(collection)
        return tell(
            found,
            query_id=query_id,
            generation=collection.manifest.generation,
            took_s=perf_counter() - started,
        ).model_dump_json()

    return _json(await service.answer(answer))


def _similar(service: Service, sku: str, conditions: SimilarIn, query_id: str) -> str:
    started = perf_counter()
    collection, asked = service.collection, conditions.similar_to(sku)
    result = collection.recommender.similar(asked)
    return answer_out(
        result,
        why_nothing=None if result.hits else why_nothing_similar(asked),
        query_id=query_id,
        explanations=[],
        products=collection.overview().products,
        generation=collection.manifest.generation,
        took_s=perf_counter() - started,
    ).model_dump_json()


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")
