"""What may be asked of a service with a key of scope ``read``."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from vsearch.catalog.product import Product
from vsearch.client.answers import Answer, read_answer, read_product
from vsearch.client.connection import Connection
from vsearch.client.pictures import file_bytes, picture_json
from vsearch.client.products import ProductPage, read_page
from vsearch.client.questions import query_json
from vsearch.client.recommending_client import RecommendingClient, product_path
from vsearch.client.service import ServiceStatus, read_status
from vsearch.encoder.interface import ImageInput
from vsearch.errors import QueryError
from vsearch.searching.query import DEFAULT_K, Query
from vsearch.searching.result import Hit
from vsearch.settings import Settings

DEFAULT_TIMEOUT_S = 30.0
DEFAULT_ATTEMPTS = 4
DEFAULT_PATIENCE_S = 30.0


class ReadingClient(RecommendingClient):
    """Queries, recommendations, products and pictures; ``Client`` has the rest, too."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        attempts: int = DEFAULT_ATTEMPTS,
        patience_s: float = DEFAULT_PATIENCE_S,
        settings: Settings | None = None,
        http: httpx.Client | None = None,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: where the service is, ``https://search.example.com``.
            key: an API key, as ``vsearch keys create`` prints it; None for none.
            timeout_s: how long the service may be silent, in seconds.
            attempts: how often a request is sent at most, from 1.
            patience_s: after so many seconds a request isn't sent again.
            settings: bounds of the pictures that are read or fetched here before they are
                sent; None for the usual ones. The environment isn't read.
            http: what sends the requests, for a proxy or certificates of one's own; it stays
                the caller's to close.

        Raises:
            ServiceError: ``url`` is no address of a service.
        """
        self._settings = settings or Settings()
        super().__init__(
            Connection(
                url,
                key=key,
                timeout_s=timeout_s,
                attempts=attempts,
                patience_s=patience_s,
                http=http,
            )
        )

    def query(
        self,
        *,
        image: ImageInput | None = None,
        sku: str | None = None,
        k: int = DEFAULT_K,
    ) -> list[Hit]:
        """Find the k products that look most like an image, or like another product.

        Args:
            image: a path, an http(s) URL, the bytes of an image file, a PIL image, or an
                (h, w, 3) uint8 RGB array. A path or URL is read here and its content sent.
            sku: instead of an image, a product of the collection; it isn't among the hits.
            k: how many products.

        Raises:
            QueryError: not exactly one of ``image`` and ``sku`` is given, or k is out of range.
            ImageRejected: the image can't be read.
            ProductNotFound: no product has this SKU.
            Overloaded: the service is too busy, for longer than this client's patience.
        """
        if (image is None) == (sku is None):
            raise QueryError("a query takes an image or a sku, exactly one of the two")
        return list(self.search(Query(image=image, sku=sku, k=k)).hits)

    def search(self, query: Query) -> Answer:
        """Answer a query with all that it can say: filters, mixtures, words, facets, pages.

        Returns:
            A ``Result`` with ``query_id``, by which events name it, and the like.

        Raises:
            QueryError: it asks for what the collection or its encoder hasn't; FilterError
                where its filter can't be read.
            ImageRejected, ProductNotFound, Overloaded: as ``query``.
        """
        content = self._connection.json("POST", "/v1/query", **self._asked(query))
        return read_answer(content, self.url)

    def explain(self, query: Query, hit: Hit) -> bytes:
        """Draw what of a query's picture matched what of a hit's, as a PNG of 688 x 394 pixels.

        Raises:
            QueryError: the query isn't one picture: a photo, a part of one, or a product.
            ImageRejected: one of the pictures can't be read any more.
        """
        asked = self._asked(query)
        return self._connection.send(
            "POST", "/v1/explain", params={"explained": hit.sku}, **asked
        ).content

    def product(self, sku: str) -> Product:
        """The product with this SKU.

        Raises:
            ProductNotFound: there is none.
        """
        return read_product(self._connection.json("GET", product_path(sku)), self.url)

    def products(
        self, *, where: str = "", words: str = "", after: int = 0, k: int = 100
    ) -> ProductPage:
        """A page of products: the oldest first, or those first that fit words best.

        Args:
            where: a filter; all where it is empty.
            words: what their texts have to hold; anything where it is empty.
            after: ``ProductPage.after`` of the page before; 0 for the first page.
            k: how many, 1 to 200.

        Raises:
            FilterError: the filter can't be read, or doesn't fit the catalogue.
            QueryError: k is out of range, or ``after`` names no product that the words find.
        """
        asked = {"where": where, "words": words, "after": after, "k": k}
        return read_page(self._connection.json("GET", "/v1/products", params=asked), self.url)

    def image(self, content_hash: str) -> bytes:
        """The image file with this content, as it was indexed.

        Raises:
            PictureNotFound: no product shows it, or its file is gone or has changed.
        """
        return self._connection.send("GET", _image_path(content_hash)).content

    def thumbnail(self, content_hash: str, side: int = 320) -> bytes:
        """A small copy of an image as a WebP file.

        Args:
            content_hash: of the image.
            side: how long its long side is to be in pixels; it is raised to the next of 80,
                160, 320, 640 or 1280.

        Raises:
            PictureNotFound: as ``image``.
        """
        path = f"{_image_path(content_hash)}/thumbnail"
        return self._connection.send("GET", path, params={"side": side}).content

    def status(self) -> ServiceStatus:
        """What is served: how much, by which encoder, within which limits."""
        return read_status(self._connection.json("GET", "/v1/collection"), self.url)

    def close(self) -> None:
        """Let go of the connections; the client can't be used afterwards."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _asked(self, query: Query) -> dict[str, Any]:
        """The body of a request, as the connection takes it."""
        body = query_json(query, self._settings)
        if query.image is None:
            return {"json": body}
        photo = file_bytes(query.image, self._settings)
        if any(example.image is not None for example in (*query.like, *query.unlike)):
            # A form's fields are short; one with pictures in it is not.
            return {"json": {**body, "image": picture_json(photo)}}
        return {
            "data": {"query": json.dumps(body)},
            "files": [("image", ("photo", photo, "application/octet-stream"))],
        }


def _image_path(content_hash: str) -> str:
    return f"/v1/images/{quote(content_hash, safe='')}"
