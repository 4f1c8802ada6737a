"""Rankings and judgements in the form of TREC, which evaluation programs read.

A run has a line ``QUERY Q0 DOCUMENT PLACE SCORE TAG`` for each hit, qrels a line
``QUERY 0 DOCUMENT 1`` for each right document; trec_eval and its kin take the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from vsearch.storage import storage_errors

_DIVIDES = re.compile(r"[\s%]")


def write_run(
    file: Path,
    rankings: Iterable[tuple[str, Sequence[str], npt.NDArray[np.float32]]],
    *,
    tag: str,
) -> None:
    """Write rankings, replacing what is there.

    trec_eval sorts by score and knows no places. Scores that are equal are therefore lowered, by
    as little as a float32 can be, so that every program sees the order that the search gave.

    Args:
        file: where to.
        rankings: for each query its name, the names of its hits from the best on, and their
            (n,) float32 scores.
        tag: what the system is called.

    Raises:
        StorageError: the file can't be written.
    """
    with storage_errors(file), file.open("w", encoding="utf-8", newline="\n") as out:
        for query, documents, scores in rankings:
            falling = _falling(scores)
            for place, (document, score) in enumerate(zip(documents, falling, strict=True), 1):
                fields = (one_word(query), "Q0", one_word(document), place, f"{score:.9g}")
                out.write(" ".join(map(str, fields)) + f" {one_word(tag) or 'vsearch'}\n")


def write_qrels(file: Path, judgements: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Write which documents are right for each query, replacing what is there.

    Raises:
        StorageError: the file can't be written.
    """
    with storage_errors(file), file.open("w", encoding="utf-8", newline="\n") as out:
        for query, documents in judgements:
            for document in sorted(documents):
                out.write(f"{one_word(query)} 0 {one_word(document)} 1\n")


def one_word(name: str) -> str:
    """A name without white space, which divides the fields: percent-encoded, as in a URL.

    >>> one_word("my photo 50%.jpg")
    'my%20photo%2050%25.jpg'
    """
    return _DIVIDES.sub(lambda found: quote(found[0], safe=""), name)


def _falling(scores: npt.NDArray[np.float32]) -> list[float]:
    lowered: list[float] = []
    lowest = np.float32(np.inf)
    for score in scores.astype(np.float32):
        lowest = min(score, np.nextafter(lowest, np.float32(-np.inf)))
        lowered.append(float(lowest))
    return lowered
