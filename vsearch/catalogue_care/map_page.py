"""A map as HTML: the template, the products' data and the thumbnails, written as they come."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vsearch.catalog.product import Product
from vsearch.catalog.shown_price import shown_price
from vsearch.catalogue_care.colouring import Colouring
from vsearch.catalogue_care.projection import Points
from vsearch.durable import write_atomically
from vsearch.storage import storage_errors

_COORDINATES = 65_535
_SEPARATOR = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
_SCRIPTS = ("map_view.js", "map_controls.js")


@dataclass(frozen=True, slots=True)
class MapPage:
    """What stands on the page."""

    title: str
    colour_by: str
    products: Sequence[Product]
    points: Points
    cell: float
    """The side of a grid's cell, of the map's; 0 where there is no grid."""
    colouring: Colouring
    tile: int
    """Pixels of a thumbnail's side."""
    columns: int
    """Thumbnails in a row and in a column of a sheet."""


def write_map_page(path: Path, page: MapPage, sheets: Iterable[bytes]) -> None:
    """Write the page; an older one is replaced whole, and a broken-off one leaves nothing.

    Args:
        path: where to.
        page: what stands on it.
        sheets: WebP files with the thumbnails, in the order of the products.

    Raises:
        StorageError: the file can't be written.
    """
    with storage_errors(path):
        write_atomically(path, lambda file: _write(file, page, sheets))


def _write(file: BinaryIO, page: MapPage, sheets: Iterable[bytes]) -> None:
    environment = Environment(
        loader=PackageLoader("vsearch.catalogue_care"), autoescape=True, undefined=StrictUndefined
    )
    head = environment.get_template("map.html").render(
        title=page.title,
        colour_by=page.colour_by,
        count=len(page.products),
        style=Markup(_template("map.css")),  # noqa: S704 (our own file)
    )
    file.write(head.encode("utf-8"))
    data = json.dumps(_data(page), ensure_ascii=False, separators=(",", ":"))
    # A merchant's text can't end the element that holds it.
    _script(file, 'type="application/json" id="data"', data.replace("<", "\\u003c"))
    for sheet in sheets:
        uri = f"data:image/webp;base64,{base64.b64encode(sheet).decode('ascii')}"
        _script(file, 'type="text/plain" class="sheet"', uri)
    for name in _SCRIPTS:
        _script(file, "", _template(name))
    file.write(b"</body>\n</html>\n")


def _script(file: BinaryIO, attributes: str, content: str) -> None:
    opening = f"<script {attributes}>" if attributes else "<script>"
    file.write(f"{opening}{content}</script>\n".encode())


def _template(name: str) -> str:
    return files("vsearch.catalogue_care").joinpath("templates", name).read_text(encoding="utf-8")


def _data(page: MapPage) -> dict[str, Any]:
    labels = sorted({_SEPARATOR.join(product.category) for product in page.products} - {""})
    place = {label: number for number, label in enumerate(labels)}
    width, height = (float(side) for side in page.points.max(axis=0))
    half = page.cell / 2
    return {
        "sku": [product.sku for product in page.products],
        "title": [product.title for product in page.products],
        "price": [shown_price(product) for product in page.products],
        "url": [product.url for product in page.products],
        "labels": labels,
        "label": [place.get(_SEPARATOR.join(product.category), -1) for product in page.products],
        "groups": [asdict(group) for group in page.colouring.groups],
        "group": _packed(np.array(page.colouring.of_products, dtype=np.uint8)),
        "x": _packed(_quantised(page.points[:, 0])),
        "y": _packed(_quantised(page.points[:, 1])),
        "width": max(width + half, 0.1),
        "height": max(height + half, 0.1),
        "cell": page.cell,
        "tile": page.tile,
        "columns": page.columns,
    }


def _quantised(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint16]:
    return np.rint(values * _COORDINATES).astype("<u2")


def _packed(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")
