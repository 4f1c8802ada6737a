"""``vsearch serve`` as it is started: what it refuses, how it begins and ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

PHOTO = Path(__file__).parents[2] / "catalog" / "queries" / "electric-guitar-1f3b8.png"
_START_S = 60

Run = Any


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "vsearch", "serve", "-c", str(folder), "-p", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        told = process.stderr.readline()
        address = re.search(r"http://\S+", told)
        assert address is not None, told + process.stderr.read()
        with httpx.Client(base_url=address[0], timeout=30) as client:
            end = time.monotonic() + _START_S
            while True:
                try:
                    if client.get("/readyz").is_success:
                        break
                except httpx.TransportError:
                    assert process.poll() is None, process.stderr.read()
                assert time.monotonic() < end
                time.sleep(0.05)
            yield client, process
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def test_without_a_collection_it_does_not_start(vsearch: Run, tmp_path: Path) -> None:
    assert "no collection here" in vsearch("serve", "-c", tmp_path / "none").error


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_public_address_needs_keys_or_a_word(
    vsearch: Run, sample_collection: Path, host: str
) -> None:
    error = vsearch("serve", "-c", sample_collection, "--host", host, "-p", "0").error
    assert "vsearch keys create" in error
    assert "--anonymous read" in error


def test_an_address_that_is_taken_is_told(vsearch: Run, sample_collection: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = vsearch("serve", "-c", sample_collection, "-p", port)
    assert "can't listen there" in done.error


def test_wrong_words_are_wrong_usage(vsearch: Run) -> None:
    assert vsearch("serve", "--anonymous", "some").code == 2
    assert vsearch("serve", "-p", "70000").code == 2
    assert vsearch("serve", "--max-upload-mib", "0").code == 2


def test_what_no_process_could_start_with_is_told_once(
    vsearch: Run, sample_collection: Path
) -> None:
    serve = ("serve", "-c", sample_collection, "-p", "0", "--workers", "2")
    assert '"shop.example" is no origin' in vsearch(*serve, "--cors", "shop.example").error
    assert 'device "cuda:77"' in vsearch(*serve, "--device", "cuda:77").error


def test_processes_share_what_is_put_and_end_when_told(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with started(folder, "--create", "--workers", "2", "--log-json") as (http, process):
        put = http.put(
            "/v1/products/A",
            files=[("image", ("a.png", PHOTO.read_bytes(), "image/png"))],
        )
        assert put.status_code == 201, put.text
        for _ in range(8):
            # A connection each, so that both processes come to answer.
            answer = httpx.post(
                f"{http.base_url}/v1/query",
                content=PHOTO.read_bytes(),
                headers={"Content-Type": "image/png"},
            )
            assert [hit["sku"] for hit in answer.json()["hits"]] == ["A"]
        asked = 'vsearch_requests_total{method="POST",route="/v1/query",status="200"} 8.0'
        end = time.monotonic() + _START_S
        while asked not in http.get("/metrics").text:
            assert time.monotonic() < end
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        log = process.stderr.read()
        assert process.wait(_START_S) == 0
    assert '"message": "POST /v1/query 200"' in log
    assert "Traceback" not in log
