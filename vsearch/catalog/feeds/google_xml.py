"""Google Merchant product feeds as RSS 2.0 or Atom, one entry in memory at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element  # only the type: parsing is defusedxml's

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError, iterparse

from vsearch.catalog.feeds.assemble import raw_json
from vsearch.catalog.feeds.columns import attribute_name, folded
from vsearch.catalog.feeds.fields.fault import FieldFault
from vsearch.catalog.feeds.google import GOOGLE_COLUMNS, google_product
from vsearch.catalog.feeds.interface import FeedItem, Listed, Rejection
from vsearch.catalog.feeds.progress import Progress
from vsearch.catalog.product import Product
from vsearch.errors import FeedError

MAX_ENTRY_BYTES = 8 * 2**20
_MAX_DEPTH = 100
_ENTRIES = frozenset({"item", "entry"})
_MANY = frozenset(column.name for column in GOOGLE_COLUMNS.columns if column.many)
_SINGLE = frozenset(column.name for column in GOOGLE_COLUMNS.columns if not column.many)


class GoogleXmlReader:
    """Reads one product an ``<item>`` (RSS) or ``<entry>`` (Atom).

    ``mapping`` says what an element fills, by its name without the namespace.

    Raises:
        FeedError: ``mapping`` names a field that isn't there.
    """

    def __init__(
        self, path: Path, encoding: str | None, root: Path, mapping: Mapping[str, str]
    ) -> None:
        GOOGLE_COLUMNS.check_targets(mapping, path)
        self._path = path
        self._encoding = encoding
        self._root = root
        self._names = {
            folded(column).removeprefix("g:"): GOOGLE_COLUMNS.field_of(target) or target
            for column, target in mapping.items()
        }

    def items(self, progress: Progress) -> Iterator[FeedItem]:
        """Yield a ``Listed`` or a ``Rejection`` for every entry, the first being 1.

        Raises:
            FeedError: the XML is not well-formed, declares a DTD or entities, or isn't a
                feed.
        """
        number = 0
        try:
            with self._path.open("rb") as file:
                for number, entry in enumerate(self._entries(file, progress), start=1):
                    yield self._item(number, entry)
        except ParseError as error:
            raise FeedError(
                f"{self._path}: after entry {number}: not well-formed XML: {error}; "
                "where only the encoding is wrong, name it with --encoding"
            ) from error
        except DefusedXmlException as error:
            raise FeedError(
                f"{self._path}: it declares a document type or entities, which no product feed "
                f"needs and which can be an attack ({type(error).__name__}); remove the DOCTYPE"
            ) from error
        except (LookupError, ValueError) as error:
            raise FeedError(f"{self._path}: after entry {number}: {error}") from error
        except OSError as error:
            raise FeedError(f"{self._path}: {error.strerror}") from error
        if not number:
            raise FeedError(f"{self._path}: no <item> and no <entry>: not an RSS or Atom feed")

    def _entries(self, file: BinaryIO, progress: Progress) -> Iterator[Element]:
        source = _BoundedSource(file, self._path, progress)
        parser = DefusedXMLParser(encoding=self._encoding, forbid_dtd=True)
        open_elements: list[Element] = []
        for event, element in iterparse(source, ("start", "end"), parser, forbid_dtd=True):
            if event == "start":
                open_elements.append(element)
                if len(open_elements) > _MAX_DEPTH:
                    raise FeedError(f"{self._path}: elements are nested {_MAX_DEPTH} deep")
                continue
            open_elements.pop()
            if _local(element.tag) in _ENTRIES:
                yield element
                source.entry_ended()
                # Not only its children: a million empty items would stay in the channel.
                if open_elements:
                    del open_elements[-1][:]

    def _item(self, number: int, entry: Element) -> FeedItem:
        try:
            return Listed(number, self._product(entry))
        except FieldFault as fault:
            raw: dict[str, list[str]] = defaultdict(list)
            for child in entry:
                raw[_local(child.tag)].append(_text(child))
            flat = {name: texts[0] if len(texts) == 1 else texts for name, texts in raw.items()}
            return Rejection(number, fault.field, fault.problem, raw_json(flat), fault.sku)

    def _product(self, entry: Element) -> Product:
        single: dict[str, str] = {}
        many: dict[str, list[str]] = defaultdict(list)
        attributes: list[tuple[str, object]] = []
        details: list[tuple[str, object]] = []
        for child in entry:
            name = _local(child.tag)
            name = self._names.get(name) or GOOGLE_COLUMNS.field_of(name) or name
            text = _text(child)
            if name == "product_detail":
                details.append((_part(child, "attribute_name"), _part(child, "attribute_value")))
            elif name in _MANY:
                many[name].append(text)
            elif name in _SINGLE:
                # Atom has its own <title> and <id> beside Google's, which count for more.
                if name not in single or _is_google(child.tag):
                    single[name] = text
            elif len(child) == 0:
                attributes.append((attribute_name(name) or name, text))
        return google_product(
            single, many, attributes, [pair for pair in details if pair[0]], self._root
        )


class _BoundedSource:
    """A file that refuses to give more than one entry's worth without an entry's end."""

    def __init__(self, file: BinaryIO, path: Path, progress: Progress) -> None:
        self._file = file
        self._path = path
        self._progress = progress
        self._last_end = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._progress.position += len(data)
        if self._progress.position - self._last_end > MAX_ENTRY_BYTES:
            raise FeedError(
                f"{self._path}: more than 8 MiB without the end of an <item> or <entry>: "
                "not an RSS or Atom product feed"
            )
        return data

    def entry_ended(self) -> None:
        self._last_end = self._progress.position


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _is_google(tag: str) -> bool:
    return tag.startswith("{http://base.google.com/")


def _text(element: Element) -> str:
    text = "".join(element.itertext()).strip()
    # Atom keeps addresses in an attribute: <link href="…"/>.
    return text or element.get("href", "")


def _part(element: Element, name: str) -> str:
    return next((_text(child) for child in element if _local(child.tag) == name), "")
