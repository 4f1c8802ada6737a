"""What axe-core finds wrong with the page: nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

AXE = (Path(__file__).parent / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

_RUN = """async () => {
  const found = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  });
  return found.violations.map((one) =>
    [one.id, ...one.nodes.map((node) => node.html + " | " + node.failureSummary)].join("\\n"));
}"""

_PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
_DESKTOP = {"viewport": {"width": 1440, "height": 900}}

Begin = Callable[..., Any]
Keep = Callable[[Any, str], None]


def assert_clean(page: Any) -> None:
    """In both schemes; axe measures contrasts as they are drawn."""
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        assert page.evaluate(_RUN) == [], scheme


@pytest.mark.parametrize(("device", "options"), [("desktop", _DESKTOP), ("phone", _PHONE)])
def test_axe_has_nothing_to_say(
    visit: Begin, scene: bytes, keep_picture: Keep, device: str, options: dict[str, Any]
) -> None:
    shop = visit(**options)
    page = shop.page
    shop.open()
    page.evaluate(AXE)
    page.wait_for_selector(".examples .picture.is-loaded")
    assert_clean(page)

    shop.search(scene)
    page.locator(".guess button").first.click()
    page.locator(".chosen .chip").wait_for()
    shop.settled()
    page.locator(".hit [data-kind=like]").nth(1).dispatch_event("click")
    page.locator(".example-list .picture.is-loaded").wait_for()
    shop.settled()
    assert_clean(page)
    page.emulate_media(color_scheme="dark")
    keep_picture(shop, f"{device}-dark")

    page.locator(".hit h2 a").first.click()
    page.locator(".similar .picture.is-loaded").first.wait_for()
    keep_picture(shop, f"{device}-dark-product")
    assert_clean(page)
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    if device == "phone":
        page.locator(".strip-filters").click()
        assert_clean(page)


def test_the_scheme_follows_the_system_until_one_is_chosen(visit: Begin) -> None:
    shop = visit(color_scheme="dark")
    page = shop.page
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    shop.open()
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="light")
    shop.until(f"dark => {ground} !== dark", dark)
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate(ground) == dark
    page.reload()
    page.wait_for_selector("#results")
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Light colours").click()
    assert page.evaluate(ground) == light
