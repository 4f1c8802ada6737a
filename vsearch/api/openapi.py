"""The OpenAPI description, completed by what FastAPI can't see."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from vsearch.api.problems import ProblemOut
from vsearch.api.schemas.product import ProductIn
from vsearch.api.schemas.query import QueryIn

_REFERENCE = "#/components/schemas/{model}"


def describe(app: FastAPI) -> None:
    """Give an application its description, with the schemas that bodies read by hand have."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's own way to do this


def _description(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        license_info=app.license_info,
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for model in (ProblemOut, ProductIn, QueryIn):
        own = model.model_json_schema(ref_template=_REFERENCE)
        for name, schema in own.pop("$defs", {}).items():
            schemas.setdefault(name, schema)
        schemas[model.__name__] = own
    # FastAPI's own form of a validation error, which nothing here answers with.
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for path in found["paths"].values():
        for operation in path.values():
            answers = operation.get("responses", {})
            content = answers.get("422", {}).get("content", {})
            if "application/json" in content and "application/problem+json" not in content:
                answers.pop("422")
    return found
