"""Tools that recommend: similar products, what goes with some, what a shopper may want."""

from __future__ import annotations

from typing import Annotated

from mcp_types import CallToolResult
from pydantic import Field

from vsearch.events.event import Event, EventKind
from vsearch.mcp_server.arguments import (
    Count,
    History,
    InStock,
    Offset,
    Skus,
    Thumbnails,
    Where,
)
from vsearch.mcp_server.catalogue import Catalogue
from vsearch.mcp_server.found import FoundProducts, found_products, told
from vsearch.mcp_server.recommended import (
    RecommendedProducts,
    recommended_products,
    told_recommendations,
)
from vsearch.mcp_server.replies import pictures_of, reply
from vsearch.recommending.asked import CategoryScope, ForShopper, GoesWith, SimilarTo
from vsearch.recommending.recommended import Recommendations


class RecommendingTools:
    """Answers an agent's calls from one catalogue, as ``Toolbox``.

    None takes a customer's id: whom an agent talks to it can't know for sure, and what the shop
    remembers of one customer is nobody else's business.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def similar_products(
        self,
        sku: Annotated[str, Field(description="the product")],
        category: Annotated[
            CategoryScope, Field(description="its own category, every other one, or any")
        ] = CategoryScope.ANY,
        price_band: Annotated[
            float | None,
            Field(gt=0, le=10, description="at most this share dearer or cheaper: 0.25"),
        ] = None,
        in_stock: InStock = False,
        where: Where = "",
        k: Count = 10,
        offset: Offset = 0,
        thumbnails: Thumbnails = False,
    ) -> Annotated[CallToolResult, FoundProducts]:
        """Find products that look like one of the catalogue.

        The product itself, its variants and its copies are left out.
        """
        result = self._catalogue.similar(
            SimilarTo(
                sku,
                k=k,
                offset=offset,
                where=where,
                category=category,
                price_band=price_band,
                in_stock=in_stock,
            )
        )
        pictures = pictures_of(self._catalogue, result.hits) if thumbnails else []
        return reply(found_products(result), told(result), pictures)

    def goes_with(
        self,
        skus: Annotated[
            list[str],
            Field(min_length=1, max_length=50, description="what is there already: a basket"),
        ],
        each_category: Annotated[
            int, Field(ge=0, le=50, description="at most so many of one category; 0: any number")
        ] = 0,
        in_stock: InStock = False,
        where: Where = "",
        k: Count = 10,
        thumbnails: Thumbnails = False,
    ) -> Annotated[CallToolResult, RecommendedProducts]:
        """Find what goes with some products: what completes an outfit, a room, a meal.

        `basis` says what that rests on: `together` and `learned` on what the shop's customers
        put together, `style` on looks alone.
        """
        asked = GoesWith(
            tuple(skus), k=k, where=where, in_stock=in_stock, each_category=each_category
        )
        return self._recommended(self._catalogue.complete(asked), thumbnails=thumbnails)

    def recommend_products(
        self,
        viewed: Annotated[
            History, Field(description="SKUs that the shopper looked at, the latest last")
        ] = None,
        basket: Annotated[
            History, Field(description="SKUs that they put into the basket, the latest last")
        ] = None,
        bought: Annotated[
            History, Field(description="SKUs that they bought, the latest last")
        ] = None,
        like: Annotated[Skus, Field(description="SKUs that they said they like")] = None,
        unlike: Annotated[Skus, Field(description="SKUs that they said they don't like")] = None,
        in_stock: InStock = False,
        where: Where = "",
        k: Count = 10,
        thumbnails: Thumbnails = False,
    ) -> Annotated[CallToolResult, RecommendedProducts]:
        """Recommend what a shopper may want next, from what they did.

        Where nothing is given, it is what many want at the moment. `because` names the products
        that spoke for one.
        """
        given = (
            (EventKind.VIEW, viewed),
            (EventKind.BASKET, basket),
            (EventKind.PURCHASE, bought),
        )
        asked = ForShopper(
            history=tuple(Event(kind, sku) for kind, skus in given for sku in skus or ()),
            like=tuple(like or ()),
            unlike=tuple(unlike or ()),
            k=k,
            where=where,
            in_stock=in_stock,
        )
        return self._recommended(self._catalogue.recommend(asked), thumbnails=thumbnails)

    def _recommended(self, found: Recommendations, *, thumbnails: bool) -> CallToolResult:
        hits = [one.hit for one in found.hits]
        pictures = pictures_of(self._catalogue, hits) if thumbnails else []
        return reply(recommended_products(found), told_recommendations(found), pictures)
