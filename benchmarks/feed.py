"""How fast a large feed is taken in: metadata only, all products sharing a few pictures.

    python benchmarks/feed.py [--rows 100000] [--weights random:0]

Prints rows a second of the first run (everything new) and the second (nothing changed), and
the peak memory beside what the encoder alone takes.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from machine import print_heading
from PIL import Image

_ENCODER_ONLY = """
import resource, sys
from vsearch import load_encoder
encoder = load_encoder(weights=sys.argv[1])
import numpy as np
encoder.encode([np.zeros((64, 64, 3), np.uint8)] * encoder.batch_size)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
# Of a process itself: the peak of children is the largest of all that there have been.
_MEASURED = """
import atexit, resource, sys
from vsearch.cli import main
atexit.register(
    lambda: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
)
main()
"""
_COLUMNS = (
    *("sku", "title", "description", "brand", "category", "price", "availability"),
    *("url", "gtin", "colour", "image"),
)
_COLOURS = ("red", "blue", "green", "black", "white")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=81)
    parser.add_argument("--weights", default="random:0")
    given = parser.parse_args()
    print_heading(f"A feed of {given.rows:,} rows sharing {given.pictures} pictures")
    baseline = int(run([sys.executable, "-c", _ENCODER_ONLY, given.weights]).stdout)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pictures(folder / "images", given.pictures)
        write_feed(folder / "products.csv", given.rows, given.pictures)
        for title in ("first run", "second run"):
            summary, peak = index(folder, given.weights)
            feed_s = next(one["seconds"] for one in summary["stages"] if one["name"] == "feed")
            stages = "; ".join(f"{one['name']} {one['seconds']:.1f} s" for one in summary["stages"])
            print(
                f"{title:<11} {given.rows / feed_s:8,.0f} rows/s ({stages});"
                f" peak {peak / 1024:,.0f} MiB (the encoder alone {baseline / 1024:,.0f} MiB)",
                flush=True,
            )


def write_pictures(folder: Path, count: int) -> None:
    """Seeded noise, each picture different."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        pixels = random.integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.jpg")


def write_feed(path: Path, rows: int, pictures: int) -> None:
    """Rows like a shop's: a title, a description, a price, a few attributes."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(_COLUMNS)
        for number in range(rows):
            out.writerow(
                [
                    f"SKU-{number:07d}",
                    f"Product {number} with a title of usual length",
                    "A description of two sentences. It says what the product is made of." * 2,
                    f"Brand {number % 97}",
                    f"Department {number % 11} > Category {number % 113}",
                    f"{number % 500}.{number % 100:02d} EUR",
                    "in stock" if number % 7 else "out of stock",
                    f"https://shop.example/p/{number}",
                    f"{2_000_000_000_000 + number}",
                    _COLOURS[number % len(_COLOURS)],
                    f"images/{number % pictures}.jpg",
                ]
            )


def index(folder: Path, weights: str) -> tuple[dict, int]:
    """Run the command; return its summary and its peak memory in KiB."""
    arguments = ["index", str(folder / "products.csv"), "--weights", weights, "--json"]
    arguments += ["--collection", str(folder / "collection")]
    done = run([sys.executable, "-c", _MEASURED, *arguments])
    return json.loads(done.stdout), int(done.stderr.split()[-1])


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(command, check=True, capture_output=True, text=True)


if __name__ == "__main__":
    main()
