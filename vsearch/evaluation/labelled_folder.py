"""A folder of folders: each is called by what its pictures show."""

from __future__ import annotations

from pathlib import Path

from vsearch.catalog.feeds.picture_files import walk_pictures
from vsearch.errors import EvaluationError
from vsearch.evaluation.labelled_set import LabelledImage, LabelledSet, make_labelled_set


def read_folder(folder: Path) -> LabelledSet:
    """Read a folder whose folders are labels; every picture looks for all others.

    Pictures may lie deeper; those that lie in the folder itself have no label and are left out.

    Raises:
        EvaluationError: there is no picture in a folder of its own, or nothing can be measured.
        FeedError: a folder can't be listed.
    """
    images = []
    unlabelled = 0
    for location in walk_pictures(folder):
        label, _, rest = location.partition("/")
        if rest:
            path = folder / location
            images.append(LabelledImage(path, frozenset({label}), skip=str(path)))
        else:
            unlabelled += 1
    if not images:
        raise EvaluationError(
            f"{folder}: no picture in a folder that is called by its label; make one folder for"
            " each label, or see `vsearch train compare --help` for the other forms"
        )
    notes = [f"{unlabelled} pictures lie in no folder and are left out"] if unlabelled else []
    return make_labelled_set(str(folder), images, images, notes=notes)
