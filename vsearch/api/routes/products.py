"""Products: listed, shown, put and removed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Query as Parameter

from vsearch.api.bodies.product import read_product
from vsearch.api.encoded_slashes import SkuInPath
from vsearch.api.problems import documented
from vsearch.api.schemas.product import (
    ProductOut,
    ProductPageOut,
    RejectedImageOut,
    StoredOut,
    change_of,
    product_out,
)
from vsearch.api.security import reading, writing
from vsearch.api.service import Service, ServiceDep
from vsearch.catalog.product_outcome import Outcome
from vsearch.errors import ProductNotFound
from vsearch.indexing.changes import ProductChange

router = APIRouter(prefix="/v1", tags=["products"])

_MAX_K = 200
_CREATED = 201


def _body() -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/ProductIn"}
    form = {
        "type": "object",
        "properties": {
            "product": reference,
            "image": {"type": "array", "items": {"type": "string", "format": "binary"}},
        },
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": reference},
                "multipart/form-data": {
                    "schema": form,
                    "encoding": {"product": {"contentType": "application/json"}},
                },
            },
        }
    }


@router.get(
    "/products",
    dependencies=[Depends(reading)],
    responses=documented(400, 401, 403, 422, 429, 503),
    summary="The catalogue, a page at a time",
)
async def products(
    service: ServiceDep,
    where: Annotated[str, Parameter(max_length=2_000, description="a filter")] = "",
    words: Annotated[str, Parameter(max_length=2_000, description="words in their texts")] = "",
    after: Annotated[int, Parameter(ge=0, lt=2**63, description="`next` of the page before")] = 0,
    k: Annotated[int, Parameter(ge=1, le=_MAX_K, description="how many")] = 50,
) -> ProductPageOut:
    """The oldest first; with words, those first that fit them best."""
    page = await service.do(
        lambda: service.collection.products(where=where, words=words, after=after, k=k)
    )
    return ProductPageOut(
        products=[product_out(stored) for stored in page.products],
        next=None if page.after is None else str(page.after),
        total=page.total,
    )


@router.get(
    "/products/{sku}",
    dependencies=[Depends(reading)],
    responses=documented(401, 403, 404, 422, 429, 503),
    summary="A product",
)
async def product(sku: SkuInPath, service: ServiceDep) -> ProductOut:
    """With its pictures, and those that can't be used."""
    return product_out(await service.do(lambda: service.collection.stored_product(sku)))


@router.put(
    "/products/{sku}",
    dependencies=[Depends(writing)],
    response_model=StoredOut,
    responses={
        _CREATED: {"model": StoredOut, "description": "It wasn't there before"},
        **documented(400, 401, 403, 408, 413, 415, 422, 429, 503, 507),
    },
    openapi_extra=_body(),
    summary="Add a product, or change it",
)
async def put(
    sku: SkuInPath, request: Request, response: Response, service: ServiceDep
) -> StoredOut:
    """When the answer comes, queries find it. Pictures left out stay as they are."""
    body, pictures = await read_product(request)
    stored = await service.change(lambda: _put(service, change_of(sku, body, pictures)))
    if stored.outcome is Outcome.CREATED:
        response.status_code = _CREATED
    return stored


@router.delete(
    "/products/{sku}",
    dependencies=[Depends(writing)],
    status_code=204,
    responses=documented(401, 403, 404, 422, 429, 503, 507),
    summary="Remove a product",
)
async def remove(sku: SkuInPath, service: ServiceDep) -> Response:
    """When the answer comes, no query finds it any more."""
    removal = await service.change(lambda: service.collection.remove([sku]))
    if not removal.removed:
        raise ProductNotFound(f'no product has the SKU "{sku}"')
    return Response(status_code=204)


def _put(service: Service, change: ProductChange) -> StoredOut:
    summary = service.collection.put([change])
    (done,) = summary.products
    return StoredOut(
        product=product_out(service.collection.stored_product(done.sku)),
        outcome=done.outcome,
        rejected_images=[
            RejectedImageOut(location=one.location, reason=one.reason) for one in done.rejected
        ],
        generation=summary.generation,
    )
