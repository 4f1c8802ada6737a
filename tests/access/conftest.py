from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from vsearch.access.key_store import KeyStore
from vsearch.catalog import database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty catalogue in a file."""
    with database.disposing(database.open_engine(database.sqlite_url(tmp_path / "db"))) as opened:
        database.migrate(opened)
        yield opened


@pytest.fixture
def store(engine: Engine) -> KeyStore:
    return KeyStore(engine)
