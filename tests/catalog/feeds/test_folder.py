from __future__ import annotations

from pathlib import Path

import pytest

from vsearch.catalog.feeds import Listed, Rejection, open_feed
from vsearch.catalog.product import Product
from vsearch.errors import FeedError


def _touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _products(root: Path, **options: str) -> list[Product]:
    return [item.product for item in open_feed(root, **options).read() if isinstance(item, Listed)]


def test_pictures_become_products_in_the_order_of_their_paths(tmp_path: Path) -> None:
    _touch(tmp_path, "Shoes/Sneakers/run_fast-2.JPG", "apple.png", "notes.txt", "z.webp")
    feed = open_feed(tmp_path)
    assert (feed.format, feed.size, feed.root) == ("folder", 0, tmp_path.resolve())
    assert list(feed.read()) == [
        Listed(
            1,
            Product(
                sku="Shoes/Sneakers/run_fast-2",
                title="run fast 2",
                category=("Shoes", "Sneakers"),
                images=("Shoes/Sneakers/run_fast-2.JPG",),
            ),
        ),
        Listed(2, Product(sku="apple", title="apple", images=("apple.png",))),
        Listed(3, Product(sku="z", title="z", images=("z.webp",))),
    ]
    assert feed.position == 3


def test_hidden_names_collections_and_linked_folders_are_skipped(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", ".hidden.jpg", ".vsearch/thumbnails/b.jpg", "shop/c.jpg")
    _touch(tmp_path, "mine/manifest.json", "mine/products.db", "mine/thumbnails/d.jpg")
    (tmp_path / "shop" / "round").symlink_to(tmp_path)
    assert [product.sku for product in _products(tmp_path)] == ["a", "shop/c"]


def test_an_empty_folder_has_no_products(tmp_path: Path) -> None:
    assert _products(tmp_path) == []


def test_a_name_that_is_no_sku_is_rejected(tmp_path: Path) -> None:
    _touch(tmp_path, "a\nb.jpg", "/".join(["x" * 100] * 3) + ".jpg", "ok.jpg")
    items = list(open_feed(tmp_path).read())
    assert [item.field for item in items if isinstance(item, Rejection)] == ["sku", "sku"]
    assert len(items) == 3


def test_a_list_beside_the_pictures_is_the_feed(tmp_path: Path) -> None:
    _touch(tmp_path, "images/a.jpg", "images/unlisted.jpg")
    (tmp_path / "products.csv").write_text("sku,title,image\nA,Apple,images/a.jpg\nB,Bread,\n")
    feed = open_feed(tmp_path)
    assert feed.format == "folder"
    assert feed.size == (tmp_path / "products.csv").stat().st_size
    assert list(feed.read()) == [
        Listed(2, Product(sku="A", title="Apple", images=("images/a.jpg",))),
        Listed(3, Product(sku="B", title="Bread")),
    ]


def test_pictures_are_found_by_sku(tmp_path: Path) -> None:
    _touch(tmp_path, "images/A_10.jpg", "images/A-2.jpg", "A.png", "A/x.jpg", "A/deep/y.jpg")
    _touch(tmp_path, "AB.jpg", "images/B/front.webp", "C_1.jpg", "D_1.jpg", "thumbs/C.jpg")
    (tmp_path / "products.jsonl").write_text(
        '{"sku": "A"}\n{"sku": "B"}\n{"sku": "C"}\n{"sku": "D", "image": "AB.jpg"}\n{"sku": "E"}\n'
    )
    assert {product.sku: product.images for product in _products(tmp_path)} == {
        "A": ("A.png", "images/A-2.jpg", "images/A_10.jpg", "A/deep/y.jpg", "A/x.jpg"),
        "B": ("images/B/front.webp",),
        "C": ("thumbs/C.jpg", "C_1.jpg"),
        "D": ("AB.jpg",),
        "E": (),
    }


def test_the_list_is_recognised_by_content_too(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text(
        "Handle,Title,Variant SKU,Option1 Name,Option1 Value\na,A,1,Size,S\n"
    )
    (product,) = _products(tmp_path)
    assert product.item_group == "a"
    with pytest.raises(FeedError, match="no column for sku"):
        open_feed(tmp_path, format="csv")


def test_what_a_folder_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="can't be read as shopify"):
        open_feed(tmp_path, format="shopify")
    with pytest.raises(FeedError, match="--map needs a list"):
        open_feed(tmp_path, mapping={"a": "sku"})
    _touch(tmp_path, "products.csv", "products.jsonl")
    with pytest.raises(FeedError, match=r"products\.csv and products\.jsonl are in it"):
        open_feed(tmp_path)
    with pytest.raises(FeedError, match="not a folder"):
        open_feed(tmp_path / "products.csv", format="folder")


def test_the_sample_catalogue_has_no_faults() -> None:
    catalogue = Path(__file__).parents[3] / "catalog"
    items = list(open_feed(catalogue).read())
    assert len(items) > 100
    assert all(isinstance(item, Listed) and item.product.images for item in items)
    listed = {image for item in items if isinstance(item, Listed) for image in item.product.images}
    assert all((catalogue / image).is_file() for image in listed)
