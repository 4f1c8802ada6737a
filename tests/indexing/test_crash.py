"""Killed at any moment, a run goes on where it was: nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLED = Path(__file__).parent / "programs" / "killed.py"
PICTURES = 200


def run_killed(target, settings, seed, *arguments):
    """Index until a run comes through; return how the attempts ended."""
    run = subprocess.run(
        [
            *(sys.executable, KILLED, str(seed), target.folder, "index", *arguments),
            *("--collection", target.folder, "--encoder", settings.encoder),
            *("--weights", settings.weights, "--device", "cpu", "--batch-size", "8", "--quiet"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    attempts = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"ended')]
    assert attempts[-1]["ended"] == 0, run.stderr
    assert {attempt["ended"] for attempt in attempts[:-1]} == {-9}, run.stderr
    return attempts


@pytest.fixture
def large_feed(feed):
    for number in range(PICTURES):
        feed.put(f"{number % 9}/{number}.jpg", 1_000 + number)
        feed.list(f"S{number}", f"{number % 9}/{number}.jpg", price=f"{number}.50")
    return feed


def test_killed_many_times_while_indexing(target, large_feed, settings, tmp_path):
    arguments = (large_feed.write(), "--feed-name", "shop")
    attempts = run_killed(target, settings, 2, *arguments)
    assert len(attempts) > 3
    # Some were killed before the first embedding, some between the first and the last.
    counts = [attempt["stored"] for attempt in attempts]
    assert counts == sorted(counts)
    assert any(0 < count < PICTURES for count in counts)

    whole = type(target)(tmp_path / "whole", settings)
    whole.index(large_feed, feed_name="shop")
    assert target.contents() == whole.contents()

    # The same in a collection that is there already: changes, removals, another index.
    for number in range(0, PICTURES, 4):
        large_feed.put(f"{number % 9}/{number}.jpg", 5_000 + number)
    large_feed.drop(*[f"S{number}" for number in range(1, PICTURES, 4)])
    for number in range(20):
        large_feed.put(f"new/{number}.jpg", 9_000 + number)
        large_feed.list(f"N{number}", f"new/{number}.jpg", f"{number % 9}/{number}.jpg")
    options = ("--prune", "--index", "hnsw")
    attempts = run_killed(target, settings, 3, large_feed.write(), *arguments[1:], *options)
    assert len(attempts) > 2
    whole.index(large_feed, feed_name="shop", prune=True, index_kind="hnsw")
    assert target.contents() == whole.contents()
    left = [path.name for path in target.folder.rglob("*") if "partial" in path.name]
    assert left == []
