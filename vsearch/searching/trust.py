"""How far the hits of a query can be trusted: the collection's calibration, applied."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from vsearch.calibration.calibration import Calibration
from vsearch.calibration.category import VOTERS, CategoryGuess, guess_categories
from vsearch.calibration.file import calibration_file, read_calibration
from vsearch.errors import QueryError
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.searching.query import MAX_DEPTH
from vsearch.searching.ranking import Ranking
from vsearch.searching.result import Hit

#: Without a calibration: the cosine similarity from which two pictures count as one.
SAME_FROM = 0.97

#: Hits looked at first for those that are sure enough, and each time too few.
_LOOKED_AT = 200
_WIDEN = 4

#: Categories less likely than this are left out of an answer.
_LEAST_LIKELY = 0.01


@dataclass(frozen=True, slots=True)
class Judged:
    """Hits, and what they say together."""

    hits: list[Hit]
    nothing_alike: bool = False
    categories: tuple[CategoryGuess, ...] = ()


def same_from(calibration: Calibration | None) -> float:
    """The cosine similarity from which two pictures count as one."""
    return SAME_FROM if calibration is None else calibration.duplicate_threshold


class Calibrations:
    """The calibration of a collection, read again when it has been fitted anew. Thread-safe."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._gate = threading.Lock()
        self._known: dict[tuple[str, int], Calibration | None] = {}

    def of(self, manifest: Manifest) -> Calibration | None:
        """What scores mean for a manifest's encoder; None where nothing has been fitted."""
        fingerprint = manifest.encoder.fingerprint
        try:
            written = calibration_file(self._layout, fingerprint).stat().st_mtime_ns
        except OSError:
            return None
        key = (fingerprint, written)
        with self._gate:
            if key not in self._known:
                self._known = {key: read_calibration(self._layout, manifest)}
            return self._known[key]


def judge(ranking: Ranking, calibration: Calibration | None) -> Judged:
    """Order the hits of a query and say how sure they are.

    What a score means shows beside those of the products nearest to the photo, whether a filter
    lets them through or not.

    Raises:
        QueryError: hits of a certain confidence are asked for, and there is none to be had.
    """
    query, asked = ranking.query, ranking.asked
    _require_confidence(ranking, calibration)
    if asked is None or not len(asked.embeddings):
        return Judged(ranking.hits())
    wanted = max(VOTERS, query.depth) if ranking.is_plain else VOTERS
    nearest = ranking.by_looks(wanted, None)
    hits = nearest[: query.depth] if ranking.is_plain else ranking.hits()
    nearest = nearest[:VOTERS]
    scores = [hit.score for hit in nearest]
    guesses = guess_categories(scores, [hit.product.category for hit in nearest], calibration)
    categories = tuple(one for one in guesses if one.probability >= _LEAST_LIKELY)
    if calibration is None or not asked.is_one_thing or not nearest:
        return Judged(hits, categories=categories)
    return Judged(
        hits=_with_confidence(hits, nearest, calibration)
        if not query.min_confidence
        else _sure_hits(ranking, nearest, calibration),
        # A product that asks is in the catalogue itself, however little the others are like it.
        nothing_alike=not asked.without and calibration.is_nothing_alike(nearest[0].score),
        categories=categories,
    )


def _sure_hits(ranking: Ranking, nearest: Sequence[Hit], calibration: Calibration) -> list[Hit]:
    """The hits that are sure enough, as many as the query needs.

    A variant of the best hit can be surer than what stands above it, so that more are looked at
    than are needed.
    """
    query = ranking.query
    size = max(_LOOKED_AT, query.depth)
    while True:
        deeper = replace(ranking, query=replace(query, offset=0, k=size))
        hits = deeper.hits()[:size]
        judged = _with_confidence(hits, nearest, calibration)
        sure = [hit for hit in judged if (hit.confidence or 0.0) >= query.min_confidence]
        if len(sure) >= query.depth or len(hits) < size or size == MAX_DEPTH or not sure:
            return sure
        size = min(MAX_DEPTH, size * _WIDEN)


def _with_confidence(
    hits: Sequence[Hit], nearest: Sequence[Hit], calibration: Calibration
) -> list[Hit]:
    every = [*nearest, *hits]
    sure = calibration.confidence([hit.score for hit in every], [_thing(hit) for hit in every])
    return [
        replace(hit, confidence=confidence)
        for hit, confidence in zip(hits, sure[len(nearest) :].tolist(), strict=True)
    ]


def _thing(hit: Hit) -> Hashable:
    """What variants and copies of one product share."""
    return hit.product.item_group or hit.content_hash or hit.product_id


def _require_confidence(ranking: Ranking, calibration: Calibration | None) -> None:
    if not ranking.query.min_confidence:
        return
    if ranking.asked is None or not ranking.asked.is_one_thing:
        raise QueryError(
            "min_confidence: a mixture, a text or words alone are no thing that a hit could be;"
            " leave it out, or ask with images of one thing"
        )
    if calibration is None:
        raise QueryError(
            "min_confidence: this collection has no calibration; the next `vsearch index` of its"
            " feed makes one, where it has enough pictures"
        )
