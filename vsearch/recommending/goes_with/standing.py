"""The products of a collection with an opinion of each, kept for as long as nothing changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from vsearch.behaviour.behaviour import Behaviour
from vsearch.catalog.product_table import read_product_table
from vsearch.catalog.revision import catalogue_revision
from vsearch.errors import VsearchError
from vsearch.recommending.goes_with.assortment import NONE, Assortment, looks
from vsearch.recommending.goes_with.model import Array, GoesWithModel, Placed, log_popularity
from vsearch.recommending.goes_with.style import Styled
from vsearch.recommending.recommended import Basis
from vsearch.searching.reading import Reading

#: Up to so many products everything is worked out anew at once when one of them changes; more
#: take seconds: meanwhile answers come from what was known before.
_AT_ONCE = 20_000

#: By which share the number of events has to change before popularity is counted anew.
_CHANGED = 0.02

Readings = Callable[[], AbstractContextManager[Reading]]


@dataclass(frozen=True, eq=False)
class Standing:
    """An opinion of every product of a catalogue at one moment."""

    revision: int
    """Of the catalogue."""
    encoder: str
    """The fingerprint of what made the embeddings."""
    model: GoesWithModel | None
    """None where the same style is all there is to go by."""
    opinion: Placed | Styled

    @property
    def assortment(self) -> Assortment:
        """The products."""
        return self.opinion.assortment

    @property
    def trust(self) -> float:
        """How many baskets the opinion is worth."""
        return Styled.trust if self.model is None else self.model.trust

    @property
    def basis(self) -> Basis:
        """What the opinion rests on."""
        return Basis.STYLE if self.model is None else Basis.LEARNED


def standing(reading: Reading, model: GoesWithModel | None) -> Standing:
    """Work out the opinion of every product; takes seconds where there are a million."""
    # The revision comes first: what changes in between is known too new, never too old.
    revision = catalogue_revision(reading.connection)
    table = read_product_table(reading.connection)
    assortment = Assortment.of(table)
    opinion: Placed | Styled
    if model is None:
        opinion = Styled.of(assortment, lambda: looks(table, reading.stored))
    else:
        opinion = model.placed(assortment, looks(table, reading.stored))
    return Standing(revision, reading.manifest.encoder.fingerprint, model, opinion)


class CurrentStanding:
    """Gives the standing that holds now. Thread-safe."""

    def __init__(self, readings: Readings) -> None:
        """Start with nothing.

        Args:
            readings: opens the collection for one reading.
        """
        self._readings = readings
        self._gate = threading.Lock()
        self._kept: Standing | None = None
        self._renewal: threading.Thread | None = None

    def get(
        self, reading: Reading, model: GoesWithModel | None, skus: Iterable[str] = ()
    ) -> Standing:
        """The standing for a model; of a large catalogue it may be some seconds old.

        Args:
            reading: the collection.
            model: what was learned, if anything.
            skus: of products that it has to have.
        """
        with self._gate:
            kept = self._kept
            encoder = reading.manifest.encoder.fingerprint
            if kept is None or kept.model is not model or kept.encoder != encoder:
                kept = self._kept = standing(reading, model)
            elif kept.revision != catalogue_revision(reading.connection):
                row_of = kept.assortment.row_of
                if len(row_of) <= _AT_ONCE or not all(sku in row_of for sku in skus):
                    kept = self._kept = standing(reading, model)
                else:
                    self._renew(model)
            return kept

    def _renew(self, model: GoesWithModel | None) -> None:
        if self._renewal is None or not self._renewal.is_alive():
            self._renewal = threading.Thread(target=self._work_out, args=(model,), daemon=True)
            self._renewal.start()

    def _work_out(self, model: GoesWithModel | None) -> None:
        try:
            with self._readings() as reading:
                renewed = standing(reading, model)
        except VsearchError:
            # It was closed, or somebody is moving it: the next question tries again.
            return
        with self._gate:
            if self._kept is not None and self._kept.model is model:
                self._kept = renewed


class CurrentPopularity:
    """How often products are put into baskets, counted anew when that has changed. Thread-safe."""

    def __init__(self) -> None:
        self._kept: tuple[Assortment, int, Array] | None = None

    def get(self, assortment: Assortment, behaviour: Behaviour) -> Array:
        """(n,) float32 logarithms; see ``log_popularity``."""
        kept = self._kept
        if kept is not None and kept[0] is assortment:
            _, events, popularity = kept
            if abs(behaviour.events - events) <= _CHANGED * events:
                return popularity
        counts = np.zeros(len(assortment))
        rows = assortment.rows(behaviour.skus)
        known = rows != NONE
        counts[rows[known]] = behaviour.met_in_basket[known]
        popularity = log_popularity(counts, assortment)
        self._kept = (assortment, behaviour.events, popularity)
        return popularity
