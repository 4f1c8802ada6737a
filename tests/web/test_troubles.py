"""What the page says when the service doesn't answer, or says no."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Begin = Callable[..., Any]
Keep = Callable[[Any, str], None]


def refuse(status: int, detail: str = "", kind: str = "x", **headers: str) -> Callable[[Any], None]:
    body = json.dumps({"type": f"/problems/{kind}", "detail": detail, "status": status})

    def answer(route: Any) -> None:
        route.fulfill(
            status=status, headers=headers, content_type="application/problem+json", body=body
        )

    return answer


_REFUSALS = [
    (413, "too-large", "That photo is too large", ""),
    (415, "unsupported-media-type", "That doesn't look like a picture", "it is a film"),
    (422, "bad-image", "That doesn't look like a picture", "the file is cut off"),
    (400, "bad-filter", "That can't be searched for", "there is no field of this name"),
    (500, "fault", "Something went wrong over there", ""),
    (504, "timeout", "That took too long", ""),
]


def test_refusals_are_told_in_plain_words(visit: Begin, scene: bytes) -> None:
    shop = visit(expected="|".join(f"status of {status}" for status, *_ in _REFUSALS))
    page = shop.page
    shop.open()
    notice = page.locator(".notice[role=alert]")
    for status, kind, title, detail in _REFUSALS:
        page.route("**/v1/query", refuse(status, detail, kind), times=1)
        shop.upload(scene)
        page.locator(".notice-title", has_text=title).wait_for()
        assert detail in notice.inner_text()
        # Another photo is another try.
        shop.search(scene)
        assert notice.count() == 0


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again_when_it_says(
    visit: Begin, scene: bytes, status: int, keep_picture: Keep
) -> None:
    shop = visit(expected=f"status of {status}")
    page = shop.page
    page.route("**/v1/query", refuse(status, **{"Retry-After": "1"}), times=1)
    shop.open()
    shop.upload(scene)
    notice = page.locator(".notice")
    notice.wait_for()
    assert "Trying again in 1 s" in notice.inner_text()
    keep_picture(shop, "busy")
    shop.settled()
    assert notice.count() == 0
    assert shop.titles()[0].startswith("Compact Camera")


def test_a_busy_start_is_tried_again(visit: Begin) -> None:
    shop = visit(expected="status of 503")
    shop.page.route("**/v1/collection", refuse(503, **{"Retry-After": "1"}), times=1)
    shop.open("?words=linen")
    shop.page.locator(".notice", has_text="Trying again in").wait_for()
    shop.settled()
    assert shop.page.locator(".notice").count() == 0


def test_a_search_goes_on_when_the_network_is_back(visit: Begin, scene: bytes) -> None:
    shop = visit(expected="ERR_INTERNET_DISCONNECTED")
    page = shop.page
    shop.open()
    page.wait_for_selector(".examples .picture.is-loaded")
    page.context.set_offline(True)
    shop.upload(scene)
    page.locator(".notice", has_text="You seem to be offline").wait_for()
    page.context.set_offline(False)
    shop.settled()
    assert page.locator(".notice").count() == 0


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [(b"Dear diary", "diary.txt", "text/plain"), (b"", "photo.jpg", "image/jpeg")],
)
def test_what_is_no_picture_is_not_sent(visit: Begin, content: bytes, name: str, kind: str) -> None:
    shop = visit()
    shop.open()
    shop.upload(content, name, kind)
    shop.page.locator(".notice", has_text="That doesn't look like a picture").wait_for()
    assert shop.sent("/v1/query") == []
    shop.page.locator(".notice .icon-button").click()
    assert shop.page.locator(".notice").count() == 0


def test_a_key_is_asked_for_sent_and_kept_for_the_tab(visit: Begin, keep_picture: Keep) -> None:
    shop = visit(expected="status of 401")
    page = shop.page
    refused = refuse(401)

    def guard(route: Any) -> None:
        if route.request.headers.get("authorization") == "Bearer vs_right":
            # The service behind has no keys, and would refuse this one.
            headers = {k: v for k, v in route.request.headers.items() if k != "authorization"}
            route.continue_(headers=headers)
        else:
            refused(route)

    page.route("**/v1/**", guard)
    shop.open("?sku=MUS-STR-001")
    field = page.get_by_label("API key")
    field.wait_for()
    assert page.evaluate("document.activeElement.id") == "key"
    keep_picture(shop, "key")
    field.fill("vs_wrong")
    page.keyboard.press("Enter")
    page.locator(".key-wrong").wait_for()
    page.get_by_label("API key").fill("vs_right")
    page.keyboard.press("Enter")
    shop.settled()
    assert page.locator("dialog").count() == 0
    page.locator(".asked-title b", has_text="Electric Guitar").wait_for()
    # Pictures too are fetched with the key.
    page.locator(".hit .picture.is-loaded[src^=blob]").first.wait_for()
    page.reload()
    shop.settled()
    assert page.locator("dialog").count() == 0
    assert page.evaluate("Object.keys(localStorage)") == []


def test_a_product_that_is_gone_says_so(visit: Begin) -> None:
    shop = visit(expected="status of 404")
    shop.open("?words=linen&product=NO-SUCH")
    shop.page.locator("dialog .notice").wait_for()
    shop.page.keyboard.press("Escape")
    shop.page.locator("dialog").wait_for(state="detached")
    assert "product" not in shop.page.url


def test_events_end_where_they_are_not_wanted(visit: Begin) -> None:
    shop = visit(expected="status of 403")
    page = shop.page
    page.route("**/v1/events", refuse(403))
    shop.open("?words=linen")
    shop.settled()
    for number in range(2):
        page.locator(".hit h2 a").nth(number).click()
        page.locator(".product-text h2").wait_for()
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="detached")
    assert len(shop.sent("/v1/events")) == 1
    assert page.locator(".notice").count() == 0


def test_a_line_that_breaks_is_told_and_can_be_tried_again(visit: Begin) -> None:
    shop = visit(expected="ERR_")
    page = shop.page
    page.route("**/v1/query", lambda route: route.abort("connectionreset"), times=1)
    shop.open("?words=linen")
    page.locator(".notice", has_text="You seem to be offline").wait_for()
    page.get_by_role("button", name="Try again").click()
    shop.settled()
    assert page.locator(".notice").count() == 0
