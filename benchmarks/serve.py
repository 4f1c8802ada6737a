"""What the service makes of the encoder: many clients with photos of their own, over HTTP.

Starts `vsearch serve`, sends it photos from 1, 8 and 64 clients that each wait for their answer,
and embeds the same photos with `encoder.encode` right before and after. No photo is sent twice,
but in the last row.

    python benchmarks/serve.py [--photos FOLDER] [--collection FOLDER] [--workers N]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, cycle, islice
from pathlib import Path

import httpx
import numpy as np
from machine import print_heading

import vsearch
from vsearch import Collection, Settings
from vsearch.images.load import open_image

CATALOG = Path(__file__).parents[1] / "catalog"
CLIENTS = (1, 8, 64)

#: Photos of each client at most, so that the row of one client doesn't take all day.
_EACH = 48

#: Different photos in the row that sends them again and again.
_REPEATED = 16

_START_S = 60
_MAX_PIXELS = 80_000_000
_HOST = "127.0.0.1"
_numbers = count(int(time.time() * 1000))


def main() -> None:
    """Print a row for each number of clients, and one for photos that come again."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=CATALOG, help="a folder of pictures")
    parser.add_argument("--collection", type=Path, help="the sample catalogue by default")
    parser.add_argument("--workers", type=int, help="the service's processes")
    parser.add_argument("--requests", type=int, default=512, help="photos for each row")
    parser.add_argument("--rounds", type=int, default=1, help="how often all rows are measured")
    given = parser.parse_args()
    # As `vsearch` does for itself, before torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    photos = read_photos(given.photos)
    size_kb = sum(map(len, photos)) / len(photos) / 1000
    print_heading(f"{len(photos)} photos of {size_kb:.0f} kB on the average, each made distinct")
    with tempfile.TemporaryDirectory() as name:
        collection = given.collection or Path(name) / "collection"
        settings = Settings(device="cpu")
        if given.collection is None:
            Collection.index_into(collection, CATALOG, settings=settings)
        encoder = vsearch.load_encoder(None, weights=None, device="cpu", max_pixels=_MAX_PIXELS)
        with service(collection, given.workers) as port:
            measure(port, distinct(photos, 64), 8)
            print(f"{'clients':<18}{ROW_TITLES}", flush=True)
            for _ in range(given.rounds):
                rows(port, encoder, photos, given.requests)


ROW_TITLES = "  answers/s  encode/s before, after  share     p50     p95     p99 ms  errors"


def rows(port: int, encoder: vsearch.Encoder, photos: Sequence[bytes], requests: int) -> None:
    """Measure and print all rows once."""
    for clients in CLIENTS:
        sent = distinct(photos, min(requests, clients * _EACH))
        before = encode_rate(encoder, distinct(photos, len(sent)))
        load = measure(port, sent, clients)
        after = encode_rate(encoder, distinct(photos, len(sent)))
        share = load.rate / ((before + after) / 2)
        print(f"{clients:<18}{row(load, before, after, share)}", flush=True)
    again = [*islice(cycle(distinct(photos, _REPEATED)), 4 * requests)]
    print(f"{f'{CLIENTS[-1]}, photos again':<18}{row(measure(port, again, CLIENTS[-1]))}")


@dataclass(frozen=True)
class Load:
    """What many clients saw."""

    seconds: float
    latencies_ms: Sequence[float]
    errors: Counter[str]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return (len(self.latencies_ms) - self.errors.total()) / self.seconds


def row(load: Load, before: float = 0.0, after: float = 0.0, share: float = 0.0) -> str:
    """One line of the table; without a comparison those columns stay empty."""
    compared = f"{before:>9.1f}, {after:<12.1f}{share:>6.2f}" if share else " " * 29
    p50, p95, p99 = np.percentile(load.latencies_ms, [50, 95, 99])
    errors = ", ".join(f"{number} x {error}" for error, number in load.errors.items()) or "0"
    return f"{load.rate:11.1f}{compared} {p50:7.0f} {p95:7.0f} {p99:7.0f}     {errors}"


def read_photos(folder: Path) -> list[bytes]:
    """Its first 256 JPEGs; where it has none, its pictures as JPEGs."""
    files = [*islice(sorted(folder.rglob("*.jp*g")), 256)]
    if files:
        return [file.read_bytes() for file in files]
    found = []
    for file in islice(sorted(folder.rglob("*.png")), 256):
        with tempfile.SpooledTemporaryFile() as jpeg:
            open_image(file, max_pixels=_MAX_PIXELS).save(jpeg, "jpeg", quality=90)
            jpeg.seek(0)
            found.append(jpeg.read())
    return found


def distinct(photos: Sequence[bytes], number: int) -> list[bytes]:
    """So many photos that have never been seen: a comment makes them differ, not their pixels."""
    made = []
    for photo, serial in islice(zip(cycle(photos), _numbers), number):
        comment = str(serial).encode()
        marker = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big")
        made.append(photo[:2] + marker + comment + photo[2:])
    return made


def encode_rate(encoder: vsearch.Encoder, photos: Sequence[bytes]) -> float:
    """Photos a second, decoded and embedded in full batches."""
    encoder.encode(photos[:2])
    started = time.perf_counter()
    encoder.encode(photos)
    return len(photos) / (time.perf_counter() - started)


@contextmanager
def service(collection: Path, workers: int | None) -> Iterator[int]:
    """`vsearch serve` in processes of its own; gives its port."""
    with socket.socket() as free:
        free.bind((_HOST, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "vsearch", "serve", "--collection", collection]
    options = ["--host", _HOST, "--port", str(port), "--per-minute", "0", "--device", "cpu"]
    process = subprocess.Popen(
        [*command, *options, *(["--workers", str(workers)] if workers else [])],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + _START_S
        while not is_ready(port):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit("the service didn't start; run vsearch serve to see why")
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


def is_ready(port: int) -> bool:
    """Whether it answers queries."""
    try:
        return httpx.get(f"http://{_HOST}:{port}/readyz").is_success
    except httpx.TransportError:
        return False


def measure(port: int, photos: Sequence[bytes], clients: int) -> Load:
    """Let so many clients send photos, each its next one when it has its answer."""
    return asyncio.run(_measure(port, iter(photos), clients))


async def _measure(port: int, photos: Iterator[bytes], clients: int) -> Load:
    latencies: list[float] = []
    errors: Counter[str] = Counter()
    started = time.perf_counter()
    await asyncio.gather(*(_client(port, photos, latencies, errors) for _ in range(clients)))
    return Load(time.perf_counter() - started, latencies, errors)


async def _client(
    port: int, photos: Iterator[bytes], latencies: list[float], errors: Counter[str]
) -> None:
    # Plain sockets: the client has the same cores, and an HTTP library's share would count.
    reader, writer = await asyncio.open_connection(_HOST, port)
    for photo in photos:
        head = (
            f"POST /v1/query HTTP/1.1\r\nHost: {_HOST}\r\nContent-Type: image/jpeg\r\n"
            f"Content-Length: {len(photo)}\r\n\r\n"
        )
        started = time.perf_counter()
        writer.write(head.encode() + photo)
        answer = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(answer))
        latencies.append((time.perf_counter() - started) * 1000)
        status = answer.split(b" ", 2)[1].decode()
        if status != "200":
            errors[status] += 1
    writer.close()
    await writer.wait_closed()


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))


if __name__ == "__main__":
    main()
