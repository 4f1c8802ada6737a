"""What waits for another writer keeps nobody waiting who reads, and ends in an answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from vsearch import errors
from vsearch.api.problems import problem_of
from vsearch.layout import Layout

SEEN = {"events": [{"kind": "view", "sku": "GRO-APL-001"}]}

# More than there are threads for changes.
MANY = 12


@contextmanager
def another_writer(folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(Layout(folder).database, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            database.execute("ROLLBACK")


def test_changes_that_wait_keep_nobody_waiting_who_reads(service: Any, http: httpx.Client) -> None:
    with ThreadPoolExecutor(MANY) as callers:
        with another_writer(service.folder):
            told = [callers.submit(http.post, "/v1/events", json=SEEN) for _ in range(MANY)]
            ready = http.get("/readyz", timeout=10)
            page = http.get("/v1/products", timeout=10)
            assert not any(one.done() for one in told)
        assert (ready.status_code, page.status_code) == (200, 200)
        assert {one.result().status_code for one in told} == {202}


@pytest.mark.parametrize(
    "error",
    [
        errors.CollectionLocked("another process"),
        errors.CollectionError("the server can't be reached"),
        errors.CollectionDamaged("a file is missing"),
        errors.WeightsError("no such file"),
        errors.Overloaded("full", retry_after_s=0.2),
    ],
)
def test_who_is_told_to_come_back_is_told_when(error: errors.VsearchError) -> None:
    problem = problem_of(error)
    assert problem.status == 503
    assert int(problem.headers["Retry-After"]) >= 1
