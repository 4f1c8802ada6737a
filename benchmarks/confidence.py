"""How honest the scores are: confidence, "nothing alike" and categories on labelled photos.

Indexes the sample catalogue and, where its folder is given, the Grocery Store dataset (once by
its 81 web-shop pictures, once by its train photos), and asks with photos whose product is known.
Every photo is asked twice, of the whole catalogue and of the catalogue without its product, and
photos of other things are asked as well. What was fitted has seen none of them.

    python benchmarks/confidence.py [--grocery FOLDER] [--clothing FOLDER] [--json FILE]

Grocery: github.com/marcusklasson/GroceryStoreDataset (MIT). Clothing:
github.com/alexeygrigorev/clothing-dataset (CC0).
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from grocery import class_names, labelled, link_data, write_iconic_feed
from machine import print_heading

from vsearch import Collection, Settings, load_encoder
from vsearch.calibration.calibration import Calibration
from vsearch.calibration.category import VOTERS, guess_categories
from vsearch.calibration.file import read_calibration
from vsearch.evaluation.embed import embed_files
from vsearch.layout import Layout

SAMPLE = Path(__file__).parents[1] / "catalog"
HITS = 10
BINS = 5
FOREIGN = 200


@dataclass(frozen=True)
class Gallery:
    """A collection's products as a query meets them."""

    calibration: Calibration
    skus: list[str]
    groups: list[str]
    categories: list[tuple[str, ...]]
    product_of: np.ndarray
    """(images,) places in ``skus``."""
    embeddings: np.ndarray

    def scores(self, queries: np.ndarray) -> np.ndarray:
        """(q, products): of each product's best picture."""
        best = np.full((len(queries), len(self.skus)), -1.0)
        for image, product in enumerate(self.product_of.tolist()):
            np.maximum(best[:, product], queries @ self.embeddings[image], out=best[:, product])
        return best


