"""An evaluation's rankings and judgements as files for other evaluation programs."""

from __future__ import annotations

from pathlib import Path

from vsearch.collection_evaluation.measured import Evaluation, Measured
from vsearch.evaluation.trec import write_qrels, write_run


def export_run(file: Path, evaluation: Evaluation, measured: Measured) -> None:
    """Write one setting's rankings: queries by their names, products by their SKUs.

    Raises:
        StorageError: the file can't be written.
    """
    write_run(
        file,
        (
            (query.name, answer.skus, answer.scores)
            for query, answer in zip(evaluation.queries, measured.answers, strict=True)
        ),
        tag=measured.setting.name,
    )


def export_qrels(file: Path, evaluation: Evaluation) -> None:
    """Write what is right for each query, in the first setting's collection.

    Raises:
        StorageError: the file can't be written.
    """
    names = (query.name for query in evaluation.queries)
    write_qrels(file, zip(names, evaluation.measured[0].right, strict=True))
