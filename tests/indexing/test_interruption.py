"""Ctrl-C keeps what is done; a second writer is told who the first is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vsearch.indexing.lock import writing
from vsearch.layout import Layout

HOLDING = Path(__file__).parent / "programs" / "holding.py"
PICTURES = 60
STORED = 24
END_S = 60


@pytest.fixture
def long_feed(feed):
    for number in range(PICTURES):
        feed.put(f"{number}.jpg", 1_000 + number)
        feed.list(f"S{number}", f"{number}.jpg")
    return feed


@pytest.fixture
def running(target, long_feed, settings):
    """A process that indexes, and has stored 24 embeddings in 3 batches."""
    arguments = (
        *("--collection", target.folder, "--encoder", settings.encoder),
        *("--weights", settings.weights, "--device", "cpu", "--batch-size", "8"),
    )
    with subprocess.Popen(
        [sys.executable, HOLDING, "index", long_feed.write(), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said = process.stdout.readline()
        if said != "holding\n":
            process.kill()
            pytest.fail(said + process.stderr.read())
        yield process
        process.kill()


def test_interrupted_it_keeps_what_is_done_and_goes_on_from_there(
    target, long_feed, running, tmp_path, settings
):
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=END_S)
    assert running.returncode == 130, told
    assert "interrupted; what was done is kept, and the same command goes on from there" in told
    assert "Traceback" not in told
    assert not Layout(target.folder).writer.exists()

    assert target.index(long_feed).images() == {
        "unchanged": STORED,
        "encoded": PICTURES + 4 - STORED,
    }
    whole = type(target)(tmp_path / "whole", settings)
    whole.index(long_feed)
    assert target.contents() == whole.contents()


def test_the_second_of_two_processes_is_told_who_writes(target, long_feed, running):
    program = "from vsearch.cli import main; main()"
    second = subprocess.run(
        [sys.executable, "-c", program, "index", long_feed.file, "--collection", target.folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.startswith(f"error: {target.folder}: process {running.pid} on ")
    assert "wait for it to end, or stop it" in second.stderr
    # Reading goes on: there is a collection, with nothing in its index yet.
    with target.open() as collection:
        assert collection.status().products == PICTURES + 3
        assert collection.query(image=long_feed.folder / "0.jpg") == []
    # Killed, it locks nobody out.
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert Layout(target.folder).writer.exists()
    with writing(Layout(target.folder)):
        pass
