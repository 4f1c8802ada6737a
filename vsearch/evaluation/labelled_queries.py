"""Query pictures and what each should find in a collection, which is not looked at yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vsearch.catalog.feeds.picture_files import walk_pictures
from vsearch.errors import EvaluationError
from vsearch.evaluation.labelled_catalogue import LABELS
from vsearch.evaluation.labelled_rows import columns_of, existing_file, labels_in, read_rows
from vsearch.evaluation.labelled_table import GALLERY

PICTURE_COLUMNS = ("query", "image")
LABEL_COLUMNS = ("sku", "category", "label")
"""The first of a row that isn't empty says what is right."""


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """A picture to query with and what it should find; one of the three sets isn't empty."""

    name: str
    """As the table calls it: its path from the table's folder."""

    path: Path

    where: str
    """``FILE:LINE`` of the row, or the picture itself where there is no table."""

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    """Each a path, ``Shoes > Sneakers``: right is what lies there or below."""

    labels: frozenset[str] = frozenset()
    """Each a SKU or, where no product has it, a category."""


@dataclass(frozen=True, slots=True)
class LabelledQueries:
    """All queries of a table or folder, each picture once."""

    source: Path
    queries: tuple[LabelledQuery, ...]

    refused: tuple[str, ...] = ()
    """What was left out: ``FILE:LINE: why``."""


def read_queries(path: Path) -> LabelledQueries:
    """Read queries; a row that can't be used is named in ``refused`` and left out.

    Args:
        path: a table with the columns ``query`` (or ``image``) and ``sku``, ``category`` or
            ``label``, several divided by ``|``; a folder with ``queries/labels.csv`` in it; or a
            folder of folders, each called by a SKU or a category. Of a table with a ``role``
            column, the rows of the gallery are passed over.

    Raises:
        EvaluationError: there is nothing, a column is missing, or no row can be used.
        FeedError: a file or folder can't be read.
    """
    if path.is_dir():
        table = path / LABELS
        return _read_table(table) if table.is_file() else _read_folder(path)
    if not path.is_file():
        raise EvaluationError(
            f"{path}: no such file or folder; give a CSV with the columns query,sku or"
            " query,category, or a folder of folders that are called by SKUs or categories"
        )
    return _read_table(path)


def _read_table(path: Path) -> LabelledQueries:
    columns = columns_of(path)
    picture = next((name for name in PICTURE_COLUMNS if name in columns), PICTURE_COLUMNS[0])
    labels = [name for name in LABEL_COLUMNS if name in columns] or [LABEL_COLUMNS[0]]
    refused: list[str] = []
    queries: dict[str, LabelledQuery] = {}
    for where, row in read_rows(path, (picture, labels[0]), on_bad=refused.append):
        if row.get("role", "").lower() == GALLERY:
            continue
        try:
            file = existing_file(where, path.parent, row[picture])
            column = next((name for name in labels if row[name]), labels[0])
            found = labels_in(where, row[column])
        except EvaluationError as error:
            refused.append(str(error))
            continue
        known = queries.get(row[picture], LabelledQuery(row[picture], file, where))
        queries[row[picture]] = _with(known, column, found)
    return _checked(path, queries.values(), refused)


def _read_folder(folder: Path) -> LabelledQueries:
    queries, refused = [], []
    for location in walk_pictures(folder):
        label, _, rest = location.partition("/")
        path = folder / location
        if rest:
            queries.append(LabelledQuery(location, path, str(path), labels=frozenset({label})))
        else:
            refused.append(f"{path}: lies in no folder that is called by a SKU or a category")
    return _checked(folder, queries, refused)


def _with(query: LabelledQuery, column: str, found: frozenset[str]) -> LabelledQuery:
    """Its labels and these: a picture may have several rows."""
    match column:
        case "sku":
            return replace(query, skus=query.skus | found)
        case "category":
            return replace(query, categories=query.categories | found)
    return replace(query, labels=query.labels | found)


def _checked(
    source: Path, queries: Iterable[LabelledQuery], refused: Sequence[str]
) -> LabelledQueries:
    every = tuple(queries)
    if not every:
        first = f"; the first: {refused[0]}" if refused else "; write a row for each picture"
        raise EvaluationError(f"{source}: no query that can be used{first}")
    return LabelledQueries(source, every, tuple(refused))
