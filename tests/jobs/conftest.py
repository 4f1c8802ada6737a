"""Jobs of real collections, done by real processes."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vsearch.collection import Collection
from vsearch.indexing.options import IndexOptions
from vsearch.jobs.job import Job
from vsearch.jobs.jobs import Jobs
from vsearch.jobs.runner import JobRunner
from vsearch.layout import Layout
from vsearch.settings import Settings

#: How long anything may take on a busy machine, in seconds.
PATIENCE_S = 60.0


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(
        encoder="test_vit.r160_in1k", weights="random:0", device="cpu", download_attempts=1
    )


@pytest.fixture(scope="session")
def _empty(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Path:
    folder = tmp_path_factory.mktemp("jobs") / "empty"
    Collection.create(folder, settings=settings).close()
    return folder


@dataclass
class Office:
    """An empty collection and its jobs."""

    folder: Path
    settings: Settings
    jobs: Jobs

    @property
    def layout(self) -> Layout:
        return Layout(self.folder)

    def submit(self, text: str, name: str = "shop.csv", **options: object) -> Job:
        options_given = IndexOptions(**options)  # type: ignore[arg-type]
        feed = io.BytesIO(text.encode())
        return self.jobs.submit_feed(feed, file_name=name, options=options_given)

    def runner(self) -> JobRunner:
        return JobRunner(self.folder, self.settings, poll_s=0.05)

    def wait(self, job: Job, until: Callable[[Job], bool]) -> Job:
        deadline = time.monotonic() + PATIENCE_S
        while not until(now := self.jobs.find(job.id)):
            assert time.monotonic() < deadline, now
            time.sleep(0.02)
        return now

    def ended(self, job: Job) -> Job:
        return self.wait(job, lambda now: now.state.has_ended)

    def waits_for_the_writer(self, job: Job) -> Job:
        return self.wait(job, lambda now: now.progress is not None)

    def skus(self) -> list[str]:
        with Collection.open(self.folder, settings=self.settings) as collection:
            return [one.product.sku for one in collection.products().products]


@pytest.fixture
def office(tmp_path: Path, _empty: Path, settings: Settings) -> Iterator[Office]:
    folder = shutil.copytree(_empty, tmp_path / "collection")
    jobs = Jobs(folder, settings)
    yield Office(folder, settings, jobs)
    jobs.close()
