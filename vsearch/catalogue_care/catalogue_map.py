"""The whole catalogue on one page: every product's picture where its like are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from vsearch.catalog import product_store
from vsearch.catalog.attribute_names import known_attributes
from vsearch.catalog.product import Product
from vsearch.catalog.product_views import View, views_of_products
from vsearch.catalogue_care.colouring import colouring, value_reader
from vsearch.catalogue_care.gallery import Gallery
from vsearch.catalogue_care.grid import grid_places
from vsearch.catalogue_care.map_page import MapPage, write_map_page
from vsearch.catalogue_care.projection import Points, project, require_projection
from vsearch.catalogue_care.thumbnail_sheets import columns_of, sheets, thumbnail, tile_side
from vsearch.encoder.decoders import decoding_threads
from vsearch.encoder.prefetch import prefetch
from vsearch.errors import CollectionError
from vsearch.progress import Progress

LAYOUTS = ("scatter", "grid")

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class MapSummary:
    """What a map shows, and what not."""

    products: int
    """On the map."""

    without_picture: int
    """Products that aren't on it, because they have no usable image."""

    unreadable: int
    """Drawn as a grey tile: their pictures can't be read any more."""

    size: int
    """Of the file, bytes."""


def write_map(
    path: Path,
    gallery: Gallery,
    progress: Progress,
    *,
    colour_by: str = "category",
    layout: str = "scatter",
) -> MapSummary:
    """Write the map as one HTML file that opens without a server.

    A product stands where its main image's embedding lies by t-SNE. The file takes
    about 1.5 KB for each product: 0.3 MB for the sample catalogue, 12 MB for 10,000 products.

    Args:
        path: where to; an older one is replaced whole.
        gallery: the collection.
        progress: told how far it has come.
        colour_by: ``category``, ``brand`` or ``attr.NAME``.
        layout: ``scatter``, or ``grid`` where no picture covers another.

    Raises:
        MissingExtra: openTSNE isn't installed.
        QueryError: there is no such thing to colour by.
        CollectionError: no product has a usable image.
        StorageError: the file can't be written.
    """
    require_projection()
    read_value = value_reader(colour_by, known_attributes(gallery.connection))
    known = set(gallery.image_ids().tolist())
    shown, without_picture = _shown(gallery, known)
    if not shown:
        raise CollectionError(
            f"{gallery.name}: no product has a usable image; index a feed with pictures first"
        )
    products = [product for product, _ in shown]
    views = [view for _, view in shown]
    image_ids = np.array([view.image_id for view in views], dtype=np.int64)
    with progress.stage("layout", len(shown), "products") as advance:
        points = project(gallery.embeddings(image_ids))
        advance(len(shown))
    cell = 0.0
    if layout == "grid":
        points, cell = _in_grid(points)
    side = tile_side(len(shown))
    columns = columns_of(len(shown), side)
    missing = 0

    def read(view: View) -> tuple[bool, Image.Image]:
        picture = gallery.picture(view, side)
        return picture is None, thumbnail(picture, side)

    threads = decoding_threads()
    with progress.stage("pictures", len(shown), "images") as advance:

        def tiles() -> Iterator[Image.Image]:
            nonlocal missing
            for is_missing, tile in prefetch(read, views, workers=threads, ahead=8 * threads):
                missing += is_missing
                advance(1)
                yield tile

        page = MapPage(
            title=Path(gallery.name).resolve().name or gallery.name,
            colour_by=colour_by.removeprefix("attr."),
            products=products,
            points=points,
            cell=cell,
            colouring=colouring([read_value(product) for product in products]),
            tile=side,
            columns=columns,
        )
        write_map_page(path, page, sheets(tiles(), side, columns))
    return MapSummary(len(shown), without_picture, missing, path.stat().st_size)


def _shown(gallery: Gallery, known: set[int]) -> tuple[list[tuple[Product, View]], int]:
    """Each product with its first published image; and how many have none."""
    shown: list[tuple[Product, View]] = []
    without = 0
    products = product_store.iterate(gallery.connection)
    while page := list(islice(products, _PAGE)):
        views = views_of_products(gallery.connection, [product_id for product_id, _ in page])
        for product_id, product in page:
            first = next((v for v in views.get(product_id, ()) if v.image_id in known), None)
            if first is None:
                without += 1
            else:
                shown.append((product, first))
    return shown, without


def _in_grid(points: Points) -> tuple[Points, float]:
    """The points in the middle of their grid's cells, and a cell's side."""
    places = grid_places(points)
    cell = 1 / float(places.max() + 1)
    return ((places + 0.5) * cell).astype(np.float32), cell
