"""The tools: what an agent may ask of a catalogue."""

from __future__ import annotations

import base64
from typing import Annotated

from mcp_types import CallToolResult, ContentBlock, ImageContent, TextContent
from pydantic import BaseModel, Field

from vsearch.errors import VsearchError
from vsearch.images.box import Box
from vsearch.mcp_server.catalogue import Catalogue
from vsearch.mcp_server.description import CatalogueDescription, describe, told_description
from vsearch.mcp_server.found import (
    FoundProducts,
    ProductDetails,
    found_products,
    product_details,
    told,
    told_product,
)
from vsearch.mcp_server.photos import photo_from
from vsearch.searching.query import Example, Query
from vsearch.searching.result import Hit, Result

#: More pictures than this fill an agent's context without helping it.
_MAX_THUMBNAILS = 8

Photo = Annotated[
    str | None,
    Field(
        description="the picture to look for: a file's path, an http(s) address, or the image file"
        " in base64 (a data URI will do)"
    ),
]
Part = Annotated[
    list[float] | None,
    Field(
        min_length=4,
        max_length=4,
        description="the part of the photo that is meant: left, top, width, height; shares of the"
        " picture where none is above 1, else pixels",
    ),
]
Where = Annotated[
    str,
    Field(
        description="a filter: `category:shoes AND price < 50 AND available`;"
        " describe_catalogue names fields and values"
    ),
]
Count = Annotated[int, Field(ge=1, le=50, description="how many products")]
Offset = Annotated[int, Field(ge=0, le=1_000, description="pass over so many: the pages before")]
Skus = Annotated[list[str] | None, Field(max_length=16)]
Thumbnails = Annotated[
    bool,
    Field(description=f"whether to show the pictures of the first {_MAX_THUMBNAILS} products"),
]


class Toolbox:
    """Answers an agent's calls from one catalogue.

    What is raised is a ``VsearchError`` with a message that says what to do.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def find_products(
        self,
        photo: Photo = None,
        box: Part = None,
        words: Annotated[
            str,
            Field(
                description="words of title, brand, category or description; alone, or beside a"
                " photo to favour what has them"
            ),
        ] = "",
        where: Where = "",
        sku: Annotated[
            str | None, Field(description="look for what looks like this product, itself left out")
        ] = None,
        like: Annotated[
            Skus, Field(description="SKUs of products that the result is to be like, too")
        ] = None,
        unlike: Annotated[
            Skus, Field(description="SKUs of products that the result is to be unlike")
        ] = None,
        k: Count = 10,
        offset: Offset = 0,
        thumbnails: Thumbnails = False,
    ) -> Annotated[CallToolResult, FoundProducts]:
        """Find products that look like a photo, that words describe, or both.

        Give at least one of photo, sku, words and like. `nothing_alike` in the answer says that
        the catalogue most likely has no such thing. `confidence` is the probability that a
        product is the very thing on the photo, not how similar it looks.
        """
        query = Query(
            image=None if photo is None else photo_from(photo),
            box=None if box is None else Box(*box),
            sku=sku,
            words=words,
            where=where,
            like=tuple(Example(sku=one) for one in like or ()),
            unlike=tuple(Example(sku=one) for one in unlike or ()),
            k=k,
            offset=offset,
        )
        return self._answer(self._catalogue.search(query), thumbnails=thumbnails)

    def similar_products(
        self,
        sku: Annotated[str, Field(description="the product")],
        where: Where = "",
        k: Count = 10,
        offset: Offset = 0,
        thumbnails: Thumbnails = False,
    ) -> Annotated[CallToolResult, FoundProducts]:
        """Find products that look like one of the catalogue, which is left out itself."""
        query = Query(sku=sku, where=where, k=k, offset=offset)
        return self._answer(self._catalogue.search(query), thumbnails=thumbnails)

    def product(
        self, sku: Annotated[str, Field(description="the product")]
    ) -> Annotated[CallToolResult, ProductDetails]:
        """Tell all that the catalogue says of a product: description, attributes, pictures."""
        found = self._catalogue.product(sku)
        return _result(product_details(found), told_product(found))

    def describe_catalogue(self) -> Annotated[CallToolResult, CatalogueDescription]:
        """Tell what the catalogue holds: how many products, which fields filters can name.

        Ask this first: the values that it names are those that `where` understands.
        """
        description = describe(self._catalogue.glance())
        return _result(description, told_description(description))

    def _answer(self, result: Result, *, thumbnails: bool) -> CallToolResult:
        shown = [hit for hit in result.hits if hit.content_hash][:_MAX_THUMBNAILS]
        pictures = [part for hit in shown for part in self._picture(hit)] if thumbnails else []
        return _result(found_products(result), told(result), pictures)

    def _picture(self, hit: Hit) -> list[ContentBlock]:
        try:
            webp = self._catalogue.thumbnail(hit.content_hash)
        except VsearchError:
            return []  # The product's line stands without its picture.
        data = base64.b64encode(webp).decode("ascii")
        return [
            TextContent(type="text", text=f"{hit.rank}. {hit.sku}:"),
            ImageContent(type="image", data=data, mime_type="image/webp"),
        ]


def _result(
    structured: BaseModel, text: str, pictures: list[ContentBlock] | None = None
) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text), *(pictures or ())],
        structured_content=structured.model_dump(mode="json"),
    )
