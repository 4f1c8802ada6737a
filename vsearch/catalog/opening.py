"""A collection's database, opened for reading or for writing, and known to be its own."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import DBAPIError

from vsearch.catalog import database, schema
from vsearch.catalog.feed_store import UPLOADS_FORMAT
from vsearch.catalog.revision import count_changes
from vsearch.errors import CollectionDamaged, StorageError
from vsearch.layout import Layout
from vsearch.settings import Settings


def reading_engine(layout: Layout, settings: Settings, catalogue_id: str) -> Engine:
    """Open the database for queries, also where its folder can't be written.

    Tables of an older version are brought up to date where that is possible.

    Args:
        layout: where the collection is.
        settings: names another database than the collection's own file, or none.
        catalogue_id: of the catalogue that the collection's index was made from.

    Raises:
        CollectionDamaged: the file is missing, has no tables, or is another collection's.
        CollectionFormatError: its tables are of a newer version, or of an older one and
            can't be written.
        SettingsError: the database URL is not one.
    """
    if settings.database_url is not None:
        engine = database.open_engine(settings.database_url)
    else:
        _require_file(layout)
        if os.access(layout.folder, os.W_OK):
            engine = database.open_engine(database.sqlite_url(layout.database))
        else:
            engine = database.read_only_engine(layout.database)
    try:
        if database.is_older(engine):
            _require_same_catalogue(engine, catalogue_id)
            # Where it isn't allowed, check says what to do.
            with suppress(StorageError, DBAPIError):
                database.migrate(engine)
        database.check(engine)
        _require_same_catalogue(engine, catalogue_id)
        # Where it isn't allowed, only those pictures can't be shown.
        with suppress(StorageError, DBAPIError):
            _follow_uploads(engine, layout)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_for_writing(layout: Layout, settings: Settings, catalogue_id: str | None) -> Engine:
    """Open the database for changes, its tables brought up to date; the caller disposes of it.

    Args:
        layout: where the collection is.
        settings: names another database than the collection's own file, or none.
        catalogue_id: as for ``reading_engine``; None where there is no collection yet.

    Raises:
        CollectionDamaged: the file of an existing collection is missing, or is another's.
        StorageError: the database can't be written.
    """
    if catalogue_id is not None and settings.database_url is None:
        _require_file(layout)
    engine = database.open_engine(settings.database_url or database.sqlite_url(layout.database))
    try:
        database.migrate(engine)
        if catalogue_id is not None:
            _require_same_catalogue(engine, catalogue_id)
    except BaseException:
        engine.dispose()
        raise
    count_changes(engine)
    return engine


@contextmanager
def writing_engine(
    layout: Layout, settings: Settings, catalogue_id: str | None
) -> Iterator[Engine]:
    """As ``open_for_writing``, for the length of a block."""
    with database.disposing(open_for_writing(layout, settings, catalogue_id)) as engine:
        yield engine


def claim(engine: Engine, folder: object) -> str:
    """Give a new collection's database the id that its manifest is to have.

    Raises:
        CollectionDamaged: it is in use by another collection.
    """
    with database.storage_errors(engine), engine.begin() as connection:
        found = _found_id(connection)
        in_use = connection.scalar(select(schema.feeds.c.id).limit(1)) is not None
        if found and in_use:
            raise CollectionDamaged(
                f"{_name(engine)}: this database is another collection's, not that of {folder};"
                " give each its own, or put back the collection's manifest.json"
            )
        if found:
            return found
        made = secrets.token_hex(16)
        connection.execute(insert(schema.catalogue).values(id=made))
        return made


def _follow_uploads(engine: Engine, layout: Layout) -> None:
    """Note where uploads are now: the collection's folder may have been moved with them."""
    feeds, root = schema.feeds.c, str(layout.uploads.absolute())
    moved = (feeds.format == UPLOADS_FORMAT, feeds.root != root)
    with database.storage_errors(engine):
        with engine.connect() as connection:
            found = connection.scalar(select(feeds.id).where(*moved))
        # Asked first: to write, one may have to wait for another writer.
        if found is not None and layout.uploads.is_dir():
            with engine.begin() as connection:
                connection.execute(update(schema.feeds).where(*moved).values(root=root))


def _found_id(connection: Connection) -> str:
    return connection.scalar(select(schema.catalogue.c.id)) or ""


def _require_file(layout: Layout) -> None:
    if not layout.database.exists():
        # SQLite would make an empty one.
        raise CollectionDamaged(
            f"{layout.database}: no such file; put back a copy of it, set VSEARCH_DATABASE_URL if"
            " the catalogue is elsewhere, or index the feed into a new folder"
        )


def _require_same_catalogue(engine: Engine, wanted: str) -> None:
    with database.storage_errors(engine), engine.connect() as connection:
        found = _found_id(connection)
    # The index knows images by the database's ids: with another database it would find others.
    if found != wanted:
        raise CollectionDamaged(
            f"{_name(engine)}: the index was made from another database than this one; put back"
            " the collection's own, or see that VSEARCH_DATABASE_URL is set as it was"
        )


def _name(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
