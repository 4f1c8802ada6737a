"""An evaluation's cases and rankings as files, for other programs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from vsearch.evaluation.trec import one_word, write_qrels, write_run
from vsearch.recommender_evaluation.measured import Measured, RecommenderEvaluation
from vsearch.storage import storage_errors

QRELS = "qrels"


def write_trec(folder: Path, evaluation: RecommenderEvaluation) -> None:
    """Write a TREC run for each system and the qrels, as ``<system>.run`` and ``qrels``.

    Args:
        folder: where to; it is made where it isn't there, older files are replaced.
        evaluation: cases are called by their shoppers or baskets, products by their SKUs.

    Raises:
        StorageError: a file can't be written.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for one in evaluation.measured:
        tag = one_word(one.name.replace(" ", "-"))
        write_run(
            folder / f"{tag}.run",
            (
                (case.name, skus, np.arange(len(skus), 0, -1, dtype=np.float32))
                for case, skus in zip(evaluation.cases, one.rankings, strict=True)
            ),
            tag=tag,
        )
    write_qrels(folder / QRELS, ((case.name, (case.target,)) for case in evaluation.cases))


def write_cases(file: Path, evaluation: RecommenderEvaluation) -> None:
    """Write a row for each case: what was taken, and at which place each system has it.

    Raises:
        StorageError: the file can't be written.
    """
    with storage_errors(file), file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        names = [one.name for one in evaluation.measured]
        table.writerow(["case", "at", "known_events", "taken", *names])
        for row, case in enumerate(evaluation.cases):
            places = [_place(one, row, case.target) for one in evaluation.measured]
            table.writerow(
                [case.name, case.at.isoformat(), len(case.history), case.target, *places]
            )


def _place(measured: Measured, row: int, target: str) -> int | str:
    ranking = measured.rankings[row]
    return ranking.index(target) + 1 if target in ranking else ""
