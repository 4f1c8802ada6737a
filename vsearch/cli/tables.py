"""Tables for people, without a merchant's text being taken for markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from shutil import get_terminal_size
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

Justify = Literal["left", "right"]

_WIDE = 110
_ENDLESS = 10_000


def print_table(
    columns: Sequence[tuple[str, Justify]], rows: Iterable[Sequence[str]], *, whole: str = ""
) -> None:
    """Print rows under the columns' names, on stdout.

    Args:
        columns: names and sides.
        rows: as many cells each.
        whole: the column whose cells are to be copied and never fold; the others' do.
    """
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name, justify in columns:
        # A narrow terminal folds names between their words, and never within one.
        word = max(map(len, name.split()), default=0)
        table.add_column(
            name, justify=justify, overflow="fold", no_wrap=name == whole, min_width=word
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    _console().print(table)


def print_heading(text: str) -> None:
    """Print a line above a table, on stdout."""
    _console().print(Text(text, style="bold"), soft_wrap=True)


def is_wide() -> bool:
    """Whether a table of seven columns fits without folding most of its cells."""
    return _console().width >= _WIDE


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print names and what they are, on stdout."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(Text(name), Text(value))
    _console().print(table)


def _console() -> Console:
    # Lines of a file or a pipe are for other programs, which know of no folded cells.
    return Console(width=get_terminal_size((_ENDLESS, 0)).columns)
