"""From a path to a labelled set, whatever form it has."""

from __future__ import annotations

from pathlib import Path

from vsearch.catalog.feeds.opening import LIST_NAMES
from vsearch.errors import EvaluationError
from vsearch.evaluation.labelled_catalogue import LABELS, read_catalogue
from vsearch.evaluation.labelled_folder import read_folder
from vsearch.evaluation.labelled_set import LabelledSet
from vsearch.evaluation.labelled_table import read_table


def open_labelled(path: Path) -> LabelledSet:
    """Read a labelled set.

    Args:
        path: a catalogue's folder with ``queries/labels.csv`` in it, a table with the columns
            ``image,label`` (and ``role``), or a folder of folders that are called by their labels.

    Raises:
        EvaluationError: there is none, or nothing can be measured with it.
        FeedError: a file or folder can't be read.
    """
    if path.is_file():
        return read_table(path)
    if not path.is_dir():
        raise EvaluationError(
            f"{path}: no such file or folder; give a catalogue's folder with {LABELS.as_posix()},"
            " a table with the columns image,label or a folder of folders"
        )
    if (path / LABELS).is_file():
        return read_catalogue(path)
    if any((path / name).is_file() for name in LIST_NAMES):
        raise EvaluationError(
            f"{path}: a catalogue without {LABELS.as_posix()}; write one with the columns"
            " query,sku to say which products a query picture should find"
        )
    return read_folder(path)
