"""A feed handed over: read in a process of its own, with its progress, its end, its faults."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from vsearch.catalog.revision import catalogue_revision
from vsearch.errors import FeedError, JobNotFound
from vsearch.indexing.lock import writing
from vsearch.jobs.job import MAX_REJECTIONS, JobState
from vsearch.jobs.job_process import environment_of
from vsearch.settings import Settings, UrlPolicy

FEED = "sku,title,price,images\nA,Anvil,9.90 EUR,gone.jpg\nB,Bell,abc,\nC,Cup,1.50 EUR,\n"


def folders(office):
    return [path for path in office.layout.jobs.glob("*") if path.is_dir()]


def test_a_feed_is_read_and_what_came_of_it_is_told(office):
    with office.jobs._engine.connect() as connection:
        before = catalogue_revision(connection)
    job = office.submit(FEED, name="../../My Shop.CSV")
    assert (job.state, job.progress, job.summary) == (JobState.QUEUED, None, None)
    assert [path.name for path in folders(office)[0].iterdir()] == ["feed.csv"]
    with office.jobs._engine.connect() as connection:
        assert catalogue_revision(connection) == before
    with office.runner():
        done = office.ended(job)
    assert (done.state, done.problem) == (JobState.DONE, "")
    assert done.summary["feed"] == "../../My Shop.CSV"
    assert done.summary["products"]["added"] == 2
    assert done.summary["images"]["rejected"] == 1
    assert done.created_at <= done.started_at <= done.ended_at
    assert {(one.place, one.field) for one in done.rejections} == {
        ("row 3", "price"),
        ("gone.jpg", "images"),
    }
    assert '"abc" is not a price' in done.rejections[0].problem
    assert folders(office) == []
    assert office.skus() == ["A", "C"]
    assert [one.id for one in office.jobs.newest()] == [job.id]


def test_the_same_feed_again_is_the_same_feed(office):
    with office.runner():
        office.ended(office.submit(FEED))
        done = office.ended(office.submit("sku,title\nC,Cup\n", prune=True))
    assert done.summary["products"]["removed"] == 1
    assert office.skus() == ["C"]


def test_what_cant_be_read_fails_without_telling_where_it_lies(office):
    with office.runner():
        job = office.ended(office.submit("title\nno key\n", name="shop.csv"))
    assert job.state is JobState.FAILED
    assert job.problem.startswith("shop.csv: ")
    assert str(office.folder) not in job.problem
    assert folders(office) == []


def test_what_is_no_fault_of_the_feed_fails_without_telling_of_this_machine(office):
    # A file stands where the index is to be written.
    office.layout.folder.joinpath("index").touch()
    with office.runner():
        job = office.ended(office.submit(FEED))
    assert job.state is JobState.FAILED
    assert job.problem == "StorageError; the service's log says more"


def test_a_runner_begins_when_its_folder_can_be_made(office):
    office.layout.jobs.touch()
    with office.runner():
        time.sleep(0.2)
        office.layout.jobs.unlink()
        job = office.ended(office.submit(FEED))
    assert job.state is JobState.DONE


def test_of_many_faults_the_first_thousand_are_kept(office):
    rows = "".join(f"S{number},abc\n" for number in range(MAX_REJECTIONS + 200))
    with office.runner():
        job = office.ended(office.submit("sku,price\n" + rows))
    assert job.summary["products"]["rejected"] == MAX_REJECTIONS + 200
    assert len(job.rejections) == MAX_REJECTIONS
    assert [one.place for one in job.rejections[:2]] == ["row 2", "row 3"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"feed_name": "api"}, 'name: "api" is that of'),
        ({"format": "xls"}, 'format: "xls" is none'),
    ],
)
def test_what_cant_be_right_is_no_job(office, options, told):
    with pytest.raises(FeedError, match=told):
        office.submit(FEED, **options)
    assert (office.jobs.newest(), folders(office)) == ([], [])


def test_a_job_that_is_unknown(office):
    for ask in (office.jobs.find, office.jobs.cancel):
        with pytest.raises(JobNotFound, match="nobody: no job has this id"):
            ask("nobody")


def test_one_that_waits_is_cancelled_at_once(office):
    job = office.submit(FEED)
    assert office.jobs.cancel(job.id).state is JobState.CANCELLED
    assert folders(office) == []
    with office.runner():
        time.sleep(0.2)
    assert office.skus() == []
    assert office.jobs.cancel(job.id).state is JobState.CANCELLED


def test_one_that_runs_is_cancelled_and_the_next_is_done(office):
    with office.runner():
        with writing(office.layout):
            job, other = office.submit(FEED), office.submit("sku\nZ\n")
            assert office.waits_for_the_writer(job).progress.stage == "waiting"
            cancelled = office.jobs.cancel(job.id)
            assert cancelled.state is JobState.CANCELLED
            office.waits_for_the_writer(other)
        assert office.ended(other).state is JobState.DONE
    assert office.skus() == ["Z"]
    assert office.jobs.find(job.id).state is JobState.CANCELLED
    assert folders(office) == []


def test_a_runner_that_stops_leaves_its_job_to_the_next(office):
    with writing(office.layout), office.runner():
        job = office.submit(FEED)
        office.waits_for_the_writer(job)
    assert office.jobs.find(job.id).state is JobState.QUEUED
    # Two at once: one of them works.
    with office.runner(), office.runner():
        assert office.ended(job).summary["products"]["added"] == 2


def test_a_service_that_is_killed_leaves_its_job_to_the_next(office):
    program = (
        "import sys, time; from pathlib import Path; from vsearch.jobs.runner import JobRunner\n"
        "from vsearch.settings import Settings\n"
        "JobRunner(Path(sys.argv[1]), Settings.from_environment(), poll_s=0.05).start()\n"
        "time.sleep(600)\n"
    )
    job = office.submit(FEED)
    with (
        writing(office.layout),
        subprocess.Popen(
            [sys.executable, "-c", program, office.folder],
            env=os.environ | environment_of(office.settings),
        ) as service,
    ):
        office.waits_for_the_writer(job)
        service.send_signal(signal.SIGKILL)
        service.wait()
        with office.runner():
            office.wait(job, lambda now: now.state is JobState.QUEUED or now.progress is not None)
    with office.runner():
        done = office.ended(job)
    assert done.summary["products"]["added"] == 2
    assert office.skus() == ["A", "C"]


def test_what_a_runner_that_died_left_on_the_disk_is_removed(office):
    kept, ended = office.submit(FEED), office.submit(FEED)
    folder = office.layout.jobs / ended.id
    office.jobs.cancel(ended.id)
    folder.mkdir()
    coming = office.layout.jobs / "ab" / "feed.csv"
    coming.parent.mkdir()
    coming.touch()
    with office.runner():
        office.ended(kept)
    assert folders(office) == [coming.parent]


def test_a_process_that_dies_is_told_of(office, monkeypatch):
    monkeypatch.setattr("vsearch.jobs.job_process.environment_of", lambda _settings: BROKEN)
    with office.runner():
        job = office.ended(office.submit(FEED))
    assert job.state is JobState.FAILED
    assert "its process ended unexpectedly (status 1)" in job.problem


BROKEN = {"VSEARCH_MAX_MEGAPIXELS": "many"}


def test_settings_pass_through_the_environment():
    settings = Settings(
        database_url="postgresql+psycopg://ann:s@host/shop",
        encoder="vit",
        weights="random:1",
        device="cpu",
        max_megapixels=12.5,
        urls=UrlPolicy.PUBLIC,
        max_download_mib=3,
        download_timeout_s=1.5,
        download_attempts=7,
        download_workers=2,
    )
    for one in (settings, Settings(), replace(settings, urls=UrlPolicy.NONE, encoder=None)):
        assert Settings.from_environment(environment_of(one)) == one
