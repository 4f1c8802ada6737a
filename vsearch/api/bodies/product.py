"""A product with its pictures: JSON, or a form with files."""

from __future__ import annotations

from fastapi import Request

from vsearch.api.bodies.parts import (
    JSON,
    MULTIPART,
    checked,
    files,
    form_of,
    invalid,
    json_object,
    kind_of,
    unsupported,
)
from vsearch.api.schemas.product import ProductIn


async def read_product(request: Request) -> tuple[ProductIn, list[bytes]]:
    """Read a product, and pictures that came beside it.

    Raises:
        RequestValidationError: a field has no usable value.
        Problem: the body is of a kind that isn't read here.
    """
    kind = kind_of(request)
    if kind == JSON:
        return checked(ProductIn, json_object(await request.body(), "body")), []
    if kind == MULTIPART:
        async with form_of(request) as form:
            pictures = await files(form, "image")
            given = json_object(form.get("product"), "product")
            if unknown := set(form) - {"image", "product"}:
                raise invalid(min(unknown), "there is no such field; product is JSON")
        return checked(ProductIn, given), pictures
    raise unsupported(kind, f"{JSON} or {MULTIPART}")
