"""What only a process of its own shows: signals, pipes, terminals, completion."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from vsearch import __version__

SCRIPT = Path(sysconfig.get_path("scripts")) / "vsearch"


@pytest.mark.parametrize("command", [[SCRIPT], [sys.executable, "-m", "vsearch"]])
def test_the_script_and_the_module_are_one_command(run_command, command: list[object]) -> None:
    outcome = run_command([*command, "--version"])
    assert (outcome.code, outcome.out, outcome.err) == (0, f"vsearch {__version__}\n", "")


def test_a_failure_has_no_traceback(run_command, tmp_path: Path) -> None:
    outcome = run_command([SCRIPT, "status", "-c", tmp_path / "none"])
    assert outcome.error.startswith(f"{tmp_path / 'none'}: no collection here")
    assert len(outcome.err.splitlines()) == 1


@contextmanager
def _slow_server() -> Iterator[tuple[str, threading.Event]]:
    """A server that answers nothing until the block ends, and tells of the first request."""
    asked, go_on = threading.Event(), threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.set()
            go_on.wait(60)
            self.send_error(503)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            go_on.set()
            server.shutdown()
            thread.join()


def test_ctrl_c_ends_with_130_and_keeps_what_was_done(
    start, vsearch, small_feed: Path, tmp_path: Path, encoder_options
) -> None:
    folder = tmp_path / "c"
    plain = small_feed.read_text(encoding="utf-8")
    with _slow_server() as (address, asked):
        small_feed.write_text(f'{plain}{{"sku": "SLOW", "image": "{address}/a.jpg"}}\n')
        process = start(
            *("index", small_feed, "-c", folder, *encoder_options, "--batch-size", "1"),
            env={"VSEARCH_DOWNLOAD_TIMEOUT_S": "3", "VSEARCH_DOWNLOAD_ATTEMPTS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err.decode()
    assert out == b""
    assert re.fullmatch(r"error: interrupted; what was done is kept, and [^\n]*\n", err.decode())
    # The same command goes on: the products are there, and no picture is encoded twice.
    small_feed.write_text(plain, encoding="utf-8")
    (summary,) = vsearch("index", small_feed, "-c", folder, "--json").objects
    assert summary["products"]["added"] == 0
    assert summary["products"]["unchanged"] == 3
    assert summary["index_size"] == 3


def test_a_reader_that_goes_away_is_no_failure_to_talk_about(start, collection: Path) -> None:
    """``vsearch export - | head -1``"""
    process = start("export", "-", "-c", collection, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline().startswith(b'{"sku": "STA-BOO-001"')
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 1


@pytest.mark.parametrize("arguments", [["--version"], ["status", "--json"]])
def test_a_reader_that_was_never_there(start, collection: Path, arguments: list[str]) -> None:
    """What fits into the buffer meets the closed pipe only at the end."""
    reading, writing = os.pipe()
    os.close(reading)
    process = start(
        *arguments, env={"VSEARCH_COLLECTION": str(collection)}, stdout=writing,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(writing)
    assert process.stderr.read() == b""
    assert process.wait(60) == 1


def _until_closed(terminal: int) -> str:
    seen = b""
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # Linux's way to say that the other side is closed.
            part = b""
        if not part:
            return seen.decode()
        seen += part


def test_a_terminal_gets_progress_bars_by_stage(
    start, small_feed: Path, tmp_path: Path, encoder_options
) -> None:
    ours, theirs = pty.openpty()
    try:
        process = start(
            *("index", small_feed, "-c", tmp_path / "c", *encoder_options),
            env={"TERM": "xterm"},
            stdout=subprocess.PIPE,
            stderr=theirs,
        )
        os.close(theirs)
        drawn = _until_closed(ours)
    finally:
        os.close(ours)
    assert process.wait(60) == 0
    assert "\x1b[" in drawn
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
    for stage in ("feed", "images", "index"):
        assert re.search(rf"{stage} +━+", plain), stage
    assert "3/3" in plain
    # The summary is the result: it goes to stdout, without a bar in it.
    out = process.stdout.read().decode()
    assert "3 added" in out
    assert "━" not in out


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("vsearch que", {"query"}),
        ("vsearch e", {"export", "encoders", "evaluate", "events"}),
        ("vsearch query --w", {"--weights", "--where", "--words"}),
    ],
)
def test_a_shell_completes(run_command, words: str, offered: set[str]) -> None:
    asked = {
        "_VSEARCH_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    outcome = run_command([SCRIPT], env=asked)
    assert set(outcome.out.split()) == offered, outcome.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shells_completion_can_be_shown(run_command, shell: str) -> None:
    outcome = run_command([SCRIPT], env={"_VSEARCH_COMPLETE": f"source_{shell}"})
    assert f"_VSEARCH_COMPLETE=complete_{shell}" in outcome.out, outcome.err
