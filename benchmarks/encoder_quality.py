"""Quality of encoders on every labelled set at hand, side by side.

    python benchmarks/encoder_quality.py ENCODER... [--grocery FOLDER] [--clothing FOLDER]
        [--also CSV_OR_FOLDER]...

ENCODER is `bundled`, a timm name, an encoder file or NAME@WEIGHTS. The sample catalogue is always
measured. The datasets: github.com/marcusklasson/GroceryStoreDataset (MIT) and
github.com/alexeygrigorev/clothing-dataset (CC0).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from grocery import class_names, labelled
from machine import print_heading

from vsearch import load_encoder
from vsearch.cli.encoder_argument import name_and_weights, short_name
from vsearch.evaluation.compare import measure_quality
from vsearch.evaluation.embed import embed_files
from vsearch.evaluation.labelled_set import LabelledImage, LabelledSet, make_labelled_set
from vsearch.evaluation.open_labelled import open_labelled

SAMPLE = Path(__file__).parents[1] / "catalog"
MAX_PIXELS = 80_000_000

#: Labels of the clothing set that say nothing.
UNKNOWN = {"Not sure", "Other", "Skip"}


def main() -> None:
    """Print one table a set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("encoders", nargs="+", metavar="ENCODER")
    parser.add_argument("--grocery", type=Path)
    parser.add_argument("--clothing", type=Path)
    parser.add_argument("--also", type=Path, action="append", default=[])
    given = parser.parse_args()
    sets = list(labelled_sets(given.grocery, given.clothing, given.also))
    print_heading("Encoder quality, with 95% intervals over the queries")
    for text in given.encoders:
        name, weights = name_and_weights(text)
        encoder = load_encoder(name, weights=weights)
        means = []
        for one in sets:
            embedded = embed_files(
                encoder, one.paths, max_pixels=MAX_PIXELS, advance=lambda _done: None
            )
            quality = measure_quality(embedded.paths, embedded.embeddings, one)
            means.append(quality.recall_at_1.mean)
            print(
                f"{short_name(text):<28} {one.name:<26}"
                f" R@1 {quality.recall_at_1.mean:.3f}"
                f" ({quality.recall_at_1.low:.3f}-{quality.recall_at_1.high:.3f})"
                f"  R@5 {quality.recall_at_5.mean:.3f}"
                f"  mAP {quality.mean_average_precision.mean:.3f}"
                f"  {len(one.queries)} queries",
                flush=True,
            )
        print(f"{short_name(text):<28} {'mean of the sets':<26} R@1 {sum(means) / len(means):.3f}")


def labelled_sets(
    grocery: Path | None, clothing: Path | None, also: list[Path]
) -> Iterator[LabelledSet]:
    """Every set at hand."""
    if grocery is not None:
        data = grocery.resolve()
        names = class_names(data)
        queries, photos = (
            [LabelledImage(path, frozenset([label])) for path, label in labelled(data, part, names)]
            for part in ("val.txt", "train.txt")
        )
        with (data / "classes.csv").open(newline="") as file:
            iconic = [
                LabelledImage(data / row[4].lstrip("/"), frozenset([row[0]]))
                for row in list(csv.reader(file))[1:]
            ]
        yield make_labelled_set("Grocery photo -> iconic", iconic, queries)
        yield make_labelled_set("Grocery photo -> photo", photos, queries)
    if clothing is not None:
        held_out = list(clothing_held_out(clothing.resolve()))
        yield make_labelled_set("Clothing, held out", held_out, held_out)
    yield open_labelled(SAMPLE)
    for path in also:
        yield open_labelled(path)


def clothing_held_out(data: Path) -> Iterator[LabelledImage]:
    """The photos that the bundled encoder has not learned from, by a hash of their names."""
    with (data / "images.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            path = data / "images" / f"{row['image']}.jpg"
            digest = hashlib.sha256(path.name.encode()).hexdigest()
            if int(digest, 16) % 100 < 30 and row["label"] not in UNKNOWN and path.exists():
                yield LabelledImage(path, frozenset([row["label"]]), skip=path.name)


if __name__ == "__main__":
    main()
