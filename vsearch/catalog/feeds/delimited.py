"""Rows of text with a delimiter between the cells: CSV, TSV and their relatives."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vsearch.catalog.feeds.assemble import raw_line, raw_row
from vsearch.catalog.feeds.interface import Rejection
from vsearch.catalog.feeds.progress import Progress
from vsearch.catalog.feeds.text_lines import RowTooLong, TextLines
from vsearch.errors import FeedError

DELIMITERS = (",", ";", "\t", "|")

# Stepping back after an unclosed quote reads those lines twice: a bound on how often keeps
# a file of nothing but quotes from taking forever.
_MAX_STEPS_BACK = 100
_EXCEL_HINT = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One row with as many cells as the header has columns."""

    number: int
    """The line where it begins."""

    cells: list[str]


class DelimitedFile:
    """A feed of rows under a header line.

    Args:
        path: the file.
        encoding: None to find out.
        delimiter: None to take the one that splits the header into the most cells.

    Raises:
        FeedError: the file can't be read, is empty, or is no text.
    """

    def __init__(self, path: Path, encoding: str | None, delimiter: str | None = None) -> None:
        self.path = path
        self.encoding = encoding
        with TextLines(path, encoding, Progress()) as lines:
            self.delimiter, self._first_line = _delimiter(path, lines, delimiter)
        with TextLines(path, encoding, Progress()) as lines:
            self.columns = self._read_header(lines)

    def rows(self, progress: Progress) -> Iterator[Row | Rejection]:
        """Yield the rows below the header; a row that can't be taken apart is a Rejection."""
        with TextLines(self.path, self.encoding, progress) as lines:
            self._read_header(lines)
            yield from self._rows_below(lines)
            lines.finish()

    def _read_header(self, lines: TextLines) -> tuple[str, ...]:
        while lines.number < self._first_line - 1:
            next(lines)
        try:
            header = next(csv.reader(lines, delimiter=self.delimiter, strict=True))
        except (csv.Error, RowTooLong, StopIteration) as error:
            raise FeedError(f"{self.path}: the header line can't be read: {error}") from error
        names = [name.strip() for name in header]
        while names and not names[-1]:
            names.pop()
        return tuple(names)

    def _rows_below(self, lines: TextLines) -> Iterator[Row | Rejection]:
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        width = len(self.columns)
        steps_left = _MAX_STEPS_BACK
        while True:
            number = lines.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, RowTooLong) as error:
                if steps_left and "\n" in lines.row_text[:-1]:
                    steps_left -= 1
                    lines.step_back()
                yield Rejection(number, "row", _why(error), raw_line(lines.row_text))
                continue
            if len(cells) != width:
                if not any(cells):
                    continue
                if len(cells) < width or any(cells[width:]):
                    yield self._ragged(number, cells)
                    continue
                del cells[width:]
            yield Row(number, cells)

    def _ragged(self, number: int, cells: list[str]) -> Rejection:
        problem = (
            f"it has {len(cells)} cells and the header {len(self.columns)}; "
            "put quotes around a cell that holds the delimiter or a line break"
        )
        return Rejection(number, "row", problem, raw_row(self.columns, cells))


def _why(error: Exception) -> str:
    text = str(error)
    if isinstance(error, RowTooLong):
        return "it is longer than 1 Mi characters; is a closing quote missing?"
    if "field larger than field limit" in text:
        return f"a cell has more than {csv.field_size_limit()} characters; is a quote missing?"
    return f"a quote isn't closed, or isn't doubled within quotes ({text})"


def _delimiter(path: Path, lines: TextLines, chosen: str | None) -> tuple[str, int]:
    """The delimiter, and the number of the line that the header is on."""
    try:
        line = next((line for line in lines if line.strip()), None)
        hint = _EXCEL_HINT.fullmatch(line) if line else None
        if hint:
            line = next((line for line in lines if line.strip()), None)
    except RowTooLong:
        raise FeedError(f"{path}: the first line is longer than 1 Mi characters") from None
    if line is None:
        raise FeedError(f"{path}: the file is empty; a header line is expected")
    if "\0" in line:
        raise FeedError(f"{path}: not a text file, or in another encoding; see --encoding")
    if chosen:
        return chosen, lines.number
    if hint:
        return hint.group(1), lines.number
    widths = {delimiter: _width(line, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: widths[delimiter]), lines.number


def _width(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return 1
