"""An evaluation as one HTML file that opens anywhere, without a server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from vsearch._version import __version__
from vsearch.collection_evaluation import charts
from vsearch.collection_evaluation.breakdown import KEYS, by_category
from vsearch.collection_evaluation.cases import (
    Case,
    CaseMaker,
    most_different_queries,
    worst_queries,
)
from vsearch.collection_evaluation.measured import Evaluation
from vsearch.errors import ImageRejected
from vsearch.evaluation.measures import MEASURES
from vsearch.progress import Progress, Silence
from vsearch.storage import storage_errors

_CATEGORIES = 24
_REFUSED = 20


def write_report(
    file: Path, evaluation: Evaluation, *, cases: int = 24, progress: Progress | None = None
) -> None:
    """Write the page that ``render`` gives; an older one is replaced.

    Raises:
        StorageError: the file can't be written.
    """
    page = render(evaluation, cases=cases, progress=progress)
    with storage_errors(file):
        file.write_text(page, encoding="utf-8")


def render(evaluation: Evaluation, *, cases: int = 24, progress: Progress | None = None) -> str:
    """The page, complete: styles, plots and pictures are inside it.

    Args:
        evaluation: what was measured; its collections are still open.
        cases: how many queries each section shows at most.
        progress: told of the queries whose pictures are fetched.
    """
    is_pair = len(evaluation.measured) == 2
    failing = worst_queries(evaluation, cases)
    differing = most_different_queries(evaluation, cases) if is_pair else []
    made = _make_cases(evaluation, [*differing, *failing], progress or Silence())
    environment = Environment(
        loader=PackageLoader("vsearch.collection_evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    groups = by_category(evaluation)
    return environment.get_template("evaluation.html").render(
        evaluation=evaluation,
        measures=MEASURES,
        named={measure.key: measure.name for measure in MEASURES},
        charts=charts,
        curve=charts.recall_curve(evaluation),
        histograms=charts.score_histograms(evaluation),
        reliability=charts.reliability_plot(evaluation),
        groups=groups[:_CATEGORIES] if len(groups) > 1 else [],
        groups_left=max(0, len(groups) - _CATEGORIES),
        group_keys=KEYS,
        best_precision=_best_precision(evaluation),
        missed=len(worst_queries(evaluation, len(evaluation.queries))),
        failing=[made[query] for query in failing if query in made],
        differing=[made[query] for query in differing if query in made],
        refused=evaluation.refused[:_REFUSED],
        made_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        version=__version__,
    )


def _best_precision(evaluation: Evaluation) -> float:
    """What P@10 an ideal search would have: most queries have less than ten right products."""
    return float(np.minimum(evaluation.measured[0].matches.relevant, 10).mean() / 10)


def _make_cases(evaluation: Evaluation, queries: list[int], progress: Progress) -> dict[int, Case]:
    maker = CaseMaker(evaluation)
    wanted = list(dict.fromkeys(queries))
    made = {}
    with progress.stage("pictures", len(wanted), "queries") as advance:
        for query in wanted:
            try:
                made[query] = maker.make(query)
            except ImageRejected:
                continue  # It has gone since it was asked; its figures stand.
            finally:
                advance(1)
    return made
