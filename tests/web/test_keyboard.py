"""The page without a mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Begin = Callable[..., Any]


def tab_to(page: Any, selector: str, key: str = "Tab") -> None:
    """Press Tab until something that fits has the focus."""
    for _ in range(80):
        page.keyboard.press(key)
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} can't be reached by the Tab key")


def crop(page: Any) -> list[float]:
    text = page.evaluate("new URLSearchParams(location.search).get('box')") or "0,0,1,1"
    return [float(share) for share in text.split(",")]


def test_a_search_by_keyboard_alone(visit: Begin) -> None:
    shop = visit()
    page = shop.page
    shop.open()
    page.wait_for_selector(".examples .picture.is-loaded")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    tab_to(page, ".examples button")
    page.keyboard.press("Enter")
    shop.settled()

    # The example is gone; the results are read on from.
    shop.until("document.activeElement.id === 'results'")
    tab_to(page, ".crop-box", "Shift+Tab")
    with page.expect_response("**/v1/query"):
        page.keyboard.press("Shift+ArrowLeft")
        page.keyboard.press("Shift+ArrowUp")
        page.keyboard.press("Shift+ArrowUp")
        page.keyboard.press("ArrowRight")
    shop.until("location.search.includes('box=')")
    assert crop(page) == [0.02, 0, 0.98, 0.96]
    assert "98%" in page.locator(".crop-box").get_attribute("aria-label")
    page.keyboard.press("Escape")
    shop.until("!location.search.includes('box=')")
    shop.settled()

    tab_to(page, "[data-field=category] input")
    page.keyboard.press("Space")
    page.locator(".chosen .chip").wait_for()
    shop.settled()

    tab_to(page, ".hit [data-kind=like]")
    page.keyboard.press("Enter")
    page.locator(".example-list").wait_for()
    shop.settled()
    shop.until("document.activeElement.matches('.hit h2 a')")

    page.keyboard.press("Enter")
    page.locator(".product-text h2").wait_for()
    tab_to(page, ".similar a")
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.matches('.hit h2 a')")
