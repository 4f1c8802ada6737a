from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from vsearch.catalog import database, feed_store, image_store
from vsearch.catalog.feed_store import FeedRun
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.image_records import FoundImage, RejectedSource
from vsearch.catalog.product import Product
from vsearch.catalog.product_writer import BatchOutcome, ProductWriter


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Each call gives the URL of an empty database; every test that asks runs on both kinds."""
    if request.param == "postgresql":
        return request.getfixturevalue("new_postgresql")
    folder, numbers = tmp_path_factory.mktemp("sqlite"), count(1)
    return lambda: database.sqlite_url(folder / f"{next(numbers)}.db")


@pytest.fixture
def empty_engine(new_database: Callable[[], str]) -> Iterator[Engine]:
    """A database without any tables."""
    with database.disposing(database.open_engine(new_database())) as engine:
        yield engine


@pytest.fixture(scope="session")
def engine(new_database: Callable[[], str]) -> Iterator[Engine]:
    """A database with empty tables, shared by all tests: leave it as it was."""
    with database.disposing(database.open_engine(new_database())) as engine:
        database.migrate(engine)
        yield engine


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A transaction over empty tables that is rolled back."""
    with engine.connect() as connection:
        yield connection
        connection.rollback()


@dataclass(frozen=True)
class Shop:
    """Writes products and images as an indexing run does."""

    connection: Connection

    def run(self, name: str = "/srv/shop/feed.csv", root: str = "/srv/shop") -> FeedRun:
        """Begin a run of a feed."""
        return feed_store.begin_run(self.connection, name, Path(root), "csv")

    def write(self, run: FeedRun, *products: Product, first_row: int = 2) -> BatchOutcome:
        """List products in one batch, one a row."""
        return self.writer(run).write(listed(products, first_row))

    def writer(self, run: FeedRun, *, may_repeat: bool = False) -> ProductWriter:
        return ProductWriter(self.connection, run, may_repeat=may_repeat)

    def encoder(self, fingerprint: str = "f" * 32) -> int:
        return image_store.encoder_id(self.connection, fingerprint, "vit", 64)

    def source_ids(self, run: FeedRun | None = None) -> dict[str, int]:
        """The ids of the first thousand sources that products show, by location."""
        sources = image_store.sources(self.connection, run, self.encoder())
        return {source.location: source.source_id for source in sources}

    def reject(self, location: str, reason: str = "truncated") -> None:
        """Let a source that was read be of no use."""
        rejected = RejectedSource(self.source_ids()[location], reason, size=12, mtime_ns=34)
        image_store.record_rejected(self.connection, [rejected])

    def find_all(self, content_of: Callable[[str], str] = lambda location: location) -> None:
        """Let the encoder read every source; its content is what the function says."""
        image_store.record_found(
            self.connection,
            self.encoder(),
            [found(i, content_of(at)) for at, i in self.source_ids().items()],
        )


def listed(products: Sequence[Product], first_row: int = 2) -> list[Listed]:
    return [Listed(row, product) for row, product in enumerate(products, first_row)]


def sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def found(source_id: int, content: str) -> FoundImage:
    return FoundImage(source_id, sha256(content), size=len(content), width=40, height=30)


@pytest.fixture
def shop(connection: Connection) -> Shop:
    return Shop(connection)


@pytest.fixture(name="listed")
def _listed() -> Callable[..., list[Listed]]:
    return listed


@pytest.fixture(name="found")
def _found() -> Callable[[int, str], FoundImage]:
    return found


@pytest.fixture(name="sha256")
def _sha256() -> Callable[[str], str]:
    return sha256
