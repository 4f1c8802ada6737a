"""What a recommender knows of products: enough to compare thousands at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.catalog.product_traits import ProductTraits, products_of_images, read_traits
from vsearch.catalog.revision import catalogue_revision
from vsearch.encoder.interface import Embeddings
from vsearch.searching.reading import Reading

#: Products kept; with embeddings of 192 numbers some 80 MB.
_KEPT = 65_536

Codes = npt.NDArray[np.int64]
"""(n,) equal where what they stand for is; -1 where there is nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """n products."""

    ids: Codes
    skus: tuple[str, ...]
    groups: Codes
    """Of variants; a product without any has its own."""
    wide: Codes
    """The category's first level."""
    narrow: Codes
    """The whole category."""
    brands: Codes
    prices: npt.NDArray[np.float64]
    """(n,) the logarithm of the price; NaN where there is none."""
    embeddings: Embeddings
    """(n, dim) L2-normalised: the mean over a product's pictures; zeros without a picture."""

    def __len__(self) -> int:
        """How many."""
        return len(self.ids)

    @property
    def is_seen(self) -> npt.NDArray[np.bool_]:
        """(n,) whether a product has a picture."""
        return np.asarray(self.embeddings.any(axis=1))

    def at(self, places: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Traits:
        """Those at some places."""
        chosen = np.flatnonzero(places) if places.dtype == np.bool_ else places
        return Traits(
            self.ids[places],
            tuple(self.skus[place] for place in chosen.tolist()),
            self.groups[places],
            self.wide[places],
            self.narrow[places],
            self.brands[places],
            self.prices[places],
            self.embeddings[places],
        )


class _Known:
    """What has been read of one state of a collection. Not thread-safe."""

    def __init__(self, dim: int) -> None:
        self.rows: dict[int, int] = {}
        self.codes: dict[tuple[str, str | int | tuple[str, ...]], int] = {}
        self.skus: list[str] = []
        self.ids_by_sku: dict[str, int | None] = {}
        self.ids_by_image: dict[int, tuple[int, ...]] = {}
        self.numbers = np.empty((0, 4), np.int64)
        self.prices = np.empty(0)
        self.embeddings = np.empty((0, dim), np.float32)

    def code(self, name: str, value: str | int | tuple[str, ...]) -> int:
        """A number for a value of one trait."""
        return self.codes.setdefault((name, value), len(self.codes)) if value else -1

    def add(self, read: Sequence[ProductTraits], embeddings: Embeddings) -> None:
        start = len(self.skus)
        self._make_room(start + len(read))
        for row, one in enumerate(read, start=start):
            self.rows[one.product_id] = row
            self.skus.append(one.sku)
            self.ids_by_sku[one.sku] = one.product_id
            self.numbers[row] = (
                self.code("group", one.item_group or one.product_id),
                self.code("wide", one.category[:1]),
                self.code("narrow", one.category),
                self.code("brand", one.brand.casefold()),
            )
            self.prices[row] = np.log(one.price) if one.price else np.nan
        self.embeddings[start : start + len(read)] = embeddings

    def traits(self, ids: Sequence[int]) -> Traits:
        kept = [one for one in ids if one in self.rows]
        rows = np.array([self.rows[one] for one in kept], np.int64)
        groups, wide, narrow, brands = self.numbers[rows].T
        return Traits(
            np.array(kept, np.int64),
            tuple(self.skus[row] for row in rows.tolist()),
            groups,
            wide,
            narrow,
            brands,
            self.prices[rows],
            self.embeddings[rows],
        )

    def _make_room(self, needed: int) -> None:
        room = len(self.prices)
        if needed > room:
            size = max(needed, 2 * room, 1_024)
            self.numbers = np.resize(self.numbers, (size, 4))
            self.prices = np.resize(self.prices, size)
            grown = np.empty((size, self.embeddings.shape[1]), np.float32)
            grown[:room] = self.embeddings
            self.embeddings = grown


class KeptTraits:
    """Reads traits once for as long as catalogue and index stay as they are. Thread-safe."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._state: tuple[int, int] | None = None
        self._known = _Known(0)

    def of(self, reading: Reading) -> TraitReader:
        """The traits of a collection as it is now."""
        manifest = reading.manifest
        state = (catalogue_revision(reading.connection), manifest.generation)
        with self._gate:
            if state != self._state or len(self._known.rows) > _KEPT:
                self._state, self._known = state, _Known(manifest.dim)
            return TraitReader(reading, self._known, self._gate)


class TraitReader:
    """Gives the traits of products, reading those that aren't known yet."""

    def __init__(self, reading: Reading, known: _Known, gate: threading.Lock) -> None:
        self._reading = reading
        self._known = known
        self._gate = gate

    def of(self, ids: Sequence[int]) -> Traits:
        """The products with these ids, each once, in their order; without those that are gone."""
        wanted = [*dict.fromkeys(ids)]
        with self._gate:
            missing = [one for one in wanted if one not in self._known.rows]
        if missing:
            read = read_traits(self._reading.connection, missing)
            embeddings = np.zeros((len(read), self._reading.manifest.dim), np.float32)
            shown, found = self._reading.embeddings([one.product_id for one in read])
            places = {one.product_id: place for place, one in enumerate(read)}
            embeddings[[places[one] for one in shown]] = found
            with self._gate:
                new = [n for n, one in enumerate(read) if one.product_id not in self._known.rows]
                self._known.add([read[n] for n in new], embeddings[new])
        with self._gate:
            return self._known.traits(wanted)

    def shown_by(self, image_ids: Sequence[int]) -> list[int]:
        """The ids of the products that show any of some pictures, in the pictures' order."""
        known = self._known.ids_by_image
        with self._gate:
            missing = [one for one in image_ids if one not in known]
        if missing:
            found = products_of_images(self._reading.connection, missing)
            with self._gate:
                known.update({one: found.get(one, ()) for one in missing})
        with self._gate:
            return [*dict.fromkeys(product for one in image_ids for product in known[one])]

    def ids_of(self, skus: Sequence[str]) -> dict[str, int]:
        """The ids of products by SKU, those that aren't there left out."""
        known = self._known.ids_by_sku
        with self._gate:
            missing = [sku for sku in skus if sku not in known]
        if missing:
            found = self._reading.ids_of(missing)
            with self._gate:
                known.update({sku: found.get(sku) for sku in missing})
        with self._gate:
            ids = {sku: known[sku] for sku in skus}
        return {sku: one for sku, one in ids.items() if one is not None}
