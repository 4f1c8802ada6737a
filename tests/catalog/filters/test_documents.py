"""What docs/filters.md says of the sample catalogue is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from vsearch.catalog import database, feed_store, schema
from vsearch.catalog.facets import facet_counts
from vsearch.catalog.feeds import open_feed
from vsearch.catalog.feeds.interface import Listed
from vsearch.catalog.filters import parse_filter
from vsearch.catalog.product_writer import ProductWriter
from vsearch.errors import FilterError

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/filters.md").read_text(encoding="utf-8")

COUNTS = re.findall(r"^\| `(.+)` \| (\d+) \|$", TEXT, re.MULTILINE)
CONDITIONS = re.findall(r"^\| `([^`]+)` \| (?!\d+ \|)\S.* \| .*\|$", TEXT, re.MULTILINE)
FACETS = re.findall(r"^\| (\S+) \| (.+) \| (\d+) \| `(.+)` \|$", TEXT, re.MULTILINE)
FAULTS = re.findall(r"--where '(.+)'\nerror: (.+\n.+\n *\^+)\n", TEXT)


@pytest.fixture(scope="module")
def sample() -> Iterator[Connection]:
    with database.disposing(database.in_memory_engine()) as engine:
        database.migrate(engine)
        with engine.connect() as connection:
            feed = open_feed(ROOT / "catalog")
            run = feed_store.begin_run(connection, "sample", ROOT / "catalog", "csv")
            listed = [item for item in feed.read() if isinstance(item, Listed)]
            ProductWriter(connection, run, may_repeat=False).write(listed)
            yield connection


def count(connection: Connection, where: str) -> int:
    condition = parse_filter(where).condition(connection)
    asked = select(func.count()).select_from(schema.products).where(condition)
    return connection.scalar(asked) or 0


def test_they_are_all_found() -> None:
    assert (len(COUNTS), len(CONDITIONS), len(FACETS), len(FAULTS)) == (22, 10, 6, 3)


@pytest.mark.parametrize(("where", "products"), COUNTS)
def test_counts(sample: Connection, where: str, products: str) -> None:
    assert count(sample, where) == int(products)


@pytest.mark.parametrize("where", CONDITIONS)
def test_conditions(sample: Connection, where: str) -> None:
    count(sample, where)


@pytest.mark.parametrize(("field", "value", "products", "where"), FACETS)
def test_facets(sample: Connection, field: str, value: str, products: str, where: str) -> None:
    ids = list(sample.scalars(select(schema.products.c.id)))
    found = {one.value: one for one in facet_counts(sample, ids, [field], top=100)[field]}
    assert (found[value].count, found[value].where) == (int(products), where)
    assert count(sample, where) == int(products)


@pytest.mark.parametrize(("where", "told"), FAULTS)
def test_faults(sample: Connection, where: str, told: str) -> None:
    with pytest.raises(FilterError) as refused:
        count(sample, where)
    assert str(refused.value) == told
