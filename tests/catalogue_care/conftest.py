from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from vsearch.collection import Collection
from vsearch.images.load import open_image
from vsearch.settings import Settings

SAMPLE = Path(__file__).parents[2] / "catalog" / "images"

# Real pictures of ten different things.
THINGS = (
    "accordion-1fa97",
    "blue-book-1f4d8",
    "cocktail-glass-1f378",
    "elephant-1f418",
    "green-apple-1f34f",
    "leather-shoe-1f45e",
    "pear-1f350",
    "table-tennis-1f3d3",
    "bed-1f6cf",
    "ring-1f48d",
)

Edit = Callable[[Image.Image], Image.Image]


def sample_picture(name: str) -> Image.Image:
    return open_image(SAMPLE / f"{name}.webp", max_pixels=10**8)


def half(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width // 2, picture.height // 2))


def padded(picture: Image.Image) -> Image.Image:
    return ImageOps.expand(picture, picture.width // 7, fill="white")


def cropped(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    return picture.crop((width // 25, height // 30, width - width // 20, height - height // 25))


def recoloured(picture: Image.Image) -> Image.Image:
    hue, saturation, value = picture.convert("HSV").split()
    turned = hue.point([(step + 90) % 256 for step in range(256)])
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")


@pytest.fixture(scope="session")
def picture() -> Callable[[str], Image.Image]:
    """A picture of the sample catalogue by the stem of its name."""
    return sample_picture


@pytest.fixture(scope="session")
def copies() -> dict[str, Edit]:
    """What a merchant's tools do to a picture without making another one of it."""
    return {"half": half, "padded": padded, "cropped": cropped}


@pytest.fixture(scope="session")
def recolour() -> Edit:
    return recoloured


@pytest.fixture(scope="session")
def things() -> tuple[str, ...]:
    return THINGS


def write_shop(folder: Path) -> None:
    """Ten products, and some of them once more."""
    images = folder / "images"
    images.mkdir(parents=True)
    rows = []

    def sell(sku: str, image: str, group: str = "", title: str = "") -> None:
        rows.append([sku, title or f"The {sku}", "3.50 EUR", group, f"images/{image}"])

    for number, name in enumerate(THINGS):
        shutil.copy(SAMPLE / f"{name}.webp", images)
        sell(f"T{number}", f"{name}.webp", "shoe" if name.startswith("leather") else "")
    sell("SAME-PATH", f"{THINGS[0]}.webp")
    shutil.copy(SAMPLE / f"{THINGS[1]}.webp", images / "renamed.webp")
    sell("RENAMED", "renamed.webp")
    for sku, name, edit in (
        ("HALF", THINGS[2], half),
        ("PADDED", THINGS[3], padded),
        ("RECOLOURED", THINGS[4], recoloured),
        ("VARIANT", THINGS[5], half),
    ):
        edit(sample_picture(name)).save(images / f"{sku}.jpg", quality=70)
        sell(sku, f"{sku}.jpg", "shoe" if sku == "VARIANT" else "", '</script><b>"x" é')
    with (folder / "products.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["sku", "title", "price", "item_group", "images"])
        writer.writerows(rows)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A collection of the shop above; tests only read it."""
    folder = tmp_path_factory.mktemp("care")
    write_shop(folder / "shop")
    settings = Settings(
        collection=folder / "collection",
        encoder="test_vit.r160_in1k",
        weights="random:0",
        device="cpu",
    )
    Collection.index_into(settings.collection, folder / "shop", settings=settings)
    return settings


@pytest.fixture
def own_shop(tmp_path: Path) -> Iterator[tuple[Settings, Path]]:
    """The same in files of the test's own, to be changed; the second is the feed's folder."""
    write_shop(tmp_path / "shop")
    settings = Settings(
        collection=tmp_path / "collection",
        encoder="test_vit.r160_in1k",
        weights="random:0",
        device="cpu",
    )
    Collection.index_into(settings.collection, tmp_path / "shop", settings=settings)
    return settings, tmp_path / "shop"
