"""Finding the neighbours of every product, or bringing what was found up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from vsearch.errors import CollectionLocked
from vsearch.neighbours.found import Found
from vsearch.neighbours.options import NeighbourOptions
from vsearch.neighbours.part_file import part_path, write_part
from vsearch.neighbours.pictures import Gallery, Pictures
from vsearch.neighbours.state import (
    State,
    digest_of,
    read_products,
    read_state,
    remove_others,
    write_products,
    write_state,
)
from vsearch.neighbours.update import Changes, Update
from vsearch.neighbours.workshop import Workshop, forget_embeddings, mapped_embeddings
from vsearch.progress import Progress
from vsearch.storage import storage_errors

#: Products in a part: what an interruption costs at most.
PART = 32_768

#: The share of a catalogue that may have changed for an update to be quicker than all anew.
_UPDATED_SMALL = 1 / 4
_UPDATED_LARGE = 1 / 50


def find_neighbours(
    parent: Path, gallery: Gallery, options: NeighbourOptions, progress: Progress
) -> Found:
    """Find the neighbours of every product, as far as they aren't known.

    What is found is stored part by part: an interrupted run goes on where it was.

    Args:
        parent: where what was found is kept, for these and for other options.
        gallery: what the catalogue holds now.
        options: which neighbours are wanted.
        progress: told how far it has come.

    Raises:
        CollectionLocked: another process is finding the same neighbours.
        StorageError: the disk is full or can't be written.
    """
    folder = parent / options.key
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        return _found(folder, gallery, options, progress)


def _found(folder: Path, gallery: Gallery, options: NeighbourOptions, progress: Progress) -> Found:
    pictures, same_from = gallery.pictures, gallery.same_from
    digest = digest_of(pictures, gallery.fingerprint, same_from)
    state = read_state(folder, gallery.fingerprint)
    target = folder / digest
    if state is not None and state.found == digest:
        return Found(target, len(pictures), 0, state.recall, same_from)
    remove_others(folder, {digest} if state is None else {digest, state.found})
    with storage_errors(target):
        target.mkdir(exist_ok=True)
    embeddings = mapped_embeddings(target, gallery, progress)
    workshop = Workshop(gallery, embeddings, options)
    changes = None if state is None else Changes(read_products(folder / state.found), pictures)
    share = _UPDATED_SMALL if workshop.is_small else _UPDATED_LARGE
    if state is None or changes is None or len(changes) > share * len(pictures):
        searched, recall = len(pictures), _all(target, pictures, workshop, progress)
    else:
        update = Update(changes, pictures, workshop, options.k, same_from)
        _changed(folder / state.found, target, pictures, update, progress)
        searched, recall = update.searched, state.recall
    write_products(target, pictures)
    del workshop, embeddings
    forget_embeddings(target)
    write_state(folder, State(digest, gallery.fingerprint, recall))
    return Found(target, len(pictures), searched, recall, same_from)


def _all(target: Path, pictures: Pictures, workshop: Workshop, progress: Progress) -> float:
    """Find all that isn't there already; return the recall."""
    is_small = workshop.is_small
    finder = workshop.plain() if is_small else workshop.clustered(progress)
    with progress.stage("neighbours", len(pictures), "products") as advance:
        for number, start in enumerate(range(0, len(pictures), PART)):
            places = np.arange(start, min(start + PART, len(pictures)))
            if not part_path(target, number).exists():
                write_part(part_path(target, number), finder.find(places))
            advance(len(places))
    return 1.0 if is_small else workshop.recall(finder)


def _changed(
    former: Path, target: Path, pictures: Pictures, update: Update, progress: Progress
) -> None:
    with progress.stage("neighbours", len(pictures), "products") as advance:
        for number, places in enumerate(update.askers(former, PART)):
            if not part_path(target, number).exists():
                update.write(number, places, former, target)
            advance(len(places))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / "lock", is_singleton=False)
    try:
        with storage_errors(folder):
            lock.acquire(timeout=0)
    except Timeout:
        raise CollectionLocked(
            f"{folder}: another process is finding these neighbours; wait for it to end, or stop it"
        ) from None
    try:
        yield
    finally:
        lock.release()
