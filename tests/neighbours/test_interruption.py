from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.neighbours.shop import draw, gallery, require_true
from vsearch.neighbours import run
from vsearch.neighbours.neighbours import Neighbours
from vsearch.neighbours.options import NeighbourOptions
from vsearch.neighbours.part_file import part_paths
from vsearch.neighbours.run import find_neighbours
from vsearch.progress import Advance, Silence

OPTIONS = NeighbourOptions(k=6)
PRODUCTS = draw(200, seed=20)

#: Kills itself, as by kill -9, after two parts.
PROGRAM = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from tests.neighbours.shop import draw, gallery
from vsearch.neighbours import run
from vsearch.neighbours.options import NeighbourOptions

class Killer:
    @contextmanager
    def stage(self, name, total, unit):
        done = []
        def advance(count):
            done.append(count)
            if name == "neighbours" and len(done) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
        yield advance

run.PART = 64
options = NeighbourOptions(k=6)
run.find_neighbours(Path(sys.argv[1]), gallery(draw(200, seed=20), options), options, Killer())
"""


class Interruption:
    """Ctrl-C after some parts."""

    def __init__(self, after: int) -> None:
        self._left = after

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Advance]:
        def advance(_done: int) -> None:
            if name == "neighbours":
                self._left -= 1
                if not self._left:
                    raise KeyboardInterrupt

        yield advance


def test_a_run_that_was_killed_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PART", 64)
    root = Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", PROGRAM, tmp_path], cwd=root)
    assert killed.returncode == -signal.SIGKILL
    (folder,) = (path for path in (tmp_path / OPTIONS.key).iterdir() if path.is_dir())
    written = {path: path.stat().st_mtime_ns for path in part_paths(folder)}
    assert len(written) == 2
    found = find_neighbours(tmp_path, gallery(PRODUCTS, OPTIONS), OPTIONS, Silence())
    assert {path: path.stat().st_mtime_ns for path in written} == written
    require_true(Neighbours(found, OPTIONS), PRODUCTS, OPTIONS)


def test_an_update_that_was_interrupted_leaves_what_was_there_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PART", 64)
    before = find_neighbours(tmp_path, gallery(PRODUCTS, OPTIONS), OPTIONS, Silence())
    after = gallery(PRODUCTS[3:], OPTIONS)
    with pytest.raises(KeyboardInterrupt):
        find_neighbours(tmp_path, after, OPTIONS, Interruption(after=2))
    require_true(Neighbours(before, OPTIONS), PRODUCTS, OPTIONS)
    found = find_neighbours(tmp_path, after, OPTIONS, Silence())
    require_true(Neighbours(found, OPTIONS), PRODUCTS[3:], OPTIONS)
