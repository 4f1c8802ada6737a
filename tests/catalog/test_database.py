from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, inspect, text

from vsearch.catalog import database, feed_store, product_store, schema
from vsearch.errors import (
    CollectionDamaged,
    CollectionError,
    CollectionFormatError,
    CollectionLocked,
    SettingsError,
    StorageError,
)

MIGRATIONS = Path(database.__file__).parent / "migrations"


def test_migrations_make_the_tables_of_the_schema(empty_engine: Engine) -> None:
    database.migrate(empty_engine)
    database.check(empty_engine)
    # What finds words is of each database its own; test_words.py has it at work.
    words = (schema.WORDS_TABLE, schema.WORDS_COLUMN, schema.WORDS_INDEX)

    def is_ours(_object: object, name: str | None, *_rest: object) -> bool:
        return not (name or "").startswith(words)

    opts = {"compare_server_default": True, "include_object": is_ours}
    with empty_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == database.HEAD


def test_head_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [database.HEAD]


def test_migrating_twice_keeps_what_is_there(empty_engine: Engine) -> None:
    database.migrate(empty_engine)
    with empty_engine.begin() as connection:
        feed_store.begin_run(connection, "feed", Path("/srv"), "csv")
    database.migrate(empty_engine)
    with empty_engine.connect() as connection:
        assert [feed.name for feed in feed_store.known_feeds(connection)] == ["feed"]


def test_every_migration_can_be_taken_back(empty_engine: Engine) -> None:
    database.migrate(empty_engine)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with empty_engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(empty_engine).get_table_names() == ["alembic_version"]
    database.migrate(empty_engine)
    database.check(empty_engine)


@pytest.mark.parametrize("statement", ["CREATE TABLE products", "INSERT INTO alembic_version"])
def test_a_migration_that_fails_leaves_nothing(empty_engine: Engine, statement: str) -> None:
    def fail(_connection: object, _cursor: object, asked: str, *_rest: object) -> None:
        if asked.strip().startswith(statement):
            raise RuntimeError("the plug was pulled")

    event.listen(empty_engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="plug"):
        database.migrate(empty_engine)
    event.remove(empty_engine, "before_cursor_execute", fail)
    assert inspect(empty_engine).get_table_names() == []
    database.migrate(empty_engine)
    database.check(empty_engine)


def test_tables_of_a_newer_version_are_refused_and_left_alone(empty_engine: Engine) -> None:
    database.migrate(empty_engine)
    with empty_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refusing in (database.migrate, database.check):
        with pytest.raises(CollectionFormatError, match=f"9999.*{database.HEAD}.*upgrade vsearch"):
            refusing(empty_engine)
    with empty_engine.connect() as connection:
        assert product_store.count(connection) == 0
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert version == "9999"


def test_an_empty_database_is_no_catalogue(empty_engine: Engine) -> None:
    with pytest.raises(CollectionDamaged, match="no vsearch tables"):
        database.check(empty_engine)
    assert inspect(empty_engine).get_table_names() == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("products.db", "products.db"),
        ("oracledb2://host/db", "oracledb2"),
        ("postgres://ann:secret@db.example/shop", "postgres://ann:***@db.example"),
        ("postgres://ann:s@e/secret@db.example/shop", "postgresql+psycopg://"),
        ("mssql+nosuchdriver://ann:secret@db.example/shop", "nosuchdriver"),
        ("postgresql+psycopg://ann:secret@db.example:port/shop", "port"),
    ],
)
def test_a_url_that_is_none_is_named_without_its_password(url: str, told: str) -> None:
    with pytest.raises(SettingsError, match="VSEARCH_DATABASE_URL") as refused:
        database.open_engine(url)
    assert told in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_driver_that_is_not_installed_is_named_with_the_remedy() -> None:
    with pytest.raises(SettingsError, match=r"asyncmy.*\.\[postgres\]"):
        database.open_engine("mysql+asyncmy://ann:secret@db.example/shop")


