"""Learns what goes with what from a shop's baskets, and says how well that works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from vsearch._version import __version__
from vsearch.behaviour.baskets import Baskets
from vsearch.catalog.product_table import read_product_table
from vsearch.encoder.interface import Embeddings
from vsearch.errors import TrainingError
from vsearch.evaluation.interval import Interval
from vsearch.events.columns import EventColumns
from vsearch.progress import Progress, Silence
from vsearch.recommending.goes_with.assortment import NONE, Assortment, Codes, looks
from vsearch.recommending.goes_with.judging import Case, Figures, Known, cases, judge
from vsearch.recommending.goes_with.model import GoesWithModel
from vsearch.recommending.goes_with.style import Styled
from vsearch.searching.reading import Reading

#: From fewer nothing would be learned that could be relied upon.
FEWEST_BASKETS = 50

_STRICTNESS = (3.0, 10.0, 30.0)
_TRUST = (10.0, 30.0, 100.0, 300.0)

_MOST_CASES = 2_000
#: Of a large catalogue fewer: each case puts all products in order.
_MOST_SCORES = 100_000_000

_FEW_BASKETS = 100


@dataclass(frozen=True, slots=True)
class LearnOptions:
    """How what goes with what is learned."""

    held_out: float = 0.2
    """Share of the baskets, the newest, that the model is judged by, 0.05..0.5. As many before
    them decide how strictly it is fitted."""
    refit: bool = True
    """Whether the model learns from all baskets once it has been judged."""
    allow_worse: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Hold the share to its range."""
        if not 0.05 <= self.held_out <= 0.5:
            raise TrainingError(f"held_out = {self.held_out}: give a share from 0.05 to 0.5")


@dataclass(frozen=True, slots=True)
class Judged:
    """How one way to complete a basket did on those that were held out."""

    way: str
    recall: Interval
    """Of the missing products that are among the first ten answers."""
    reciprocal_rank: Interval
    gain: Interval | None
    """What the model's mean reciprocal rank has beyond it, basket by basket; None for the
    model itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What came out."""

    model: GoesWithModel
    judged: tuple[Judged, ...]
    """The model, then what it is compared with: the same style, what is popular, and the
    baskets alone."""
    baskets: int
    """Of two products or more that the catalogue has."""
    held_out: int
    """Of them, to judge by."""
    products: int
    """That are in any basket."""
    chosen: Mapping[str, float]
    """What the search settled on."""
    notes: tuple[str, ...] = ()


def learn(
    reading: Reading,
    events: Iterable[EventColumns],
    options: LearnOptions | None = None,
    progress: Progress | None = None,
) -> Learned:
    """Learn from events; nothing is written.

    Args:
        reading: the collection.
        events: in the order of storing.
        options: how.
        progress: told how far it is.

    Raises:
        TrainingError: there are too few baskets, or the model is worse than what needs none.
    """
    options = options or LearnOptions()
    table = read_product_table(reading.connection)
    assortment = Assortment.of(table)
    baskets = _usable(assortment, Baskets.of(events))
    if len(baskets) < FEWEST_BASKETS:
        raise TrainingError(
            f"{len(baskets)} baskets of two products of the catalogue or more: at least"
            f" {FEWEST_BASKETS} are needed to learn what goes with what; `vsearch events import`"
            " takes what was put into baskets, bought, or worn together"
        )
    every = np.concatenate([*looks(table, reading.stored)])
    encoder = reading.manifest.encoder.fingerprint
    school = _School(assortment, every, encoder, options)
    return school.learn(baskets, progress or Silence())


