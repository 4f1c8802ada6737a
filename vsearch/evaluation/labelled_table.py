"""A table of pictures and their labels."""

from __future__ import annotations

from pathlib import Path

from vsearch.errors import EvaluationError
from vsearch.evaluation.labelled_rows import existing_file, labels_in, read_rows
from vsearch.evaluation.labelled_set import LabelledImage, LabelledSet, make_labelled_set

GALLERY = "gallery"
QUERY = "query"


def read_table(path: Path) -> LabelledSet:
    """Read a CSV or TSV with the columns ``image``, ``label`` and, if wanted, ``role``.

    Paths start from the table's folder. Several labels are divided by ``|``; a picture that has
    several rows has all their labels. The role is ``gallery`` or ``query``; without that column
    every picture looks for all others. A picture never finds itself.

    Raises:
        EvaluationError: a column is missing, a row names no file, no label or another role, or
            nothing can be measured.
        FeedError: the file can't be read, is empty or no text.
    """
    labels: dict[str, dict[Path, frozenset[str]]] = {GALLERY: {}, QUERY: {}}
    for where, row in read_rows(path, ("image", "label")):
        image = existing_file(where, path.parent, row["image"])
        for role in _roles(where, row):
            known = labels[role].get(image, frozenset())
            labels[role][image] = known | labels_in(where, row["label"])
    gallery, queries = (
        [LabelledImage(image, found, skip=str(image)) for image, found in labels[role].items()]
        for role in (GALLERY, QUERY)
    )
    return make_labelled_set(str(path), gallery, queries)


def _roles(where: str, row: dict[str, str]) -> tuple[str, ...]:
    if "role" not in row:
        return (GALLERY, QUERY)
    role = row["role"].lower()
    if role not in (GALLERY, QUERY):
        raise EvaluationError(f'{where}: role "{row["role"]}" is neither {GALLERY} nor {QUERY}')
    return (role,)
