"""What the columns of a table are, decided once for all its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vsearch.errors import FeedError
from vsearch.events.event import EventKind
from vsearch.events.intake.event_columns import are_order_lines, fields_of
from vsearch.events.intake.options import IntakeOptions


@dataclass(frozen=True, slots=True)
class Header:
    """Which column fills which field."""

    fields: Mapping[str, int]
    """Field → column."""
    kind: EventKind | None
    """What every row is; None where a column, or the options, say it."""
    notes: tuple[str, ...]
    """What had to be assumed, a sentence each."""

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        options: IntakeOptions,
        where: object,
        *,
        is_one_of_many: bool = False,
    ) -> Header:
        """Read a header.

        Args:
            names: of the columns.
            options: map some, and may say what every row is.
            where: the table, for messages.
            is_one_of_many: whether a mapped column may be in another header.

        Raises:
            FeedError: a column is missing; the message has the ones that are there.
        """
        fields = fields_of(names, options.mapping, where, strict=not is_one_of_many)
        kind, notes = None, []
        if options.kind is None and "kind" not in fields:
            telling = (names[fields[field]] for field in ("session_id", "sku") if field in fields)
            column = next(filter(are_order_lines, telling), None)
            if column is None:
                raise FeedError(
                    f"{where}: no column for kind; say which one it is with --map COLUMN=kind, or"
                    " what every row is with --kind view, click, basket or purchase"
                )
            kind = EventKind.PURCHASE
            notes.append(f'{where}: lines of orders, by "{column}": each is a purchase')
        if "at" not in fields:
            notes.append(f"{where}: no column for at: its events count as of now")
        return cls(fields, kind, tuple(notes))
