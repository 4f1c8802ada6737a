"""A collection's database, opened for reading or for writing."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

from sqlalchemy import Engine

from vsearch.catalog import database
from vsearch.errors import CollectionDamaged
from vsearch.layout import Layout
from vsearch.settings import Settings


def reading_engine(layout: Layout, settings: Settings) -> Engine:
    """Open the database for queries, also where its folder can't be written.

    Raises:
        CollectionDamaged: the file is missing, or has no tables.
        CollectionFormatError: its tables are of another version.
        SettingsError: the database URL is not one.
    """
    if settings.database_url is not None:
        engine = database.open_engine(settings.database_url)
    elif layout.database.exists():
        read_only = not os.access(layout.folder, os.W_OK)
        engine = database.open_engine(database.sqlite_url(layout.database, read_only=read_only))
    else:
        # SQLite would make an empty one.
        raise CollectionDamaged(
            f"{layout.database}: no such file; put back a copy of it, or index the feed into a"
            " new folder"
        )
    try:
        database.check(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def writing_engine(layout: Layout, settings: Settings) -> AbstractContextManager[Engine]:
    """Open the database for changes, its tables to be brought up to date by ``migrate``."""
    url = settings.database_url or database.sqlite_url(layout.database)
    return database.disposing(database.open_engine(url))
