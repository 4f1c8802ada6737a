"""Events as a file that ``vsearch events import`` reads again."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from vsearch.errors import EvaluationError
from vsearch.events.event import Event
from vsearch.storage import storage_errors

COLUMNS = ("kind", "sku", "at", "user_id", "session_id")


def write_events(file: Path, events: Iterable[Event]) -> None:
    """Write events as CSV or as JSON lines, by the file's ending; an older file is replaced.

    Raises:
        EvaluationError: the file ends in something else.
        StorageError: the file can't be written.
    """
    if file.suffix not in (".csv", ".jsonl"):
        raise EvaluationError(f"{file}: give a file that ends in .csv or .jsonl")
    rows = (
        (
            event.kind.value,
            event.sku,
            event.at.isoformat() if event.at else "",
            event.user_id,
            event.session_id,
        )
        for event in events
    )
    with storage_errors(file), file.open("w", encoding="utf-8", newline="") as out:
        if file.suffix == ".csv":
            table = csv.writer(out, lineterminator="\n")
            table.writerow(COLUMNS)
            table.writerows(rows)
        else:
            for row in rows:
                out.write(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False))
                out.write("\n")
