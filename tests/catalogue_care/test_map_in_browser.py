"""The map as a shopper's browser draws and moves it. Needs a Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vsearch.catalogue_care.catalogue_map import write_map
from vsearch.catalogue_care.gallery import opened_gallery
from vsearch.progress import Silence
from vsearch.settings import Settings

pytest.importorskip("openTSNE", reason="openTSNE is not installed")


@pytest.fixture(scope="module")
def file(shop: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "map.html"
    with opened_gallery(shop) as gallery:
        write_map(path, gallery, Silence())
    return path


@pytest.fixture
def page(browser: Any, file: Path) -> Iterator[Any]:
    context = browser.new_context(
        viewport={"width": 1000, "height": 700}, reduced_motion="reduce", has_touch=True
    )
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    opened.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("file:", "data:", "blob:"))
            else complaints.append(request.url)
        ),
    )
    opened.goto(file.as_uri())
    opened.evaluate("catalogueMap.ready.then(() => true)")
    yield opened
    assert complaints == []
    context.close()


def view(page: Any) -> dict[str, float]:
    return page.evaluate("({...catalogueMap.view.view})")


def place_of(page: Any, sku: str) -> tuple[float, float]:
    script = "sku => catalogueMap.view.toScreen(catalogueMap.view.data.sku.indexOf(sku))"
    x, y = page.evaluate(script, sku)
    return x, y


def settle(page: Any) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_every_product_is_drawn(page: Any) -> None:
    settle(page)
    drawn = page.evaluate("catalogueMap.view.drawn")
    assert drawn["dots"] + drawn["thumbnails"] == 16
    assert drawn["thumbnails"] > 0


def test_the_wheel_zooms_around_the_pointer(page: Any) -> None:
    before = view(page)
    x, y = place_of(page, "T3")
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    page.wait_for_function("scale => catalogueMap.view.view.scale > scale", arg=before["scale"])
    settle(page)
    assert place_of(page, "T3") == pytest.approx((x, y), abs=1)


def test_dragging_moves_the_map_with_the_pointer(page: Any) -> None:
    x, y = place_of(page, "T3")
    page.mouse.move(600, 350)
    page.mouse.down()
    page.mouse.move(650, 330, steps=5)
    page.mouse.up()
    assert place_of(page, "T3") == pytest.approx((x + 50, y - 20), abs=1)


def test_the_keyboard_moves_zooms_and_shows_everything(page: Any) -> None:
    whole = view(page)
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    assert view(page)["x"] > whole["x"]
    page.keyboard.press("+")
    assert view(page)["scale"] == pytest.approx(whole["scale"] * 1.3)
    assert page.locator("#card").is_visible()
    page.keyboard.press("0")
    assert view(page) == pytest.approx(whole)


def test_two_fingers_zoom(page: Any) -> None:
    before = view(page)
    session = page.context.new_cdp_session(page)
    for kind, gap in (("touchStart", 50), ("touchMove", 90), ("touchMove", 120), ("touchEnd", 0)):
        points = (
            [] if kind == "touchEnd" else [{"x": 600 - gap, "y": 350}, {"x": 600 + gap, "y": 350}]
        )
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    settle(page)
    assert view(page)["scale"] > before["scale"] * 1.5


def test_a_product_tells_about_itself(page: Any) -> None:
    x, y = place_of(page, "HALF")
    page.mouse.move(x, y)
    settle(page)
    marked = page.evaluate("catalogueMap.view.data.sku[catalogueMap.view.marked]")
    card = page.locator("#card")
    assert marked in card.inner_text()
    assert "3.50 EUR" in card.inner_text()
    assert card.locator("b").count() == 0


def test_search_finds_by_title_and_sku_and_goes_there(page: Any) -> None:
    page.keyboard.press("Tab")
    page.locator("#search").fill("recol")
    assert page.locator("#matches").inner_text().startswith("1 found")
    page.keyboard.press("Enter")
    settle(page)
    number = page.evaluate("catalogueMap.view.data.sku.indexOf('RECOLOURED')")
    assert page.evaluate("catalogueMap.view.marked") == number
    assert place_of(page, "RECOLOURED") == pytest.approx((500, 350), abs=1)
    page.locator("#search").fill("no such thing")
    assert page.locator("#matches").inner_text() == "0 found"


def test_the_legend_hides_and_shows(page: Any) -> None:
    entry = page.locator("#legend button").first
    entry.click()
    assert entry.get_attribute("aria-pressed") == "false"
    settle(page)
    drawn = page.evaluate("catalogueMap.view.drawn")
    assert drawn["dots"] + drawn["thumbnails"] == 0
    page.locator("#reset button").click()
    assert entry.get_attribute("aria-pressed") == "true"


def test_the_dark_scheme_has_a_dark_ground(page: Any) -> None:
    script = """() => {
      const canvas = document.getElementById("map");
      return [...canvas.getContext("2d").getImageData(canvas.width - 90, 20, 1, 1).data];
    }"""
    settle(page)
    light = page.evaluate(script)
    page.emulate_media(color_scheme="dark")
    settle(page)
    assert sum(page.evaluate(script)[:3]) < 150 < sum(light[:3])


def test_it_fits_a_phone(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.reload()
    page.evaluate("catalogueMap.ready.then(() => true)")
    assert page.locator("#folded").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def turned(page: Any, width: int, height: int) -> dict[str, float]:
    """The view after the window has another size; `resize` is sent before the next frame."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert page.evaluate("catalogueMap.view.width") == width
    return view(page)


def test_a_turned_phone_still_shows_everything_until_somebody_moves(page: Any) -> None:
    before = view(page)
    narrow = turned(page, 360, 640)
    assert narrow["scale"] < before["scale"]
    assert narrow == pytest.approx(page.evaluate("catalogueMap.view.fitted()"))
    page.evaluate("catalogueMap.view.zoomAt(2, 180, 320)")
    moved = view(page)
    assert turned(page, 640, 360) == moved != narrow
