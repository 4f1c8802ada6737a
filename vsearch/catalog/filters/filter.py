"""A filter: parsed once, asked of any catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection

from vsearch.catalog.filters.conditions import condition_of
from vsearch.catalog.filters.faults import Fault
from vsearch.catalog.filters.normal_form import written
from vsearch.catalog.filters.syntax import Condition, Field


@dataclass(frozen=True, slots=True)
class Filter:
    """Which products are wanted; ``str`` gives it in its normal form, equal ones being equal."""

    tree: Condition
    text: str = field(compare=False)
    """As it was given."""

    def __str__(self) -> str:
        return written(self.tree)

    def condition(self, connection: Connection) -> ColumnElement[bool]:
        """What rows of ``schema.products`` have to fulfil; never NULL, true or false.

        Args:
            connection: to the catalogue, whose kind of database and whose attributes it goes by.

        Raises:
            FilterError: no product has or had an attribute of a name that the filter asks for.
        """
        try:
            return condition_of(connection, self.tree)
        except Fault as fault:
            raise fault.within(self.text) from fault


def parse_field(text: str) -> Field:
    """Read the name of a field or attribute, as it stands in a filter.

    Raises:
        FilterError: there is no such field, or it can't be understood.
    """
    from vsearch.catalog.filters import parser

    try:
        return parser.parse_field(text)
    except Fault as fault:
        raise fault.within(text) from fault


def parse_filter(text: str) -> Filter:
    """Read a filter.

    Raises:
        FilterError: it can't be understood; the message shows where.
    """
    # lark takes 50 ms to import, which no query without a filter should pay.
    from vsearch.catalog.filters.parser import parse

    try:
        return Filter(parse(text), text)
    except Fault as fault:
        raise fault.within(text) from fault
