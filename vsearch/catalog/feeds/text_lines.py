"""The physical lines of a text feed: decoded, counted, bounded, and able to step back."""

from __future__ import annotations

import codecs
import io
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

from vsearch.catalog.feeds.progress import Progress
from vsearch.errors import FeedError

#: A row with more characters than this is rejected instead of being held in memory.
MAX_ROW_CHARS = 2**20

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class RowTooLong(Exception):
    """One row has more than ``MAX_ROW_CHARS`` characters."""


def encoding_of_mark(head: bytes) -> str | None:
    """The encoding that the file's byte-order mark names, None where it has none."""
    return next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)


def start_of_text(path: Path, head: bytes, encoding: str | None) -> str:
    """The beginning of a file as text, without a byte-order mark and leading blanks.

    Good enough to tell formats apart: without an encoding each byte is a character.

    Raises:
        FeedError: there is no such encoding.
    """
    try:
        text = head.decode(encoding or encoding_of_mark(head) or "latin-1", errors="ignore")
    except (LookupError, ValueError) as error:
        raise FeedError(f'{path}: unknown encoding "{encoding}"') from error
    return text.removeprefix("\u00ef\u00bb\u00bf").lstrip("\ufeff \t\r\n")


class TextLines:
    """Iterates over a file's lines, line ends included, whichever of the three they are.

    Without an encoding, a byte-order mark decides; without one, each line is UTF-8, or
    windows-1252 where it isn't valid UTF-8 (a file merged from two sources has both).

    Raises:
        FeedError: the file can't be read, or isn't in the encoding that was named.
    """

    def __init__(self, path: Path, encoding: str | None, progress: Progress) -> None:
        self._path = path
        self._progress = progress
        self._again: deque[str] = deque()
        self._row: list[str] = []
        self._row_chars = 0
        self._foreign_lines = 0
        self._first_foreign_line = 0
        self.number = 0
        """How many lines have been handed out; the last one has this number."""
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise FeedError(f"{path}: {error.strerror}") from error
        with io.BytesIO(self._file.peek(4)) as head:
            self.encoding = encoding or encoding_of_mark(head.getvalue())
        # As Latin-1 every byte is one character, so that lines can be found before it is
        # known what they are in, and a line's length is the bytes it takes.
        self._bytewise = self.encoding is None or self.encoding == "utf-8"
        codec = "latin-1" if self._bytewise else self.encoding
        try:
            self._text = io.TextIOWrapper(self._file, encoding=codec, newline="")
        except (LookupError, ValueError) as error:  # ValueError: a NUL in the name
            self._file.close()
            raise FeedError(f'{path}: unknown encoding "{encoding}"') from error
        self._explicit = encoding is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._text.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read_line()
        self.number += 1
        self._row.append(line)
        self._row_chars += len(line)
        if self._row_chars > MAX_ROW_CHARS:
            raise RowTooLong
        return line

    def begin_row(self) -> int:
        """Forget the lines handed out so far; return the number of the line that is next."""
        self._row.clear()
        self._row_chars = 0
        return self.number + 1

    @property
    def row_text(self) -> str:
        """The lines handed out since ``begin_row``, as they stand in the file."""
        return "".join(self._row)

    def step_back(self) -> None:
        """Hand out again all lines since ``begin_row`` but the first."""
        again = self._row[1:]
        self.number -= len(again)
        self._again.extendleft(reversed(again))
        del self._row[1:]

    def finish(self) -> None:
        """Note what had to be assumed about the encoding."""
        if self._foreign_lines:
            lines = "line" if self._foreign_lines == 1 else "lines"
            self._progress.note(
                f"{self._foreign_lines} {lines} (the first is {self._first_foreign_line}) not "
                "UTF-8: read as windows-1252; say --encoding where that is wrong"
            )

    def _read_line(self) -> str:
        try:
            line = self._text.readline(MAX_ROW_CHARS)
            if len(line) == MAX_ROW_CHARS and line[-1] not in "\r\n":
                self._skip_line()
                self.number += 1
                self._row.append(line)
                raise RowTooLong
        except UnicodeError as error:
            raise self._not_in_encoding(error) from error
        except OSError as error:
            raise FeedError(f"{self._path}: {error.strerror}") from error
        if not line:
            raise StopIteration
        if not self._bytewise:
            self._progress.position = self._file.tell()
            return line if self.number else line.removeprefix("\ufeff")
        self._progress.position += len(line)
        return line if line.isascii() else self._decode(line)

    def _skip_line(self) -> None:
        while (rest := self._text.readline(MAX_ROW_CHARS)) and rest[-1] not in "\r\n":
            self._progress.position += len(rest)

    def _decode(self, line: str) -> str:
        data = line.encode("latin-1")
        if self.number == 0:
            data = data.removeprefix(codecs.BOM_UTF8)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            if self._explicit:
                raise self._not_in_encoding(error) from error
        if not self._foreign_lines:
            self._first_foreign_line = self.number + 1
        self._foreign_lines += 1
        return data.decode("windows-1252", errors="replace")

    def _not_in_encoding(self, error: UnicodeError) -> FeedError:
        return FeedError(
            f"{self._path}:{self.number + 1}: not {self.encoding}: {error}; "
            "name the file's own with --encoding"
        )
