"""What is under test: a collection, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vsearch.collection import Collection
from vsearch.errors import QueryError
from vsearch.searching.query import Query
from vsearch.searching.result import Hit
from vsearch.settings import Settings

Ask = Callable[[Path, int], Sequence[Hit]]
"""From a picture's path and how many products are wanted to the hits, the best first.

Raises ``ImageRejected`` where the picture can't be read.
"""


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(text)
    return text == "yes"


OPTIONS: Mapping[str, Callable[[str], object]] = {
    "where": str,
    "diversity": float,
    "min_confidence": float,
    "rerank": _yes_or_no,
}
"""What of a ``Query`` can be set from a command line, and how its text is read."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to search. Two of them on the same queries are compared."""

    name: str
    """What tables and reports call it."""

    collection: Collection
    """Open until the evaluation has been written."""

    settings: Settings
    """That the collection was opened with."""

    ask: Ask


def search_setting(
    name: str, collection: Collection, settings: Settings, options: Sequence[str] = ()
) -> Setting:
    """The collection's search, with options where they are given.

    Args:
        name: of the collection; the options are put behind it.
        collection: open.
        settings: that it was opened with.
        options: each ``NAME=VALUE``, a name of ``OPTIONS``.

    Raises:
        QueryError: an option is unknown or has no usable value.
    """
    values: dict[str, Any] = dict(_option(text) for text in options)
    # Made now, so that a value that is out of range is refused before anything is asked.
    template = Query(image=b"", **values)

    def ask(path: Path, k: int) -> Sequence[Hit]:
        return collection.search(replace(template, image=path, k=k)).hits

    return Setting(" ".join([name, *options]), collection, settings, ask)


def _option(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    read = OPTIONS.get(name)
    if read is None or not equals:
        raise QueryError(f'option "{text}": write NAME=VALUE with a name of {", ".join(OPTIONS)}')
    try:
        return name, read(value)
    except ValueError:
        wanted = "yes or no" if read is _yes_or_no else "a number"
        raise QueryError(f'option "{text}": "{value}" is not {wanted}') from None
