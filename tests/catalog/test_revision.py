from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text, update

from vsearch.catalog import database, schema
from vsearch.catalog.revision import catalogue_revision, count_changes


@pytest.fixture
def counting(new_database: Callable[[], str]) -> Iterator[Engine]:
    with database.disposing(database.open_engine(new_database())) as engine:
        database.migrate(engine)
        with engine.begin() as connection:
            connection.execute(insert(schema.catalogue).values(id="a" * 32))
        count_changes(engine)
        yield engine


def revision(engine: Engine) -> int:
    with engine.connect() as connection:
        return catalogue_revision(connection)


def add_encoder(number: int) -> object:
    return insert(schema.encoders).values(fingerprint=str(number), name="vit", dim=8)


def test_every_transaction_that_changes_something_adds_one(counting: Engine) -> None:
    assert revision(counting) == 0
    for number in range(3):
        with counting.begin() as connection:
            connection.execute(add_encoder(number))
            connection.execute(update(schema.encoders).values(dim=number))
    assert revision(counting) == 3
    with counting.connect() as connection:
        connection.execute(add_encoder(3))
        connection.commit()
        connection.execute(schema.encoders.delete())
        connection.commit()
    assert revision(counting) == 5


def test_reading_and_what_is_rolled_back_add_nothing(counting: Engine) -> None:
    with counting.begin() as connection:
        connection.execute(select(schema.products)).all()
        connection.execute(text("SELECT 1"))
    with counting.connect() as connection:
        connection.execute(add_encoder(1))
        connection.rollback()
        connection.commit()
        connection.execute(select(schema.products)).all()
        connection.commit()

    with counting.connect() as connection:
        connection.execute(add_encoder(1))
    with counting.connect() as connection:
        connection.execute(select(schema.products)).all()
        connection.commit()

    def fail() -> None:
        with counting.begin() as connection:
            connection.execute(add_encoder(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert revision(counting) == 0


def test_the_change_and_the_number_are_seen_together(counting: Engine) -> None:
    with counting.connect() as writing:
        writing.execute(add_encoder(1))
        assert revision(counting) == 0
        writing.commit()
    assert revision(counting) == 1


def test_an_empty_database_has_revision_0(empty_engine: Engine) -> None:
    database.migrate(empty_engine)
    count_changes(empty_engine)
    with empty_engine.begin() as connection:
        connection.execute(add_encoder(1))
    assert revision(empty_engine) == 0


def test_it_is_readable_without_the_right_to_write(tmp_path: Path) -> None:
    file = tmp_path / "products.db"
    with database.disposing(database.open_engine(database.sqlite_url(file))) as engine:
        database.migrate(engine)
        count_changes(engine)
        with engine.begin() as connection:
            connection.execute(insert(schema.catalogue).values(id="a" * 32))
    with database.disposing(database.read_only_engine(file)) as engine:
        assert revision(engine) == 1


def test_a_change_on_a_connection_that_is_lost_counts_for_nothing(counting: Engine) -> None:
    with counting.connect() as connection:
        connection.execute(add_encoder(1))
        # As SQLAlchemy does where the server is gone, or Ctrl-C comes within a statement.
        connection.invalidate()
    with counting.begin() as connection:
        connection.execute(select(schema.encoders))
    assert revision(counting) == 0
