"""What tuning is worth on the Grocery Store dataset: a product a label, asked with `val`.

Indexes the train photos as a shop of 81 products with about 32 photos each, tunes the encoder to
it, moves the collection over, and asks with the validation photos before and after.

    python benchmarks/tune.py GROCERY_FOLDER [--encoder NAME|FILE] [--weights FILE]
        [--method head]

The dataset: github.com/marcusklasson/GroceryStoreDataset (MIT).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
from grocery import Labelled, class_names, labelled, link_data
from machine import print_heading

from vsearch import Collection
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import load_spec
from vsearch.evaluation.interval import Interval, bootstrap
from vsearch.evaluation.matches import match_embeddings, rows_by_label
from vsearch.evaluation.metrics import average_precision, recall_at_k


def main() -> None:
    """Print R@1 and mAP of val against train before and after, and what tuning cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the dataset's folder, with classes.csv")
    parser.add_argument("--encoder", help="a timm name or an encoder file")
    parser.add_argument("--weights", help="the encoder's weights")
    parser.add_argument("--method", default="head")
    parser.add_argument("--keep", type=Path, help="a folder to work in, and to find again")
    given = parser.parse_args()
    data = given.data.resolve()
    named = [
        part
        for option in ("encoder", "weights")
        if getattr(given, option)
        for part in (f"--{option}", getattr(given, option))
    ]
    names = class_names(data)
    gallery, queries = labelled(data, "train.txt", names), labelled(data, "val.txt", names)
    print_heading("Grocery Store, train photos as 81 products, queries: validation photos")
    with TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        feed = folder / "feed.jsonl"
        if not feed.exists():
            folder.mkdir(parents=True, exist_ok=True)
            link_data(data, folder)
            write_feed(data, gallery, feed)
        shop, tuned = folder / "shop", folder / f"{given.method}.safetensors"
        run("index", feed, "-c", shop, *named, "--quiet")
        before = report("before", data, shop, queries)
        started = perf_counter(), process_time()
        run("train", "tune", "-c", shop, "-o", tuned, *method_options(given.method))
        print(f"tuned in {perf_counter() - started[0]:.1f} s")
        started = perf_counter(), process_time()
        run("index", feed, "-c", shop, "--encoder", tuned, "--replace-encoder", "--quiet")
        print(f"moved the collection over in {perf_counter() - started[0]:.1f} s")
        after = report("after", data, shop, queries)
        print(f"R@1 {after - before:+.3f}")


def method_options(method: str) -> list[str]:
    """The head is the default, which is tried as such."""
    return [] if method == "head" else ["--method", method]


def write_feed(data: Path, photos: Labelled, feed: Path) -> None:
    """One product a label, with all of its photos."""
    images: dict[str, list[str]] = {}
    for path, name in photos:
        images.setdefault(name, []).append(f"data/{path.relative_to(data)}")
    with feed.open("w") as out:
        for name, paths in images.items():
            out.write(json.dumps({"sku": name, "title": name, "images": paths}) + "\n")


def run(*arguments: str | Path) -> None:
    """Run ``vsearch`` as a user does."""
    subprocess.run([sys.executable, "-m", "vsearch", *map(str, arguments)], check=True)


def report(title: str, data: Path, shop: Path, queries: Labelled) -> float:
    """Ask the collection's own embeddings with every query photo; print, and give R@1."""
    with Collection.open(shop) as collection:
        manifest = collection.manifest
        exported = list(collection.export(embeddings=True))
    found = [
        (product.product.sku, embedding)
        for product in exported
        for embedding in (() if product.embeddings is None else product.embeddings)
    ]
    record = manifest.encoder
    encoder = load_spec(EncoderSpec(record.architecture, record.weights, record.head))
    asked = encoder.encode(path for path, _ in queries)
    relevant = rows_by_label([{name} for _, name in queries], [{sku} for sku, _ in found])
    matches = match_embeddings(asked, np.stack([e for _, e in found]), relevant)
    figures = {
        "R@1": bootstrap(recall_at_k(matches, 1)),
        "R@5": bootstrap(recall_at_k(matches, 5)),
        "mAP": bootstrap(average_precision(matches)),
    }
    told = "  ".join(f"{name} {written(figure)}" for name, figure in figures.items())
    print(f"{title}: val -> train  {told}  ({len(queries)} queries)", flush=True)
    return figures["R@1"].mean


def written(figure: Interval) -> str:
    """A mean with its interval."""
    return f"{figure.mean:.3f} ({figure.low:.3f}-{figure.high:.3f})"


if __name__ == "__main__":
    main()
