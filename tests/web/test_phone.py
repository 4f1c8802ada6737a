"""The page in the hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

Begin = Callable[..., Any]
Keep = Callable[[Any, str], None]


def test_a_phone_shows_all_of_it(visit: Begin, scene: bytes, keep_picture: Keep) -> None:
    shop = visit(**PHONE)
    page = shop.page
    shop.open()
    page.wait_for_selector(".examples .picture.is-loaded")
    keep_picture(shop, "phone-welcome")
    camera = page.locator("input[type=file][capture=environment]")
    assert camera.count() == 2, "in the bar, and on the first screen"
    shop.search(scene)
    keep_picture(shop, "phone-photo")

    page.evaluate("scrollTo(0, 900)")
    page.locator(".strip.is-stuck").wait_for()
    assert page.locator(".strip .cropped").bounding_box()["y"] >= 0
    keep_picture(shop, "phone-strip")

    page.locator(".strip-filters").tap()
    sheet = page.locator("dialog.sheet")
    sheet.locator("[data-field=category] label").first.tap()
    shop.until("location.search.includes('in.category')")
    keep_picture(shop, "phone-filters")
    sheet.locator(".is-primary").tap()
    sheet.wait_for(state="detached")
    shop.settled()
    assert page.locator(".strip-filters .facet-chosen").inner_text() == "1"

    page.locator(".hit h2 a").first.tap()
    page.locator(".product-text h2").wait_for()
    page.locator(".similar .picture.is-loaded").first.wait_for()
    keep_picture(shop, "phone-product")
    page.locator(".dialog-close").tap()
    page.locator("dialog").wait_for(state="detached")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_finger_drags_a_corner(visit: Begin, scene: bytes) -> None:
    shop = visit(**PHONE)
    page = shop.page
    shop.open()
    shop.search(scene)
    box = page.locator(".crop").bounding_box()
    touch = page.context.new_cdp_session(page)

    def send(kind: str, x: float, y: float) -> None:
        at = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        points = [] if kind == "touchEnd" else [at]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for kind, x, y in (
        ("touchStart", 0.99, 0.99),
        ("touchMove", 0.8, 0.9),
        ("touchMove", 0.6, 0.8),
        ("touchEnd", 0, 0),
    ):
        send(kind, x, y)
    shop.until("location.search.includes('box=0.000')")
    shop.settled()
    left, top, width, height = map(
        float, page.evaluate("new URLSearchParams(location.search).get('box')").split(",")
    )
    assert (left, top) == (0, 0)
    assert 0.55 < width < 0.67
    assert 0.75 < height < 0.87
