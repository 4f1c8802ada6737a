"""Catalogues whose tables an older vsearch made."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from vsearch.catalog import database, schema
from vsearch.catalog.attribute_names import known_attributes
from vsearch.catalog.filters import parse_filter
from vsearch.catalog.filters.matching import product_ids_where
from vsearch.catalog.opening import reading_engine, writing_engine
from vsearch.catalog.revision import catalogue_revision
from vsearch.catalog.words import search_words
from vsearch.errors import CollectionDamaged, CollectionFormatError
from vsearch.layout import Layout
from vsearch.settings import Settings

OWN = "a" * 32


def write_older(engine: Engine) -> None:
    """The tables of the first version, with a product in them."""
    config = Config()
    migrations = Path(database.__file__).parent / "migrations"
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in (
            f"INSERT INTO catalogue VALUES ('{OWN}')",
            "INSERT INTO feeds VALUES (1, 'feed', '/srv', 'csv', 1, '2026-11-01')",
            """
            INSERT INTO products VALUES (
                7, 'A', 'Red mug', '', 'Töpfer', 'Home', NULL, NULL, NULL, '', '', '',
                '{"größe": "L", "of": ["a"]}', '', 1, 1, 2, '2026-11-01', '2026-11-01'
            )
            """,
        ):
            connection.exec_driver_sql(statement)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, layout: Layout) -> str:
    if request.param == "sqlite":
        return database.sqlite_url(layout.database)
    return request.getfixturevalue("new_postgresql")()


@pytest.fixture
def options(url: str) -> Settings:
    return Settings(database_url=None if url.startswith("sqlite") else url)


@pytest.fixture(autouse=True)
def _older(url: str) -> None:
    with database.disposing(database.open_engine(url)) as engine:
        write_older(engine)


def test_they_are_brought_up_to_date_by_who_reads(layout: Layout, options: Settings) -> None:
    with (
        database.disposing(reading_engine(layout, options, OWN)) as engine,
        engine.connect() as connection,
    ):
        database.check(engine)
        assert [found for found, _ in search_words(connection, "mug topf", 5)] == [7]
        assert known_attributes(connection) == ["größe", "of"]
        condition = parse_filter("attr.GRÖßE = l").condition(connection)
        assert product_ids_where(connection, condition, [7]) == {7}
        assert catalogue_revision(connection) == 0


def test_by_many_at_once(layout: Layout, options: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: reading_engine(layout, options, OWN), range(4)))
    for engine in opened:
        with engine.connect() as connection:
            assert known_attributes(connection) == ["größe", "of"]
        engine.dispose()


def test_who_writes_counts_its_changes(layout: Layout, options: Settings) -> None:
    with writing_engine(layout, options, OWN) as engine:
        with engine.begin() as connection:
            connection.execute(text("SELECT 1"))
        with engine.begin() as connection:
            connection.execute(schema.products.delete())
        with engine.connect() as connection:
            assert catalogue_revision(connection) == 1


def test_another_collection_s_are_left_alone(layout: Layout, options: Settings, url: str) -> None:
    with pytest.raises(CollectionDamaged, match="another database"):
        reading_engine(layout, options, "b" * 32)
    with database.disposing(database.open_engine(url)) as engine:
        assert database.is_older(engine)


def test_what_can_not_be_written_is_refused(
    layout: Layout, options: Settings, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if options.database_url is None:
        may = os.access
        monkeypatch.setattr(os, "access", lambda at, how: at != layout.folder and may(at, how))
    else:
        with database.disposing(database.open_engine(url)) as engine, engine.begin() as connection:
            name = connection.scalar(text("SELECT current_database()"))
            connection.execute(
                text(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            )
    with pytest.raises(CollectionFormatError, match=r"older version 0001.*next `vsearch index`"):
        reading_engine(layout, options, OWN)