def test_a_server_that_does_not_answer(unused_port: int) -> None:
    pytest.importorskip("psycopg")
    url = f"postgresql+psycopg://ann:secret@127.0.0.1:{unused_port}/shop"
    with (
        database.disposing(database.open_engine(url)) as engine,
        pytest.raises(CollectionError, match=f"127.0.0.1:{unused_port}") as refused,
    ):
        database.check(engine)
    assert "secret" not in str(refused.value)


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    file = tmp_path / "products.db"
    with database.disposing(database.open_engine(database.sqlite_url(file))) as engine:
        database.migrate(engine)
    return file


def test_sqlite_keeps_readers_going_while_it_writes(sqlite_file: Path) -> None:
    url = database.sqlite_url(sqlite_file)
    with database.disposing(database.open_engine(url)) as engine:
        with engine.begin() as writing, engine.connect() as reading:
            feed_store.begin_run(writing, "feed", Path("/srv"), "csv")
            assert feed_store.known_feeds(reading) == []
        with engine.connect() as reading:
            assert len(feed_store.known_feeds(reading)) == 1


def test_a_read_only_sqlite_file_leaves_nothing_beside_it(sqlite_file: Path) -> None:
    with database.disposing(database.read_only_engine(sqlite_file)) as engine:
        database.check(engine)
        assert [path.name for path in sqlite_file.parent.iterdir()] == [sqlite_file.name]
        with (
            pytest.raises(StorageError, match=r"products\.db.*can't be written"),
            database.storage_errors(engine),
            engine.begin() as connection,
        ):
            feed_store.begin_run(connection, "feed", Path("/srv"), "csv")


@pytest.mark.parametrize("folder", ["100 % ü", "what?", "a#b"])
def test_sqlite_files_in_folders_with_odd_names(tmp_path: Path, folder: str) -> None:
    file = tmp_path / folder / "products.db"
    file.parent.mkdir()
    with database.disposing(database.open_engine(database.sqlite_url(file))) as engine:
        database.migrate(engine)
    assert file.stat().st_size > 0
    with database.disposing(database.read_only_engine(file)) as engine:
        database.check(engine)


@pytest.mark.parametrize(
    "damage", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_damaged_sqlite_file(sqlite_file: Path, damage: bytes) -> None:
    sqlite_file.write_bytes(damage)
    with (
        database.disposing(database.open_engine(database.sqlite_url(sqlite_file))) as engine,
        pytest.raises(CollectionDamaged, match=r"products\.db"),
    ):
        database.check(engine)


def test_a_full_disk(sqlite_file: Path) -> None:
    url = database.sqlite_url(sqlite_file)
    with database.disposing(database.open_engine(url)) as engine:
        with engine.connect() as connection:
            pages = connection.scalar(text("PRAGMA page_count"))
            # SQLite answers a file that may not grow as it answers a full disk.
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            name = "long " * 100_000
            with (
                pytest.raises(StorageError, match=r"products\.db.*full.*free some space"),
                database.storage_errors(engine),
            ):
                feed_store.begin_run(connection, name, Path("/srv"), "csv")
            connection.rollback()
        with engine.connect() as connection:
            assert feed_store.known_feeds(connection) == []


def test_other_errors_stay_what_they_are(sqlite_file: Path) -> None:
    with database.disposing(database.open_engine(database.sqlite_url(sqlite_file))) as engine:
        with pytest.raises(ZeroDivisionError), database.storage_errors(engine):
            raise ZeroDivisionError
        with pytest.raises(sqlite3.Error), database.storage_errors(engine):
            raise sqlite3.OperationalError("disk is full")  # not of the engine


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_in_memory_catalogue_is_one(new_database: Callable[[], str]) -> None:
    with database.disposing(database.in_memory_engine()) as engine:
        database.migrate(engine)
        database.check(engine)


def test_another_writer_that_does_not_end_is_told(tmp_path: Path) -> None:
    url = database.sqlite_url(tmp_path / "products.db")
    impatient = create_engine(url, connect_args={"timeout": 0})
    with database.disposing(database.open_engine(url)) as engine, database.disposing(impatient):
        database.migrate(engine)
        with engine.connect() as writer:
            writer.exec_driver_sql("BEGIN IMMEDIATE")
            with (
                pytest.raises(CollectionLocked, match="another process is writing"),
                database.storage_errors(impatient),
                impatient.begin() as connection,
            ):
                connection.execute(text("UPDATE catalogue SET revision = 1"))
