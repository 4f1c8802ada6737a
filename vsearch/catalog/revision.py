"""A number that goes up with every change: what was computed from the catalogue and is kept
holds for as long as it stays.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event, select, update

from vsearch.catalog import schema

_CHANGED = "vsearch.catalog.changed"
_UNCOUNTED = "vsearch_uncounted"

_catalogue = schema.catalogue.c

# Made once: every query asks it.
_REVISION = select(_catalogue.revision)


def catalogue_revision(connection: Connection) -> int:
    """How many transactions have changed something; 0 in an empty database."""
    return connection.scalar(_REVISION) or 0


def is_indexed(connection: Connection, generation: int) -> bool:
    """Whether a generation of the index holds just what products show now.

    False where that isn't known: a writer may have died between its last change and the index.
    """
    revision, *known = connection.execute(
        select(_catalogue.revision, _catalogue.indexed_revision, _catalogue.indexed_generation)
    ).one()
    return known == [revision, generation]


def note_indexed(connection: Connection, generation: int, *, with_change: bool = False) -> None:
    """Note that a generation of the index holds just what products show.

    Args:
        connection: of the writer; the note itself doesn't count as a change.
        generation: which one.
        with_change: whether this very transaction changes something else, and so will end with
            the next revision.
    """
    connection.execute(
        update(schema.catalogue)
        .values(
            indexed_revision=_catalogue.revision + int(with_change), indexed_generation=generation
        )
        .execution_options(**{_UNCOUNTED: True})
    )


def is_changed(connection: Connection) -> bool:
    """Whether the open transaction has changed something, and will count."""
    return bool(connection.info.get(_CHANGED))


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
    if context is None or context.execution_options.get(_UNCOUNTED):
        return
    if context.isinsert or context.isupdate or context.isdelete:
        connection.info[_CHANGED] = True


def _add_one(connection: Connection) -> None:
    if connection.info.get(_CHANGED):
        connection.execute(
            update(schema.catalogue).values(revision=schema.catalogue.c.revision + 1)
        )
        connection.info[_CHANGED] = False


def _forget(connection: Connection) -> None:
    # One that was lost, or interrupted by Ctrl-C, has no information any more to forget.
    if not connection.invalidated:
        connection.info[_CHANGED] = False
