"""Quality on the Grocery Store dataset: a shopper's phone photo finds the shop's product.

Indexes the 81 iconic (web-shop) pictures with their descriptions, then the train photos, and
queries both with the validation photos, through the same calls that a user makes.

    python benchmarks/grocery.py GROCERY_FOLDER [--weights FILE]

The dataset: github.com/marcusklasson/GroceryStoreDataset (MIT).
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

import numpy as np
from machine import print_heading

from vsearch import Collection, Settings
from vsearch.evaluation.matches import match_rankings
from vsearch.evaluation.metrics import average_precision, recall_at_k

Labelled = list[tuple[Path, str]]


def main() -> None:
    """Print R@1, R@5 and mAP."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the dataset's folder, with classes.csv")
    parser.add_argument("--weights", help="the encoder's weights")
    parser.add_argument(
        "--encoder", help="a timm name or an encoder file; the bundled one by default"
    )
    given = parser.parse_args()
    data = given.data.resolve()
    settings = Settings(encoder=given.encoder, weights=given.weights)
    names = class_names(data)
    photos, queries = labelled(data, "train.txt", names), labelled(data, "val.txt", names)

    print_heading("Grocery Store, queries: validation photos")
    with tempfile.TemporaryDirectory() as folder:
        write_iconic_feed(data, Path(folder) / "iconic.jsonl")
        write_photo_feed(data, photos, Path(folder) / "photos.jsonl")
        link_data(data, Path(folder))
        iconic = index(Path(folder), "iconic", settings)
        gallery = index(Path(folder), "photos", settings)
        ranked = ranked_labels(iconic, queries, k=81)
        report("photo -> iconic picture", ranked, queries, relevant=dict.fromkeys(names, 1))
        ranked = ranked_labels(gallery, queries, k=len(photos))
        report("photo -> photo", ranked, queries, relevant=Counter(name for _, name in photos))


def class_names(data: Path) -> list[str]:
    """The products' names, by class id."""
    with (data / "classes.csv").open(newline="") as file:
        rows = sorted(csv.reader(list(file)[1:]), key=lambda row: int(row[1]))
    return [row[0] for row in rows]


def labelled(data: Path, split: str, names: list[str]) -> Labelled:
    """The photos of a split with their products' names."""
    lines = (data / split).read_text().splitlines()
    fields = [[part.strip() for part in line.split(",")] for line in lines if line.strip()]
    return [(data / path, names[int(fine)]) for path, fine, _coarse in fields]


def write_iconic_feed(data: Path, feed: Path) -> None:
    """One product a class, as a shop would list it."""
    with (data / "classes.csv").open(newline="") as source, feed.open("w") as out:
        for row in list(csv.reader(source))[1:]:
            name, _, coarse, _, picture, description = row
            product = {
                "sku": name,
                "title": name.replace("-", " "),
                "description": (data / description.lstrip("/")).read_text(errors="replace"),
                "category": ["Groceries", coarse],
                "image": f"data/{picture.lstrip('/')}",
                "item_group": name,
            }
            out.write(json.dumps(product) + "\n")


def write_photo_feed(data: Path, photos: Labelled, feed: Path) -> None:
    """One product a photo, so that the ranking is that of the photos."""
    with feed.open("w") as out:
        for number, (path, name) in enumerate(photos):
            product = {
                "sku": f"photo-{number}",
                "image": f"data/{path.relative_to(data)}",
                "item_group": name,
            }
            out.write(json.dumps(product) + "\n")


def link_data(data: Path, folder: Path) -> None:
    """Put the dataset under the feeds' folder: a feed can't reach outside its own."""
    target = folder / "data"
    target.mkdir()
    for part in ("iconic-images-and-descriptions", "train"):
        for source in (data / part).rglob("*.jpg"):
            link = target / source.relative_to(data)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.write_bytes(source.read_bytes())


def index(folder: Path, name: str, settings: Settings) -> Collection:
    """Index a feed into a collection of its own."""
    started = perf_counter()
    summary = Collection.index_into(folder / name, folder / f"{name}.jsonl", settings=settings)
    stage = next(stage for stage in summary.stages if stage.name == "images")
    print(
        f"indexed {name}: {summary.index_size} images in {perf_counter() - started:.1f} s"
        f" ({stage.rate:.0f} images/s), {summary.encoder}",
        flush=True,
    )
    return Collection.open(folder / name, settings=settings)


def ranked_labels(collection: Collection, queries: Labelled, k: int) -> list[list[str]]:
    """For each query the labels of its hits, best first."""
    collection.load_encoder()
    return [
        [hit.product.item_group for hit in collection.query(image=path, k=k)] for path, _ in queries
    ]


def report(
    title: str, ranked: list[list[str]], queries: Labelled, relevant: dict[str, int]
) -> None:
    """Print the metrics of one gallery.

    Args:
        title: what was searched with what.
        ranked: the labels of each query's hits, best first.
        queries: with their true labels.
        relevant: how many relevant items of each label the gallery has.
    """
    matches = match_rankings(
        [
            np.array([label == true for label in labels], bool)
            for labels, (_, true) in zip(ranked, queries, strict=True)
        ],
        [relevant[true] for _, true in queries],
    )
    at_1, at_5 = recall_at_k(matches, 1).mean(), recall_at_k(matches, 5).mean()
    print(
        f"{title:<26} R@1 {at_1:.3f}  R@5 {at_5:.3f}"
        f"  mAP {average_precision(matches).mean():.3f}  ({len(queries)} queries)",
        flush=True,
    )


if __name__ == "__main__":
    main()
