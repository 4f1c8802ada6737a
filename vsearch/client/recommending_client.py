"""What may be asked of a service's recommender."""

from __future__ import annotations

from urllib.parse import quote

from vsearch.client.answers import Answer, read_answer
from vsearch.client.connection import Connection
from vsearch.client.recommendation_answers import ServedRecommendations, read_recommendations
from vsearch.client.recommendation_questions import (
    goes_with_params,
    popular_params,
    shopper_json,
    similar_params,
)
from vsearch.errors import ProductNotFound
from vsearch.recommending.asked import ForShopper, GoesWith, Popular, SimilarTo


class RecommendingClient:
    """The methods of ``Collection.recommender``, over a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def url(self) -> str:
        """Where the service is, without a slash at the end."""
        return self._connection.url

    def similar(self, asked: SimilarTo) -> Answer:
        """Products that look like one; itself, its variants and its copies left out.

        Raises:
            ProductNotFound: no product has this SKU.
            FilterError: the filter can't be read.
        """
        path = f"{product_path(asked.sku)}/similar"
        content = self._connection.json("GET", path, params=similar_params(asked))
        return read_answer(content, self.url)

    def recommend(self, asked: ForShopper) -> ServedRecommendations:
        """What a shopper may want next.

        Raises:
            AccessDenied: it names a user or a session, and this client has no key.
            FilterError: the filter can't be read.
        """
        content = self._connection.json("POST", "/v1/recommend", json=shopper_json(asked))
        return read_recommendations(content, self.url)

    def complete(self, asked: GoesWith) -> ServedRecommendations:
        """What goes with some products.

        Raises:
            QueryError: there are more than 101, too many for an address.
            FilterError: the filter can't be read.
        """
        path = f"{product_path(asked.skus[0])}/goes-with"
        try:
            content = self._connection.json("GET", path, params=goes_with_params(asked))
        except ProductNotFound as error:
            return ServedRecommendations((), unknown=asked.skus, why_nothing=str(error))
        return read_recommendations(content, self.url)

    def popular(self, asked: Popular) -> ServedRecommendations:
        """What shoppers want most at the moment.

        Raises:
            FilterError: the filter can't be read.
        """
        content = self._connection.json("GET", "/v1/popular", params=popular_params(asked))
        return read_recommendations(content, self.url)


def product_path(sku: str) -> str:
    """Where a product is at a service."""
    return f"/v1/products/{quote(sku, safe='')}"
