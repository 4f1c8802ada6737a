"""A folder of pictures: one product each, or the products of a list beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from vsearch.catalog.feeds.assemble import raw_json
from vsearch.catalog.feeds.feed_file import Reader
from vsearch.catalog.feeds.fields.fault import FieldFault
from vsearch.catalog.feeds.fields.text import parse_sku, parse_text
from vsearch.catalog.feeds.interface import FeedItem, Listed, Rejection
from vsearch.catalog.feeds.picture_files import PicturesBySku, walk_pictures
from vsearch.catalog.feeds.progress import Progress
from vsearch.catalog.product import Product

_WORD_BREAKS = re.compile(r"[\s_\-]+")


class PictureFolderReader:
    """Reads one product a picture: the SKU is its path without the ending, the title its
    name, the category the folders that it lies in."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def items(self, progress: Progress) -> Iterator[FeedItem]:
        """Yield a ``Listed`` for every picture, in the order of their paths; rows count them.

        Raises:
            FeedError: a folder can't be listed.
        """
        for number, path in enumerate(walk_pictures(self._root), start=1):
            progress.position = number
            *folders, name = path.split("/")
            try:
                title = _WORD_BREAKS.sub(" ", name.rpartition(".")[0])
                product = Product(
                    sku=parse_sku(path.rpartition(".")[0]),
                    title=parse_text(title, "title"),
                    category=tuple(parse_text(folder, "category") for folder in folders),
                    images=(path,),
                )
            except FieldFault as fault:
                yield Rejection(number, fault.field, fault.problem, raw_json({"image": path}))
                continue
            yield Listed(number, product)


class ListedFolderReader:
    """Reads the list; products that it gives no picture get those named after their SKU."""

    def __init__(self, list_reader: Reader, root: Path) -> None:
        self._list_reader = list_reader
        self._root = root

    def items(self, progress: Progress) -> Iterator[FeedItem]:
        """Yield the list's items.

        Raises:
            FeedError: the list as a whole can't be read, or a folder can't be listed.
        """
        pictures = PicturesBySku(self._root)
        for item in self._list_reader.items(progress):
            if isinstance(item, Listed) and not item.product.images:
                found = pictures.of(item.product.sku)
                yield Listed(item.row, replace(item.product, images=found)) if found else item
            else:
                yield item
