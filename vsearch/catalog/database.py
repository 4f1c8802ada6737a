"""Opening a catalogue's database, and keeping its tables at the version that we know."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool, StaticPool

from vsearch.catalog.folding import SQLITE_FOLD, fold_or_null
from vsearch.errors import (
    CollectionDamaged,
    CollectionError,
    CollectionFormatError,
    CollectionLocked,
    SettingsError,
    StorageError,
)

#: The newest revision in ``migrations/versions``; a test holds the two together.
HEAD = "0004"

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_S = 30

#: What many threads that ask at once need; one that isn't kept is opened anew each time, which
#: takes as long as a query.
_CONNECTIONS_KEPT = 16
_MIGRATION_LOCK = 0x7673656172636800

# In a URL that can't be parsed: user, password.
_PASSWORD = re.compile(r"//([^:@/]*):.*@")


def sqlite_url(file: Path) -> str:
    """The SQLAlchemy URL of a SQLite file that is there, or is to be."""
    return URL.create("sqlite", database=str(file)).render_as_string()


def read_only_engine(file: Path) -> Engine:
    """Connect to a SQLite file in a folder that this process can't write.

    In WAL mode SQLite wants a log beside the database even to read it. Where a writer has left
    or is keeping one, it is read; where there is none, "immutable" tells SQLite to do without.
    Each query connects anew, so that it sees what a writer has done since.
    """

    def connect() -> sqlite3.Connection:
        has_log = file.with_name(f"{file.name}-wal").exists()
        mode = "mode=ro" if has_log else "mode=ro&immutable=1"
        connection = sqlite3.connect(
            f"{file.resolve().as_uri()}?{mode}",
            uri=True,
            timeout=_BUSY_TIMEOUT_S,
            check_same_thread=False,
        )
        _add_functions(connection)
        return connection

    return create_engine(sqlite_url(file), creator=connect, poolclass=NullPool)


def in_memory_engine() -> Engine:
    """An empty catalogue that leaves nothing behind, for dry runs."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def open_engine(url: str) -> Engine:
    """Connect to a database, lazily: nothing is opened yet.

    Raises:
        SettingsError: the URL is not one, or its driver isn't installed.
    """
    try:
        parsed = make_url(url)
        engine = create_engine(
            parsed,
            connect_args=_connect_args(parsed),
            pool_pre_ping=parsed.get_backend_name() != "sqlite",
            pool_size=_CONNECTIONS_KEPT,
        )
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        shown = _PASSWORD.sub(r"//\1:***@", url)
        raise SettingsError(
            f'VSEARCH_DATABASE_URL: "{shown}": {error};'
            " write it like postgresql+psycopg://user:password@host/database"
        ) from error
    except ModuleNotFoundError as error:
        raise SettingsError(
            f'VSEARCH_DATABASE_URL: {error}; for PostgreSQL: pip install ".[postgres]"'
            " and write the URL as postgresql+psycopg://…"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _connect_args(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": _BUSY_TIMEOUT_S}
    if url.get_driver_name() == "psycopg":
        # PostgreSQL plans a prepared statement without its values. For "one of these thousand
        # locations" that means to compare every row with each of them.
        return {"prepare_threshold": None}
    return {}


@contextmanager
def disposing(engine: Engine) -> Iterator[Engine]:
    """Close all connections of an engine at the end of the block."""
    try:
        yield engine
    finally:
        engine.dispose()


def _add_functions(connection: sqlite3.Connection) -> None:
    connection.create_function(SQLITE_FOLD, 1, fold_or_null, deterministic=True)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    _add_functions(connection)
    cursor = connection.cursor()
    # Readers go on while the one writer writes.
    cursor.execute("PRAGMA journal_mode = WAL")
    # A commit is on the disk before an index that builds on it is published, power cut or not.
    # There is one every few seconds.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


def migrate(engine: Engine) -> None:
    """Create the tables, or bring those of an older version up to date.

    Raises:
        CollectionFormatError: the tables are of a newer version.
        StorageError: the database can't be written.
    """
    with storage_errors(engine), engine.begin() as connection:
        found = _revision(connection)
        if found == HEAD:
            return
        _refuse_newer(found)
        # One process at a time: the others wait here, and Alembic then finds nothing to do.
        if engine.dialect.name == "sqlite":
            # Python's driver begins a transaction for changes of rows only: a crash or a full
            # disk would leave some of the tables, and the next run would stumble over them.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_older(engine: Engine) -> bool:
    """Whether the tables are of an older version, which ``migrate`` brings up to date.

    Raises:
        CollectionFormatError: they are of a newer version.
    """
    with storage_errors(engine), engine.connect() as connection:
        found = _revision(connection)
    _refuse_newer(found)
    return found not in (None, HEAD)


def check(engine: Engine) -> None:
    """See that the tables are of the version that we know, without changing anything.

    Raises:
        CollectionFormatError: they are of another version.
        CollectionDamaged: there are none.
    """
    with storage_errors(engine), engine.connect() as connection:
        found = _revision(connection)
    if found is None:
        raise CollectionDamaged(f"{engine.url}: there are no vsearch tables in this database")
    _refuse_newer(found)
    if found != HEAD:
        raise CollectionFormatError(
            f"{engine.url}: tables of the older version {found}, this vsearch needs {HEAD};"
            " the next `vsearch index` brings them up to date"
        )


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def _refuse_newer(found: str | None) -> None:
    if found is None or found == HEAD:
        return
    known = {script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}
    if found not in known:
        raise CollectionFormatError(
            f"the catalogue's tables are of version {found}, this vsearch knows {HEAD} and older;"
            " upgrade vsearch"
        )


class storage_errors:  # noqa: N801 (read as a phrase: `with storage_errors(engine):`)
    """Turn what a database raises for a full disk or a read-only folder into our errors.

    Raises:
        StorageError: the disk is full or nothing may be written there.
        CollectionDamaged: the file is no database, or is torn.
        CollectionLocked: somebody else has been writing for longer than was waited.
        CollectionError: the server can't be reached.
    """

    _LOCKED = ("database is locked", "lock timeout", "deadlock detected")
    _FULL = ("disk is full", "database or disk is full", "could not extend file", "disk i/o error")
    _READ_ONLY = ("readonly database", "read-only", "unable to open database file")
    _DAMAGED = ("file is not a database", "malformed")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, DBAPIError):
            return
        where = self._engine.url.render_as_string(hide_password=True)
        cause = str(error.orig).lower()
        if any(sign in cause for sign in self._LOCKED):
            raise CollectionLocked(
                f"{where}: {error.orig}: another process is writing; try again when it has ended"
            ) from error
        if any(sign in cause for sign in self._FULL):
            raise StorageError(
                f"{where}: {error.orig} (the disk is full, or failing); what was committed"
                " before is kept: free some space and run the command again"
            ) from error
        if any(sign in cause for sign in self._READ_ONLY):
            raise StorageError(f"{where}: {error.orig}; it can't be written") from error
        if any(sign in cause for sign in self._DAMAGED):
            raise CollectionDamaged(f"{where}: {error.orig}") from error
        if error.connection_invalidated or "connect" in cause:
            raise CollectionError(f"{where}: {error.orig}") from error
