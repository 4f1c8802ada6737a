"""A number that goes up with every change: what was computed from the catalogue and is kept
holds for as long as it stays.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event, select, update

from vsearch.catalog import schema

_CHANGED = "vsearch.catalog.changed"


def catalogue_revision(connection: Connection) -> int:
    """How many transactions have changed something; 0 in an empty database."""
    return connection.scalar(select(schema.catalogue.c.revision)) or 0


def count_changes(engine: Engine) -> None:
    """From now on, let every transaction of the engine that writes rows add one.

    The number is written by the transaction itself, right before it commits: nobody sees the
    change without the new number, nor the number without the change.
    """
    event.listen(engine, "after_cursor_execute", _note)
    event.listen(engine, "commit", _add_one)
    event.listen(engine, "rollback", _forget)


def _note(
    connection: Connection,
    _cursor: object,
    _statement: str,
    _parameters: object,
    context: Any,
    _many: bool,
) -> None:
    if context is not None and (context.isinsert or context.isupdate or context.isdelete):
        connection.info[_CHANGED] = True


def _add_one(connection: Connection) -> None:
    if connection.info.get(_CHANGED):
        connection.execute(
            update(schema.catalogue).values(revision=schema.catalogue.c.revision + 1)
        )
        connection.info[_CHANGED] = False


def _forget(connection: Connection) -> None:
    connection.info[_CHANGED] = False
