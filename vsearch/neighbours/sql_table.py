"""Neighbours as a table of a SQL database, in which only what has changed is written."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    delete,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from vsearch.catalog.database import disposing, storage_errors
from vsearch.errors import QueryError
from vsearch.neighbours.neighbours import Neighbours
from vsearch.progress import Progress

DEFAULT_TABLE = "neighbours"

#: Stands in the URL, as in ``postgresql+psycopg://host/shop?table=neighbours``.
_TABLE = "table"

#: Beside a table: for each product what stands in it, so that nothing of it need be read.
_DIGESTS = "_written"

#: Products whose neighbours are written together.
_AT_ONCE = 1_000

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,50}")


@dataclass(frozen=True, slots=True)
class SqlTarget:
    """A table of a database."""

    url: str
    table: str


@dataclass(frozen=True, slots=True)
class Written:
    """What was done to a table."""

    changed: int
    """Of how many products the neighbours were written."""
    removed: int
    """Of how many they were removed: products that are gone."""
    products: int


def is_sql(target: str) -> bool:
    """Whether a target is a database's URL and not a file."""
    return "://" in target


def sql_target(url: str) -> SqlTarget:
    """Take the name of the table out of a database's URL.

    Raises:
        QueryError: it isn't a URL, or the name is no plain name.
    """
    try:
        parsed: URL = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise QueryError(
            f'"{url}": {error}; write it like postgresql+psycopg://user@host/database?table=NAME'
        ) from error
    name = parsed.query.get(_TABLE, DEFAULT_TABLE)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise QueryError(f'table "{name}": give one name of letters, digits and _, up to 51')
    plain = parsed.difference_update_query([_TABLE])
    return SqlTarget(plain.render_as_string(hide_password=False), name)


def write_table(target: SqlTarget, neighbours: Neighbours, progress: Progress) -> Written:
    """Make a table hold the neighbours: columns sku, rank, neighbour_sku, score.

    It is made if it isn't there. All is written in one transaction: readers see the former
    neighbours or these.

    Raises:
        StorageError: the database can't be reached or written.
        QueryError: the database's driver isn't there, or a table of this name with other columns
            is.
    """
    with (
        disposing(_engine(target)) as engine,
        storage_errors(engine),
        engine.begin() as connection,
    ):
        table, digests = _tables(connection, target.table)
        return _write(connection, table, digests, neighbours, progress)


def _engine(target: SqlTarget) -> Engine:
    try:
        return create_engine(target.url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise QueryError(
            f"{make_url(target.url).render_as_string(hide_password=True)}: {error}; for PostgreSQL:"
            ' pip install ".[postgres]" and write the URL as postgresql+psycopg://…'
        ) from error


def _write(
    connection: Connection,
    table: Table,
    digests: Table,
    neighbours: Neighbours,
    progress: Progress,
) -> Written:
    known: dict[str, str] = dict(connection.execute(select(digests.c.sku, digests.c.digest)).all())
    count = changed = 0
    rows: list[dict[str, object]] = []
    noted: list[dict[str, object]] = []

    def flush() -> None:
        nonlocal changed
        _remove(connection, table, digests, [str(one["sku"]) for one in noted])
        if rows:
            connection.execute(insert(table), rows)
        if noted:
            connection.execute(insert(digests), noted)
        changed += len(noted)
        rows.clear()
        noted.clear()

    with progress.stage("table", len(neighbours), "products") as advance:
        for sku, names, scores in neighbours.lists():
            digest = _digest(names, scores)
            if known.pop(sku, None) != digest:
                noted.append({"sku": sku, "digest": digest})
                rows += [
                    {"sku": sku, "rank": rank, "neighbour_sku": name, "score": score}
                    for rank, (name, score) in enumerate(zip(names, scores, strict=True), start=1)
                ]
            if len(noted) == _AT_ONCE:
                flush()
            count += 1
            if count % _AT_ONCE == 0:
                advance(_AT_ONCE)
        flush()
        gone = [*known]
        for start in range(0, len(gone), _AT_ONCE):
            _remove(connection, table, digests, gone[start : start + _AT_ONCE])
        advance(count % _AT_ONCE)
    return Written(changed, len(gone), count)


def _remove(connection: Connection, table: Table, digests: Table, skus: list[str]) -> None:
    if skus:
        for one in (table, digests):
            wanted = delete(one).where(one.c.sku.in_(bindparam("skus", expanding=True)))
            connection.execute(wanted, {"skus": skus})


def _tables(connection: Connection, name: str) -> tuple[Table, Table]:
    metadata = MetaData()
    table = Table(
        name,
        metadata,
        Column("sku", String(255), primary_key=True),
        Column("rank", Integer, primary_key=True, autoincrement=False, comment="1 is the nearest"),
        Column("neighbour_sku", String(255), nullable=False),
        Column("score", Float(24), nullable=False, comment="cosine similarity, -1 to 1"),
    )
    digests = Table(
        name + _DIGESTS,
        metadata,
        Column("sku", String(255), primary_key=True),
        Column("digest", String(32), nullable=False),
        comment=f"what stands in {name}, so that only changes are written",
    )
    found = inspect(connection)
    for one in (table, digests):
        if found.has_table(one.name):
            columns = {column["name"] for column in found.get_columns(one.name)}
            if columns != set(one.c.keys()):
                raise QueryError(
                    f'table "{one.name}" is there with the columns {", ".join(sorted(columns))};'
                    f" give another name: ?{_TABLE}=NAME"
                )
    if found.has_table(name) != found.has_table(digests.name):
        raise QueryError(
            f'of the tables "{name}" and "{digests.name}" only one is there; drop it, or give'
            f" another name: ?{_TABLE}=NAME"
        )
    metadata.create_all(connection)
    return table, digests


def _digest(names: list[str], scores: list[float]) -> str:
    said = "\0".join(f"{name}\0{score!r}" for name, score in zip(names, scores, strict=True))
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
