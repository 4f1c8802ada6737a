"""The catalogue's pictures by their content, and small copies of them."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from vsearch.catalog.product import Product
from vsearch.collection import Collection
from vsearch.errors import PictureNotFound
from vsearch.images.content import content_hash
from vsearch.indexing.changes import ProductChange
from vsearch.settings import Settings


def size_of(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "WEBP"
        return image.size


@pytest.fixture
def collection(tmp_path, sample_collection):
    folder = shutil.copytree(sample_collection, tmp_path / "collection")
    with Collection.open(folder, settings=Settings(device="cpu")) as opened:
        yield opened


def test_an_image_is_what_was_indexed(collection):
    stored = collection.products(k=1).products[0]
    catalogue = Path(stored.feed)
    for image in stored.images:
        data = collection.image(image.content_hash)
        assert data == (catalogue / image.location).read_bytes()
        assert content_hash(data) == image.content_hash


def test_thumbnails_come_in_a_few_sizes_and_are_kept(collection, monkeypatch):
    content = collection.products(k=1).products[0].images[0].content_hash
    with Image.open(io.BytesIO(collection.image(content))) as original:
        longest = max(original.size)
    small = collection.thumbnail(content, 33)
    assert max(size_of(small)) == min(80, longest)
    # Nothing is enlarged, however much is asked for.
    assert max(size_of(collection.thumbnail(content, 10**9))) == min(1280, longest)
    kept = collection.folder / "thumbnails" / "80" / content[:2] / f"{content}.webp"
    assert kept.read_bytes() == small
    monkeypatch.setattr("vsearch.searching.stored_pictures.open_image", lambda *_, **__: 1 / 0)
    assert collection.thumbnail(content, 80) == small


@pytest.mark.parametrize("content", ["", "../../etc/passwd", "ab", "g" * 64, "0" * 64, "A" * 64])
def test_what_is_no_content_of_a_picture(collection, content):
    for ask in (collection.image, collection.thumbnail):
        with pytest.raises(PictureNotFound):
            ask(content)
    assert not (collection.folder / "thumbnails").exists()


def test_a_file_that_has_changed_since_is_not_the_picture(collection):
    with collection:
        summary = collection.put([ProductChange(Product(sku="N"), (_png((200, 9, 9)),))])
        assert summary.products[0].rejected == ()
        content = content_hash(_png((200, 9, 9)))
        assert collection.image(content) == _png((200, 9, 9))
        (file,) = (collection.folder / "uploads").glob(f"??/{content}.png")
        file.write_bytes(_png((9, 9, 200)))
        with pytest.raises(PictureNotFound, match="its file is gone, or has changed"):
            collection.image(content)


def test_what_no_product_shows_any_more_is_not_given_out(collection):
    data = _png((7, 70, 7))
    content = content_hash(data)
    collection.put([ProductChange(Product(sku="N"), (data,))])
    assert collection.thumbnail(content, 80)
    collection.remove(["N"])
    for ask in (collection.image, lambda one: collection.thumbnail(one, 80)):
        with pytest.raises(PictureNotFound, match="no product shows a picture of this content"):
            ask(content)
    # What is kept of it goes with the next run over a feed.
    kept = collection.folder / "thumbnails" / "80" / content[:2] / f"{content}.webp"
    other = collection.products(k=1).products[0].images[0].content_hash
    collection.thumbnail(other, 80)
    assert kept.exists()
    feed = collection.folder / "feed.csv"
    feed.write_text("sku,title\nM,Mug\n")
    collection.index(feed)
    assert [path.stem for path in kept.parents[1].glob("??/*")] == [other]


def _png(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (120, 90), colour).save(buffer, "PNG")
    return buffer.getvalue()
