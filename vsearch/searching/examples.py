"""From the examples of a query to embeddings to search with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from vsearch.catalog import image_store, product_store, product_views
from vsearch.catalog.product_views import View
from vsearch.encoder.interface import Embeddings, ImageInput
from vsearch.encoder.texts import TextEncoder
from vsearch.encoder.unit_length import unit_length
from vsearch.errors import (
    CollectionDamaged,
    EncoderError,
    ProductNotFound,
)
from vsearch.images.content import content_hash
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.searching.encoders import CollectionEncoders
from vsearch.searching.query import Example, Grouping, Query
from vsearch.searching.query_pictures import QueryPictures

#: How much of what hits are not to be like is taken away, beside what they are to be like. With
#: a photo of what came first by mistake, that comes first for 20 % instead of 49 % of groceries,
#: and what is right for 58 % instead of 51 %; from 0.5 on what is right suffers.
_UNLIKE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Encoded:
    """The pictures and texts of a query's examples, embedded without the catalogue."""

    embeddings: Sequence[Embeddings | None]
    """(1, dim) for each example; None for a product."""

    content: str | None
    """The content hash of the one whole picture file that asks; None where it isn't that."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query's examples come to."""

    embeddings: Embeddings
    """(q, dim): several are views of one thing; none where products without images asked."""

    without: frozenset[int]
    """The ids of the products that asked, which are no answer."""

    itself: tuple[int, ...]
    """The ids of catalogue images that are the very pictures that asked, to the byte."""

    is_one_thing: bool
    """Whether a hit can be the very thing asked for, and isn't a mixture of things."""


class Examples:
    """Gives the embeddings of examples: pictures are encoded, products looked up."""

    def __init__(
        self, layout: Layout, encoders: CollectionEncoders, pictures: QueryPictures
    ) -> None:
        self._layout = layout
        self._encoders = encoders
        self._pictures = pictures

    def encode(self, manifest: Manifest, query: Query) -> Encoded:
        """Encode the pictures and texts of a query; products are looked up by ``embed``.

        Raises:
            ImageRejected, EncoderError, EncoderMismatch.
        """
        every = [*query.examples, *query.unlike]
        given = [self._pictures.read(example) for example in every]
        found = [
            self._encode(manifest, example, image)
            for example, image in zip(every, given, strict=True)
        ]
        is_whole = len(every) == 1 and every[0].box is None and isinstance(given[0], bytes)
        first = given[0] if is_whole else None
        return Encoded(found, content_hash(first) if isinstance(first, bytes) else None)

    def embed(
        self, connection: Connection, manifest: Manifest, query: Query, encoded: Encoded
    ) -> Asked | None:
        """Embed all examples of a query; None where it has none.

        One example asks with every view that there is of it. Several become one embedding:
        their weighted mean, less a share of what hits are not to be like (Rocchio, "Relevance
        Feedback in Information Retrieval", 1971), brought to unit length.

        Raises:
            ProductNotFound, CollectionDamaged.
        """
        like = query.examples
        if not like:
            return None
        every = [*like, *query.unlike]
        found = [
            self._stored(self.views(connection, example.sku or ""), manifest)
            if embeddings is None
            else embeddings
            for example, embeddings in zip(every, encoded.embeddings, strict=True)
        ]
        content = encoded.content
        asked = Asked(
            embeddings=found[0],
            without=self._products(
                connection, every, query.apart or query.group is Grouping.ITEM_GROUP
            ),
            itself=tuple(image_store.image_ids(connection, [content])) if content else (),
            is_one_thing=len({example.weight for example in like}) == 1
            and not query.unlike
            and not any(example.text for example in like),
        )
        if len(like) == 1 and not query.unlike:
            return asked
        wanted = _mean(found[: len(like)], like)
        unwanted = _mean(found[len(like) :], query.unlike)
        if wanted is None:
            return replace(asked, embeddings=found[0][:0])
        if unwanted is not None:
            wanted = wanted - _UNLIKE_SHARE * unwanted
        return replace(asked, embeddings=unit_length(wanted[None]))

    def _encode(
        self, manifest: Manifest, example: Example, image: ImageInput | None
    ) -> Embeddings | None:
        if example.sku is not None:
            return None
        encoder = self._encoders.encoder(manifest)
        if image is not None:
            return self._pictures.embed(encoder, example, image)
        if not isinstance(encoder, TextEncoder):
            raise EncoderError(f"{encoder.name}: has no text tower")
        return encoder.encode_texts([example.text or ""])

    def views(self, connection: Connection, sku: str) -> list[View]:
        """The usable images of a product.

        Raises:
            ProductNotFound: there is none with this SKU.
        """
        product = self._product(connection, sku)
        return product_views.views_of_products(connection, [product]).get(product, [])

    def not_found(self, sku: str) -> ProductNotFound:
        """The error for a SKU that no product has."""
        return ProductNotFound(f'{self._layout.folder}: no product has the SKU "{sku}"')

    def _product(self, connection: Connection, sku: str) -> int:
        product = product_store.product_id(connection, sku)
        if product is None:
            raise self.not_found(sku)
        return product

    def _products(
        self, connection: Connection, examples: Sequence[Example], with_variants: bool
    ) -> frozenset[int]:
        """What asks, if need be with all its variants."""
        asking = {self._product(connection, e.sku) for e in examples if e.sku is not None}
        if not with_variants:
            return frozenset(asking)
        return product_store.with_variants(connection, [*asking])

    def _stored(self, views: Sequence[View], manifest: Manifest) -> Embeddings:
        stored = self._encoders.embeddings(manifest)
        hashes = [view.content_hash for view in views]
        lost = set(stored.missing(hashes))
        if hashes and len(lost) == len(set(hashes)):
            folder = self._layout.embeddings(manifest.encoder.backbone_fingerprint)
            raise CollectionDamaged(
                f"{folder}: the product's embeddings are gone; the next `vsearch index` of its feed"
                " makes them again"
            )
        return stored.get([one for one in hashes if one not in lost])


def _mean(found: Sequence[Embeddings], examples: Sequence[Example]) -> Embeddings | None:
    """(dim,) of length 1: the weighted mean over examples, each by the mean of its views."""
    pairs = [(views, e.weight) for views, e in zip(found, examples, strict=True) if len(views)]
    if not pairs:
        return None
    # Only how they compare counts; as they are given they may be too much for 32 bits.
    most = max(weight for _, weight in pairs)
    total = sum(weight / most * unit_length(views.mean(axis=0)[None]) for views, weight in pairs)
    mean: Embeddings = unit_length(np.asarray(total, np.float32))[0]
    return mean
