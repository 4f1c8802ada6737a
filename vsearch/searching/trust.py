"""How far hits can be trusted: the collection's calibration, applied to one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.searching.ranking import Ranking
from vsearch.searching.result import Hit

if TYPE_CHECKING:
    from vsearch.calibration.category import CategoryGuess

SAME_FROM = 0.97
"""Without a calibration: the cosine similarity from which two pictures count as one."""


@dataclass(frozen=True, slots=True)
class Judged:
    hits: list[Hit]
    nothing_alike: bool = False
    categories: tuple[CategoryGuess, ...] = ()


class Trust:
    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def of(self, manifest: Manifest) -> Trust:
        return self

    @property
    def same_from(self) -> float:
        return SAME_FROM

    def judge(self, ranking: Ranking) -> Judged:
        return Judged(ranking.hits())
