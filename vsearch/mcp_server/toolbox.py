"""Tools that search: what an agent may ask of a catalogue."""

from __future__ import annotations

from typing import Annotated

from mcp_types import CallToolResult
from pydantic import Field

from vsearch.images.box import Box
from vsearch.mcp_server.arguments import Count, Offset, Part, Photo, Skus, Thumbnails, Where
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
from vsearch.mcp_server.replies import pictures_of, reply
from vsearch.searching.query import Example, Query


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
        result = self._catalogue.search(query)
        pictures = pictures_of(self._catalogue, result.hits) if thumbnails else []
        return reply(found_products(result), told(result), pictures)

    def product(
        self, sku: Annotated[str, Field(description="the product")]
    ) -> Annotated[CallToolResult, ProductDetails]:
        """Tell all that the catalogue says of a product: description, attributes, pictures."""
        found = self._catalogue.product(sku)
        return reply(product_details(found), told_product(found))

    def describe_catalogue(self) -> Annotated[CallToolResult, CatalogueDescription]:
        """Tell what the catalogue holds: how many products, which fields filters can name.

        Ask this first: the values that it names are those that `where` understands.
        """
        description = describe(self._catalogue.glance())
        return reply(description, told_description(description))
