"""The evaluation of a recommender in the terminal: tables for people, JSON for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vsearch.cli.output import note, print_json
from vsearch.cli.tables import Justify, print_table

if TYPE_CHECKING:
    from vsearch.evaluation.interval import Interval
    from vsearch.recommender_evaluation.measured import Measured, RecommenderEvaluation

_DIGITS = 6
_CERTAIN = 0.0005


def print_evaluation(evaluation: RecommenderEvaluation) -> None:
    """Print the figures, the differences, and the figures of parts of the cases."""
    _print_figures(evaluation)
    note("")
    _print_what_is_shown(evaluation)
    note("")
    _print_differences(evaluation)
    note("")
    _print_parts(evaluation)
    for sentence in evaluation.notes:
        note(sentence)
    note(
        f"{len(evaluation.cases):,} cases from {evaluation.cut:%Y-%m-%d %H:%M} UTC on, learned"
        f" from {evaluation.training_events:,} events before; {evaluation.products:,} products; in"
        " brackets the 95% interval over the cases"
    )


def print_records(evaluation: RecommenderEvaluation) -> None:
    """Print an object for each system, each difference and each part of the cases."""
    common = {
        "question": evaluation.question.value,
        "k": evaluation.k,
        "depth": evaluation.depth,
        "cases": len(evaluation.cases),
    }
    for one in evaluation.measured:
        print_json(
            {
                "name": one.name,
                "meaning": one.meaning,
                **common,
                "products": evaluation.products,
                "training_events": evaluation.training_events,
                "cut": evaluation.cut.isoformat(),
                **{key: _interval(figure) for key, figure in one.figures.items()},
                "coverage": round(one.coverage, _DIGITS),
                "notes": list(evaluation.notes),
                "interrupted": evaluation.is_interrupted,
            }
        )
    for name, differences in evaluation.differences.items():
        print_json(
            {
                "difference": [evaluation.measured[0].name, name],
                **common,
                **{
                    key: _interval(one.difference)
                    | {"p_value": round(one.p_value, _DIGITS)}
                    | {"better": one.better, "worse": one.worse}
                    for key, one in differences.items()
                },
            }
        )
    for part in evaluation.slices:
        for one, figures in zip(evaluation.measured, part.figures, strict=True):
            print_json(
                {"part": part.name, "name": one.name, **common, "cases": part.cases}
                | {key: _interval(figure) for key, figure in figures.items()}
            )


def _print_figures(evaluation: RecommenderEvaluation) -> None:
    from vsearch.recommender_evaluation.measures import MRR, NDCG, RECALL

    k = evaluation.k
    print_table(
        [("", "left"), (f"R@{k}", "left"), (f"nDCG@{k}", "left"), ("MRR", "left")],
        (
            [one.name, *(_with_interval(one.figures[key]) for key in (RECALL, NDCG, MRR))]
            for one in evaluation.measured
        ),
    )


def _print_what_is_shown(evaluation: RecommenderEvaluation) -> None:
    from vsearch.recommender_evaluation.measures import BIAS, NOVELTY, SECTIONS

    columns: list[tuple[str, Justify]] = [("what is shown", "left"), ("coverage", "right")]
    columns += [("novelty", "right"), ("diversity", "right"), ("bias", "right")]
    print_table(
        columns,
        (
            [
                one.name,
                f"{one.coverage:.2f}",
                _mean(one, NOVELTY, 1),
                _mean(one, SECTIONS, 2),
                _mean(one, BIAS, 2, sign="+"),
            ]
            for one in evaluation.measured
        ),
    )


def _print_parts(evaluation: RecommenderEvaluation) -> None:
    """Print a column for each part: names of parts fold at their words, those of systems don't."""
    from vsearch.recommender_evaluation.measures import NDCG

    columns: list[tuple[str, Justify]] = [(f"nDCG@{evaluation.k}", "left")]
    columns += [(part.name, "right") for part in evaluation.slices]
    rows = [["cases", *(f"{part.cases:,}" for part in evaluation.slices)]]
    for number, one in enumerate(evaluation.measured):
        figures = (part.figures[number][NDCG] for part in evaluation.slices)
        rows.append([one.name, *(f"{figure.mean:.3f}" for figure in figures)])
    print_table(columns, rows, whole=columns[0][0])


def _print_differences(evaluation: RecommenderEvaluation) -> None:
    from vsearch.recommender_evaluation.measures import NDCG, RECALL

    k = evaluation.k
    columns: list[tuple[str, Justify]] = [
        (f"{evaluation.measured[0].name} against", "left"),
        (f"R@{k}", "left"),
        (f"nDCG@{k}", "left"),
        ("p", "right"),
        ("better", "right"),
        ("worse", "right"),
    ]
    rows = []
    for name, differences in evaluation.differences.items():
        row = [name]
        for key in (RECALL, NDCG):
            gap = differences[key].difference
            row.append(f"{gap.mean:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})")
        one = differences[NDCG]
        row.append("<0.001" if one.p_value < _CERTAIN else f"{one.p_value:.3f}")
        rows.append([*row, str(one.better), str(one.worse)])
    print_table(columns, rows)


def _with_interval(figure: Interval) -> str:
    return f"{figure.mean:.3f} ({figure.low:.2f}-{figure.high:.2f})"


def _mean(one: Measured, key: str, digits: int = 3, *, sign: str = "") -> str:
    figure = one.figures.get(key)
    return "" if figure is None else f"{figure.mean:{sign}.{digits}f}"


def _interval(interval: Interval) -> dict[str, Any]:
    return {bound: round(value, _DIGITS) for bound, value in asdict(interval).items()}