class _School:
    """One learning."""

    def __init__(
        self, assortment: Assortment, looks: Embeddings, encoder: str, options: LearnOptions
    ) -> None:
        self._assortment = assortment
        self._looks = looks
        self._encoder = encoder
        self._options = options
        self._most_cases = max(200, min(_MOST_CASES, _MOST_SCORES // len(assortment)))

    def learn(self, baskets: Sequence[Codes], progress: Progress) -> Learned:
        """Choose how strictly to fit by newer baskets, judge by the newest, then take them all."""
        # torch takes seconds to import: only what learns pays for it.
        from vsearch.recommending.goes_with.fit import FitOptions, fit, steps

        options = self._options
        held_out = max(1, round(options.held_out * len(baskets)))
        known, newest = baskets[:-held_out], baskets[-held_out:]
        older, newer = known[:-held_out], known[-held_out:]
        parts = [older] * len(_STRICTNESS) + [known] + [baskets] * options.refit
        with progress.stage("learn", sum(map(steps, parts)), "steps") as advance:

            def fitted(taken: Sequence[Codes], strictness: float) -> GoesWithModel:
                how = FitOptions(strictness=strictness, seed=options.seed)
                return fit(self._assortment, self._looks, taken, self._encoder, how, advance)

            asked = cases(newer, self._most_cases, options.seed)
            before = Known.of(self._assortment, older)
            trials = {
                (strictness, trust): self._judge(model, before, trust, asked).surprise.mean()
                for strictness in _STRICTNESS
                for model in (fitted(older, strictness),)
                for trust in _TRUST
            }
            strictness, trust = min(trials, key=lambda trial: trials[trial])
            model = fitted(known, strictness)
            judged = self._compare(model, trust, known, newest)
            if options.refit:
                model = fitted(baskets, strictness)
        _require_better(judged, options)
        chosen = {"strictness": strictness, "trust": trust}
        products = len(np.unique(np.concatenate([*baskets])))
        record = {
            "baskets": len(baskets),
            "held_out": len(newest),
            "products": products,
            "seed": options.seed,
            "refit": options.refit,
            "chosen": chosen,
            "judged": [
                {"way": one.way, "recall_at_10": one.recall.mean, "mrr": one.reciprocal_rank.mean}
                for one in judged
            ],
            "vsearch_version": __version__,
            "learned_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        return Learned(
            model=replace(model, trust=trust, record=record),
            judged=tuple(judged),
            baskets=len(baskets),
            held_out=len(newest),
            products=products,
            chosen=chosen,
            notes=_notes(judged, len(newest)),
        )

    def _judge(
        self, model: GoesWithModel, known: Known, trust: float, asked: Sequence[Case]
    ) -> Figures:
        placed = model.placed(self._assortment, [self._looks])
        return judge(self._assortment, known.by_model(placed, trust), asked)

    def _compare(
        self,
        model: GoesWithModel,
        trust: float,
        baskets: Sequence[Codes],
        newest: Sequence[Codes],
    ) -> list[Judged]:
        known = Known.of(self._assortment, baskets)
        asked = cases(newest, self._most_cases, self._options.seed)
        styled = Styled.of(self._assortment, lambda: [self._looks])
        own = self._judge(model, known, trust, asked)
        others = {
            "same style": known.by_style(styled),
            "popular": known.by_popularity,
            "same baskets": known.by_baskets,
        }
        judged = [_judged("learned", own, None)]
        for way, score in others.items():
            judged.append(_judged(way, judge(self._assortment, score, asked), own))
        return judged


def _judged(way: str, figures: Figures, model: Figures | None) -> Judged:
    ranks = figures.reciprocal_rank
    return Judged(
        way,
        figures.interval(figures.found),
        figures.interval(ranks),
        None if model is None else figures.interval(model.reciprocal_rank - ranks),
    )


def _require_better(judged: Sequence[Judged], options: LearnOptions) -> None:
    for one in judged:
        if one.gain is not None and one.gain.high < 0 and not options.allow_worse:
            raise TrainingError(
                f"not learned: on the newest baskets the model is worse than {one.way}: mean"
                f" reciprocal rank {one.gain.mean:+.3f} ({one.gain.low:+.3f} to"
                f" {one.gain.high:+.3f}); more baskets may help, or keep it all the same with"
                " --allow-worse"
            )


def _usable(assortment: Assortment, baskets: Baskets) -> list[Codes]:
    """Rows of the baskets that still have two products, variants apart, the oldest first."""
    row_of = assortment.rows(baskets.skus)
    usable = []
    for number in np.argsort(baskets.moments, kind="stable").tolist():
        rows = row_of[baskets.items[baskets.starts[number] : baskets.starts[number + 1]]]
        rows = rows[rows != NONE]
        if len(np.unique(assortment.groups[rows])) > 1:
            usable.append(rows)
    return usable


def _notes(judged: Sequence[Judged], held_out: int) -> tuple[str, ...]:
    """What is to be known of a model that is kept, for people."""
    even = [one.way for one in judged if one.gain is not None and one.gain.low <= 0]
    told = []
    if held_out < _FEW_BASKETS:
        told.append(f"only {held_out} baskets were held out: the figures are rough")
    if even:
        told.append(f"not better than {' and '.join(even)} by more than chance")
    return tuple(told)
