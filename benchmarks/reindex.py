"""What a second run costs: nothing has changed, then 1% of the images are new.

python benchmarks/reindex.py [--images 5000] [--weights random:0]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from machine import print_heading
from PIL import Image

from vsearch import Collection, Settings


def main() -> None:
    """Print seconds and counts of three runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=5_000)
    parser.add_argument("--weights", default="random:0")
    given = parser.parse_args()
    settings = Settings(weights=given.weights)
    print_heading(f"Indexing {given.images:,} images again")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "images"
        folder.mkdir()
        write_pictures(folder, 0, given.images)
        measure("first run", Path(name), settings)
        measure("unchanged", Path(name), settings)
        write_pictures(folder, given.images, given.images // 100)
        measure("1% new", Path(name), settings)


def write_pictures(folder: Path, start: int, count: int) -> None:
    """Seeded noise, each picture different."""
    random = np.random.default_rng(start)
    for number in range(start, start + count):
        pixels = random.integers(0, 256, (96, 96, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:06d}.jpg")


def measure(title: str, folder: Path, settings: Settings) -> None:
    """Index once and print what it took."""
    started = perf_counter()
    summary = Collection.index_into(folder / "collection", folder / "images", settings=settings)
    seconds = perf_counter() - started
    images = summary.images
    stages = ", ".join(f"{stage.name} {stage.seconds:.2f} s" for stage in summary.stages)
    print(
        f"{title:<10} {seconds:7.2f} s ({stages}); encoded {images.encoded:,},"
        f" unchanged {images.unchanged:,}",
        flush=True,
    )


if __name__ == "__main__":
    main()
