"""The map's file: whole or not there, complete in itself, and nobody's text is markup."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vsearch.catalogue_care import catalogue_map
from vsearch.catalogue_care.catalogue_map import write_map
from vsearch.catalogue_care.gallery import opened_gallery
from vsearch.catalogue_care.thumbnail_sheets import columns_of, sheets, thumbnail, tile_side
from vsearch.collection import Collection
from vsearch.errors import CollectionError
from vsearch.progress import Silence
from vsearch.settings import Settings

pytest.importorskip("openTSNE", reason="openTSNE is not installed")


def drawn(settings: Settings, file: Path, **options):
    with opened_gallery(settings) as gallery:
        return write_map(file, gallery, Silence(), **options)


def data_of(page: str) -> dict:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    return json.loads(text)


def test_the_page_holds_every_product_and_asks_for_nothing(shop: Settings, tmp_path: Path) -> None:
    summary = drawn(shop, tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    data = data_of(page)
    assert summary.products == len(data["sku"]) == 16
    assert (summary.without_picture, summary.unreadable) == (0, 0)
    assert summary.size == (tmp_path / "map.html").stat().st_size
    assert data["title"][-1] == '</script><b>"x" é'
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert "default-src 'none'" in page
    x = np.frombuffer(base64.b64decode(data["x"]), dtype="<u2")
    assert len(x) == 16


def test_thumbnails_stand_in_the_order_of_the_products(shop: Settings, tmp_path: Path) -> None:
    drawn(shop, tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    data = data_of(page)
    (uri,) = re.findall(r'class="sheet">data:image/webp;base64,(.*?)</script>', page)
    sheet = Image.open(io.BytesIO(base64.b64decode(uri))).convert("RGB")
    side, columns = data["tile"], data["columns"]
    assert sheet.width == side * columns

    def mean(sku: str) -> np.ndarray:
        place = data["sku"].index(sku)
        left, top = place % columns * side, place // columns * side
        box = (left, top, left + side, top + side)
        return np.asarray(sheet.crop(box)).mean(axis=(0, 1))

    # T0 and SAME-PATH have one picture; RECOLOURED is T4 in another colour.
    np.testing.assert_allclose(mean("T0"), mean("SAME-PATH"), atol=2)
    assert np.abs(mean("T4") - mean("RECOLOURED")).max() > 10


def test_a_picture_that_is_gone_is_a_grey_tile(own_shop, tmp_path: Path) -> None:
    settings, feed = own_shop
    (feed / "images" / "HALF.jpg").unlink()
    assert drawn(settings, tmp_path / "map.html").unreadable == 1


def test_a_grid_has_a_cell_for_each(shop: Settings, tmp_path: Path) -> None:
    drawn(shop, tmp_path / "map.html", layout="grid")
    data = data_of((tmp_path / "map.html").read_text(encoding="utf-8"))
    assert data["cell"] == 1 / 4
    x, y = (np.frombuffer(base64.b64decode(data[axis]), dtype="<u2") for axis in "xy")
    assert len(set(zip(x.tolist(), y.tolist(), strict=True))) == 16


def test_ctrl_c_leaves_the_older_page_and_nothing_else(
    shop: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "map.html"
    file.write_text("older", encoding="utf-8")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(catalogue_map, "thumbnail", interrupted)
    with pytest.raises(KeyboardInterrupt):
        drawn(shop, file)
    assert file.read_text(encoding="utf-8") == "older"
    assert list(tmp_path.iterdir()) == [file]


def test_a_collection_without_pictures_is_an_error(shop: Settings, tmp_path: Path) -> None:
    settings = replace(shop, collection=tmp_path / "empty")
    Collection.create(settings.collection, settings=settings).close()
    with pytest.raises(CollectionError, match="no product has a usable image"):
        drawn(settings, tmp_path / "map.html")


def test_sheets_are_full_but_for_the_last() -> None:
    colours = [(number * 20, 0, 0) for number in range(11)]
    tiles = (Image.new("RGB", (16, 16), colour) for colour in colours)
    pages = [Image.open(io.BytesIO(page)).convert("RGB") for page in sheets(tiles, 16, 3)]
    assert [page.size for page in pages] == [(48, 48), (48, 16)]
    for number, (red, _, _) in enumerate(colours):
        page, place = pages[number // 9], number % 9
        pixel = page.getpixel((place % 3 * 16 + 8, place // 3 * 16 + 8))
        assert abs(pixel[0] - red) <= 6


@pytest.mark.parametrize("count", [1, 2, 999, 1_001, 10_000, 100_000])
def test_a_sheet_is_one_that_a_phone_can_draw(count: int) -> None:
    side = tile_side(count)
    assert side * columns_of(count, side) <= 2048


def test_a_thumbnail_is_a_square_and_never_enlarged() -> None:
    wide = thumbnail(Image.new("RGB", (200, 50), (9, 9, 9)), 64)
    assert wide.size == (64, 64)
    assert wide.getpixel((0, 0)) == (255, 255, 255)
    assert wide.getpixel((32, 32)) == (9, 9, 9)
    assert thumbnail(None, 48).getpixel((5, 5)) == (128, 128, 128)
