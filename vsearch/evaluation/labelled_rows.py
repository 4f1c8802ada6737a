"""Tables of labels: rows by column, with where each stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from vsearch.catalog.feeds.delimited import DelimitedFile
from vsearch.catalog.feeds.interface import Rejection
from vsearch.catalog.feeds.progress import Progress
from vsearch.errors import EvaluationError

BETWEEN_LABELS = "|"


def columns_of(path: Path) -> list[str]:
    """The columns of a table in small letters.

    Raises:
        FeedError: the file can't be read, is empty or no text.
    """
    return [column.lower() for column in DelimitedFile(path, encoding=None).columns]


def read_rows(
    path: Path, required: Sequence[str], *, on_bad: Callable[[str], None] | None = None
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield ``FILE:LINE`` and the row's cells by column; columns in small letters, cells stripped.

    Args:
        path: the table.
        required: columns that it must have.
        on_bad: told of each row that can't be taken apart, which is then skipped; without it the
            first one is an error.

    Raises:
        EvaluationError: a column is missing, or a row can't be taken apart.
        FeedError: the file can't be read, is empty or no text.
    """
    file = DelimitedFile(path, encoding=None)
    columns = [column.lower() for column in file.columns]
    for column in required:
        if column not in columns:
            raise EvaluationError(
                f'{path}: no column "{column}"; it has {", ".join(file.columns)},'
                f" and {', '.join(required)} are needed"
            )
    for row in file.rows(Progress()):
        where = f"{path}:{row.number if not isinstance(row, Rejection) else row.row}"
        if isinstance(row, Rejection):
            if on_bad is None:
                raise EvaluationError(f"{where}: {row.problem}")
            on_bad(f"{where}: {row.problem}")
            continue
        cells = (cell.strip() for cell in row.cells)
        yield where, dict(zip(columns, cells, strict=True))


def labels_in(where: str, cell: str) -> frozenset[str]:
    """The labels in a cell, divided by ``|``.

    Raises:
        EvaluationError: there is none.
    """
    labels = frozenset(label.strip() for label in cell.split(BETWEEN_LABELS)) - {""}
    if not labels:
        raise EvaluationError(f"{where}: no label; write one or remove the row")
    return labels


def existing_file(where: str, folder: Path, name: str) -> Path:
    """The file that a row names, from the folder of its table.

    Raises:
        EvaluationError: there is no such file.
    """
    path = folder / name
    if not name or not path.is_file():
        raise EvaluationError(
            f'{where}: "{name}": no such file in {folder}; mend the path or remove the row'
        )
    return path
