"""The pictures of a query and its hits themselves, where embeddings alone don't tell enough."""

from __future__ import annotations

from PIL import Image
from sqlalchemy import Connection

from vsearch.errors import ImageRejected, QueryError
from vsearch.images.load import open_image
from vsearch.layout import Layout
from vsearch.searching.examples import Examples
from vsearch.searching.pictures import product_picture
from vsearch.searching.query import Query
from vsearch.searching.query_pictures import QueryPictures
from vsearch.searching.result import Hit
from vsearch.settings import Settings


class Originals:
    """Opens what a query asks with and what its hits show."""

    def __init__(
        self, layout: Layout, examples: Examples, pictures: QueryPictures, settings: Settings
    ) -> None:
        self._layout = layout
        self._examples = examples
        self._pictures = pictures
        self._settings = settings

    def of_query(
        self, connection: Connection, query: Query, *, min_side: int | None = None
    ) -> Image.Image:
        """The one picture that a query asks with: upright RGB.

        Args:
            connection: the catalogue.
            query: what is asked.
            min_side: as for ``decode``.

        Raises:
            QueryError: it asks with more than one, with none, or with a product whose are gone.
            ImageRejected: it can't be read.
        """
        if not query.is_one_picture:
            raise QueryError("one picture is needed, and this query is a mixture or has none")
        (example,) = query.examples
        if example.sku is None:
            return self._pictures.picture(example, min_side=min_side)
        for view in self._examples.views(connection, example.sku):
            picture = self._open(view.address, view.content_hash, min_side)
            if picture is not None:
                return picture
        raise QueryError(f"{example.sku}: has no picture that hits could be compared with")

    def of_hit(self, hit: Hit, *, min_side: int | None = None) -> Image.Image | None:
        """The picture of a hit that matched; None where it is gone or can't be read any more."""
        return self._open(hit.image, hit.content_hash, min_side) if hit.content_hash else None

    def _open(self, address: str, content_hash: str, min_side: int | None) -> Image.Image | None:
        source = product_picture(address, content_hash, self._layout.downloads)
        if source is None:
            return None
        try:
            return open_image(source, max_pixels=self._settings.max_pixels, min_side=min_side)
        except ImageRejected:
            return None
