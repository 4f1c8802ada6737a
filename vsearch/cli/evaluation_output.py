"""An evaluation in the terminal: tables for people, JSON for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vsearch.cli.output import note, print_json

if TYPE_CHECKING:
    from vsearch.collection_evaluation.measured import Evaluation, Measured
    from vsearch.evaluation.interval import Interval

_DIGITS = 6
_CERTAIN = 0.0005


def print_evaluation(evaluation: Evaluation) -> None:
    """Print the figures, those by category, and what a query takes."""
    _print_figures(evaluation)
    _print_categories(evaluation)
    for one in evaluation.measured:
        latency = one.latency
        note(
            f"{one.setting.name}: {latency.p50_ms:.1f} ms a query (95% within"
            f" {latency.p95_ms:.1f}, 99% within {latency.p99_ms:.1f}); {_index(one)}"
        )
        if one.reliability is not None:
            note(
                f"{one.setting.name}: the confidence of a first hit is off by"
                f" {one.reliability.calibration_error:.3f} on average; Brier score"
                f" {one.reliability.brier_score:.3f}"
            )
    products = evaluation.measured[0].products
    part = f"the first {evaluation.depth} of" if evaluation.depth < products else "all"
    note(
        f"{len(evaluation.queries)} queries, each for {part} {products} products; in brackets the"
        " 95% interval over the queries"
    )


def print_records(evaluation: Evaluation) -> None:
    """Print an object for each setting and, of two, one for their difference."""
    from vsearch.collection_evaluation.breakdown import by_category

    groups = by_category(evaluation)
    for place, one in enumerate(evaluation.measured):
        manifest = one.setting.collection.manifest
        print_json(
            {
                "name": one.setting.name,
                "encoder": manifest.encoder.name,
                "fingerprint": manifest.encoder.fingerprint,
                "queries": len(evaluation.queries),
                "products": one.products,
                "depth": evaluation.depth,
                **{key: _interval(figure) for key, figure in one.figures.items()},
                "latency": asdict(one.latency),
                "confidence": _confidence(one),
                "index": one.index_kind,
                "index_recall_at_10": _rounded(one.index_recall_at_10),
                "categories": [
                    {"category": group.name, "queries": group.queries}
                    | {key: _interval(figure) for key, figure in group.figures[place].items()}
                    for group in groups
                ],
                "skipped": len(evaluation.refused),
                "interrupted": evaluation.is_interrupted,
            }
        )
    if evaluation.differences:
        print_json(
            {
                "difference": [one.setting.name for one in reversed(evaluation.measured)],
                "queries": len(evaluation.queries),
                **{
                    key: _interval(one.difference)
                    | {"p_value": _rounded(one.p_value), "better": one.better, "worse": one.worse}
                    for key, one in evaluation.differences.items()
                },
            }
        )


def _print_figures(evaluation: Evaluation) -> None:
    from vsearch.cli.tables import Justify, print_table
    from vsearch.evaluation.measures import MEASURES

    columns: list[tuple[str, Justify]] = [("", "left")]
    columns += [(one.setting.name, "left") for one in evaluation.measured]
    if evaluation.differences:
        columns += [("difference", "left"), ("p", "right"), ("better", "right"), ("worse", "right")]
    rows = []
    for measure in MEASURES:
        row = [measure.name]
        for one in evaluation.measured:
            figure = one.figures[measure.key]
            row.append(f"{figure.mean:.3f} ({figure.low:.2f}-{figure.high:.2f})")
        if evaluation.differences:
            change = evaluation.differences[measure.key]
            gap = change.difference
            row.append(f"{gap.mean:+.3f} ({gap.low:+.2f} to {gap.high:+.2f})")
            row.append("<0.001" if change.p_value < _CERTAIN else f"{change.p_value:.3f}")
            row += [str(change.better), str(change.worse)]
        rows.append(row)
    print_table(columns, rows)


def _print_categories(evaluation: Evaluation) -> None:
    from vsearch.cli.tables import Justify, print_table
    from vsearch.collection_evaluation.breakdown import KEYS, by_category
    from vsearch.evaluation.measures import MEASURES

    groups = by_category(evaluation)
    if len(groups) < 2:
        return
    names = {measure.key: measure.name for measure in MEASURES}
    is_pair = len(evaluation.measured) > 1
    columns: list[tuple[str, Justify]] = [("category", "left"), ("queries", "right")]
    columns += [
        (f"{names[key]}\n{one.setting.name}" if is_pair else names[key], "right")
        for key in KEYS
        for one in evaluation.measured
    ]
    note("")
    print_table(
        columns,
        (
            [
                group.name,
                str(group.queries),
                *(f"{figures[key].mean:.3f}" for key in KEYS for figures in group.figures),
            ]
            for group in groups
        ),
    )


def _index(one: Measured) -> str:
    if not one.index_kind:
        return "nothing is indexed"
    if one.index_kind == "exact":
        return "its search is exact"
    if one.index_recall_at_10 is None:
        return f"its {one.index_kind} index was not measured"
    return f"its {one.index_kind} index finds {one.index_recall_at_10:.4f} of the nearest 10 images"


def _confidence(one: Measured) -> dict[str, Any] | None:
    if one.reliability is None:
        return None
    return {
        "calibration_error": _rounded(one.reliability.calibration_error),
        "brier_score": _rounded(one.reliability.brier_score),
        "bins": [
            {"answers": each.answers}
            | {"confidence": _rounded(each.confidence), "right": _rounded(each.right)}
            for each in one.reliability.bins
        ],
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {bound: _rounded(value) for bound, value in asdict(interval).items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
