"""A small shop, indexed by a real ViT without training."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from vsearch import Collection, IndexOptions, Settings

CATALOG = Path(__file__).parents[2] / "catalog"
SETTINGS = Settings(encoder="test_vit.r160_in1k", weights="random:0", device="cpu")

#: SKU, category and pictures: one product has two, one none, and one no category.
PRODUCTS = (
    ("BLUE", "Paper > Books", ("blue-book-1f4d8.webp", "blue-book-open-1f4d6.webp")),
    ("GREEN", "Paper > Books", ("green-book-1f4d7.webp",)),
    ("PAD", "Paper > Pads", ("notepad-1f5d2.webp",)),
    ("APPLE", "Food > Fruit", ("red-apple-1f34e.webp",)),
    ("PEAR", "Food > Fruit", ("pear-1f350.webp",)),
    ("CAKE", "", ("doughnut-1f369.webp",)),
    ("GHOST", "Food > Fruit", ("gone.webp",)),
)

Label = Callable[[Sequence[str]], Path]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a feed and its pictures."""
    folder = tmp_path_factory.mktemp("shop")
    with (folder / "products.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["sku", "title", "category", "images"])
        for sku, category, pictures in PRODUCTS:
            writer.writerow([sku, f"<b>{sku}</b>", category, "|".join(pictures)])
            for picture in pictures:
                source = CATALOG / "images" / picture
                if source.exists():
                    (folder / picture).write_bytes(source.read_bytes())
    return folder


@pytest.fixture(scope="session")
def make_collection(
    shop: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Collection]]:
    opened: dict[tuple[str, str], Collection] = {}

    def make(kind: str = "exact", weights: str = "random:0") -> Collection:
        if (kind, weights) not in opened:
            folder = tmp_path_factory.mktemp("collections") / kind
            settings = Settings(encoder=SETTINGS.encoder, weights=weights, device="cpu")
            Collection.index_into(
                folder, shop, settings=settings, options=IndexOptions(index_kind=kind)
            )
            opened[kind, weights] = Collection.open(folder, settings=Settings(device="cpu"))
        return opened[kind, weights]

    yield make
    for collection in opened.values():
        collection.close()


@pytest.fixture
def collection(make_collection) -> Collection:
    return make_collection()


@pytest.fixture
def label(shop: Path, tmp_path: Path) -> Label:
    """``label(["query,sku", "pear-1f350.webp,PEAR"])``: a table of the shop's own pictures."""

    def write(lines: Sequence[str]) -> Path:
        for picture in shop.glob("*.webp"):
            (tmp_path / picture.name).write_bytes(picture.read_bytes())
        table = tmp_path / "labels.csv"
        table.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return table

    return write