@dataclass
class Asked:
    """The ten best hits of every query, once with and once without its product."""

    confidence: np.ndarray
    """(2q, HITS)"""
    is_right: np.ndarray
    best_scores: np.ndarray
    """(2q,)"""

    @property
    def half(self) -> int:
        """How many queries there are."""
        return len(self.best_scores) // 2


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grocery", type=Path, help="the dataset's folder, with classes.csv")
    parser.add_argument("--clothing", type=Path, help="the dataset's folder, with images.csv")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    given = parser.parse_args()
    settings = Settings()
    encoder = load_encoder()

    def embedded(paths: Sequence[Path]) -> np.ndarray:
        found = embed_files(encoder, paths, max_pixels=10**8, advance=lambda _done: None)
        assert not found.refused, found.refused
        return found.embeddings

    print_heading("What scores are worth")
    figures: dict[str, Any] = {}
    drawn = list(csv.DictReader((SAMPLE / "queries" / "labels.csv").open(newline="")))
    strangers = {"drawings": embedded([SAMPLE / "queries" / row["query"] for row in drawn])}
    if given.clothing:
        pictures = sorted((given.clothing / "images").iterdir())
        step = max(1, len(pictures) // FOREIGN)
        strangers["clothing"] = embedded(pictures[::step][:FOREIGN])
    if given.grocery:
        data = given.grocery.resolve()
        names = class_names(data)
        photos = labelled(data, "val.txt", names)
        strangers["groceries"] = embedded([path for path, _ in photos])
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        right = [row["sku"].split("|") for row in drawn]
        sample = indexed(work / "sample", SAMPLE, settings)
        others = {name: found for name, found in strangers.items() if name != "drawings"}
        figures["sample catalogue"] = tell(
            "Sample catalogue, asked with another artist's drawings",
            sample,
            strangers["drawings"],
            right,
            others,
        )
        if given.grocery:
            link_data(data, work)
            write_iconic_feed(data, work / "iconic.jsonl")
            write_photo_products(data, names, work / "photos.jsonl")
            others = {name: found for name, found in strangers.items() if name != "groceries"}
            right = [[name] for _, name in photos]
            for feed, title in (
                ("iconic", "Grocery, web-shop pictures, asked with phone photos"),
                ("photos", "Grocery, phone photos as pictures, asked with phone photos"),
            ):
                gallery = indexed(work / feed, work / f"{feed}.jsonl", settings)
                figures[feed] = tell(title, gallery, strangers["groceries"], right, others)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


def write_photo_products(data: Path, names: list[str], feed: Path) -> None:
    """One product a class, with every second of its train photos as pictures."""
    pictures: dict[str, list[str]] = {}
    for path, name in labelled(data, "train.txt", names)[::2]:
        pictures.setdefault(name, []).append(f"data/{path.relative_to(data)}")
    with (data / "classes.csv").open(newline="") as source, feed.open("w") as out:
        for name, _, coarse, *_ in list(csv.reader(source))[1:]:
            product = {"sku": name, "title": name, "category": coarse, "images": pictures[name]}
            print(json.dumps(product), file=out)


def indexed(folder: Path, feed: Path, settings: Settings) -> Gallery:
    """Index a feed, and read what the collection then holds."""
    summary = Collection.index_into(folder, feed, settings=settings)
    seconds = {stage.name: stage.seconds for stage in summary.stages}
    with Collection.open(folder, settings=settings) as collection:
        calibration = read_calibration(Layout(folder), collection.manifest)
        products = list(collection.export(embeddings=True))
    assert calibration is not None, summary.notes
    print(
        f"{folder.name}: {summary.index_size:,} images in {seconds['images']:.0f} s, scores in"
        f" {seconds['scores']:.0f} s"
    )
    return Gallery(
        calibration,
        [one.product.sku for one in products],
        [one.product.item_group or one.product.sku for one in products],
        [tuple(one.product.category) for one in products],
        np.repeat(np.arange(len(products)), [len(one.image_ids) for one in products]),
        np.concatenate([one.embeddings for one in products]),
    )


def tell(
    title: str,
    gallery: Gallery,
    queries: np.ndarray,
    right: list[list[str]],
    strangers: dict[str, np.ndarray],
) -> dict[str, Any]:
    """Print one gallery's tables; return their figures."""
    scores = gallery.scores(queries)
    asked = ask(gallery, scores, right)
    confidence, is_right = asked.confidence[:, 0], asked.is_right[:, 0]
    half = asked.half
    calibration = gallery.calibration
    print(f"\n{title}: {len(queries)} photos, {len(gallery.skus)} products")
    figures: dict[str, Any] = {
        "right first": float(is_right[:half].mean()),
        "mean confidence": float(confidence.mean()),
        "share right": float(is_right.mean()),
        "ECE first hit": calibration_error(confidence, is_right),
        "ECE ten hits": calibration_error(asked.confidence.ravel(), asked.is_right.ravel()),
        "Brier first hit": float(((confidence - is_right) ** 2).mean()),
        "AUROC right or wrong": auroc(confidence[is_right], confidence[~is_right]),
        "AUROC there or not": auroc(confidence[:half], confidence[half:]),
        "AUROC there or not by cosine": auroc(asked.best_scores[:half], asked.best_scores[half:]),
        "nothing alike below": calibration.nothing_alike_below,
        "kept": float((asked.best_scores[:half] >= calibration.nothing_alike_below).mean()),
    }
    for name, found in strangers.items():
        best = gallery.scores(found).max(axis=1)
        figures[f"{name}: nothing alike"] = float((best < calibration.nothing_alike_below).mean())
    figures |= category_figures(gallery, scores, right)
    for name, value in figures.items():
        print(f"  {name:32} {value:.3f}")
    print("  first hit's confidence: hits, said, right")
    figures["reliability"] = reliability(confidence, is_right)
    for low, high, count, said, was in figures["reliability"]:
        print(f"    {low:.1f}-{high:.1f} {count:5} {said:6.2f} {was:6.2f}")
    return figures


def ask(gallery: Gallery, scores: np.ndarray, right: list[list[str]]) -> Asked:
    """Rank the products for each query, with its own and without."""
    group_of = dict(zip(gallery.skus, gallery.groups, strict=True))
    groups = np.array(gallery.groups)
    confidences, labels, bests = [], [], []
    for is_there in (True, False):
        for row, skus in zip(scores, right, strict=True):
            own = np.isin(groups, [group_of[sku] for sku in skus])
            row = row if is_there else np.where(own, -np.inf, row)
            order = np.argsort(-row, kind="stable")[:HITS]
            confidences.append(gallery.calibration.confidence(row[order], groups[order].tolist()))
            labels.append(own[order] & is_there)
            bests.append(row[order[0]])
    return Asked(np.stack(confidences), np.stack(labels), np.array(bests))


def category_figures(
    gallery: Gallery, scores: np.ndarray, right: list[list[str]]
) -> dict[str, float]:
    """How often the likeliest category, at each depth, is right, and how sure it was said."""
    category_of = dict(zip(gallery.skus, gallery.categories, strict=True))
    figures = {}
    for depth in range(1, 1 + max(map(len, gallery.categories))):
        said, was = [], []
        for row, skus in zip(scores, right, strict=True):
            order = np.argsort(-row, kind="stable")[:VOTERS]
            guesses = guess_categories(
                row[order], [gallery.categories[n] for n in order], gallery.calibration
            )
            best = next((guess for guess in guesses if len(guess.path) == depth), None)
            truth = category_of[skus[0]]
            if best is not None and len(truth) >= depth:
                said.append(best.probability)
                was.append(best.path == truth[:depth])
        figures[f"category, level {depth}: right"] = float(np.mean(was))
        figures[f"category, level {depth}: ECE"] = calibration_error(np.array(said), np.array(was))
    return figures


def reliability(said: np.ndarray, was: np.ndarray) -> list[tuple[float, float, int, float, float]]:
    """For each bin its bounds, how many, what was said of them, and what they were."""
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    return [
        (
            number / BINS,
            (number + 1) / BINS,
            int((bins == number).sum()),
            float(said[bins == number].mean()),
            float(was[bins == number].mean()),
        )
        for number in range(BINS)
        if (bins == number).any()
    ]


def calibration_error(said: np.ndarray, was: np.ndarray) -> float:
    """The expected calibration error over ten bins of equal width."""
    bins = np.minimum((said * 10).astype(int), 9)
    gaps = [abs(said[bins == n].sum() - was[bins == n].sum()) for n in range(10)]
    return float(sum(gaps) / len(said))


def auroc(higher: np.ndarray, lower: np.ndarray) -> float:
    """How often one of the first is above one of the second; draws count half."""
    above = (higher[:, None] > lower).mean() + (higher[:, None] == lower).mean() / 2
    return float(above)


if __name__ == "__main__":
    main()
