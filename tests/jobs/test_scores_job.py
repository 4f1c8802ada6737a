"""Products that are put one by one come to have scores with a meaning, too."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from vsearch.catalog.product import Product
from vsearch.collection import Collection
from vsearch.indexing.changes import ProductChange
from vsearch.jobs.job import SCORES, JobState
from vsearch.jobs.runner import JobRunner

PICTURES = sorted((Path(__file__).parents[2] / "catalog" / "images").iterdir())
ENOUGH = 24


def put(office: Any, count: int) -> None:
    with Collection.open(office.folder, settings=office.settings) as collection:
        collection.put(
            [
                ProductChange(Product(sku=f"P-{number}"), (picture.read_bytes(),))
                for number, picture in enumerate(PICTURES[:count])
            ]
        )


def has_confidence(office: Any) -> bool:
    with Collection.open(office.folder, settings=office.settings) as collection:
        return collection.query(image=PICTURES[0])[0].confidence is not None


def wait_for_jobs(office: Any, count: int) -> None:
    end = time.monotonic() + 60
    while len(office.jobs.newest()) < count:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_scores_are_fitted_once_it_is_quiet(office: Any) -> None:
    put(office, ENOUGH)
    assert not has_confidence(office)
    with JobRunner(office.folder, office.settings, poll_s=0.05, quiet_s=0.2):
        wait_for_jobs(office, 1)
        (job,) = office.jobs.newest()
        job = office.ended(job)
    assert (job.kind, job.state, job.problem) == (SCORES, JobState.DONE, "")
    assert job.summary is not None
    assert job.summary["photos"] > 0
    assert has_confidence(office)


def test_a_few_products_are_left_alone(office: Any) -> None:
    put(office, 3)
    with JobRunner(office.folder, office.settings, poll_s=0.05, quiet_s=0.1):
        time.sleep(1)
    assert office.jobs.newest() == []
