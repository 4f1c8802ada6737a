"""Beside a product: what is similar, what goes with it; and what a visit's own views suggest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.web.test_accessibility import AXE, assert_clean
from tests.web.test_troubles import refuse

GUITAR = "MUS-STR-001"
BAG = "FAS-BAG-003"
PHONE = {"width": 390, "height": 844}

Begin = Callable[..., Any]
Keep = Callable[[Any, str], None]


def view(shop: Any, sku: str) -> None:
    shop.open(f"?product={sku}")
    shop.page.locator(".similar .picture.is-loaded").first.wait_for()


def with_bases(*bases: str) -> Callable[[Any], None]:
    """The service's own answer, as if this were what its hits rest on."""

    def answer(route: Any) -> None:
        told = route.fetch()
        content = told.json()
        for number, hit in enumerate(content["hits"]):
            hit["basis"] = bases[number % len(bases)]
        route.fulfill(response=told, json=content)

    return answer


def test_what_goes_with_a_product_says_what_it_rests_on(visit: Begin, keep_picture: Keep) -> None:
    shop = visit()
    page = shop.page
    rests_on = page.locator(".goes-with .rail-note")
    captions = page.locator(".goes-with .rail-caption")
    page.route("**/goes-with?*", with_bases("style"))
    view(shop, GUITAR)
    page.locator(".goes-with .picture.is-loaded").first.wait_for()
    assert rests_on.inner_text() == "Chosen by style alone, not by what people bought"
    assert captions.count() == 0
    page.unroute("**/goes-with?*")

    page.route("**/goes-with?*", with_bases("together", "learned", "style"))
    view(shop, BAG)
    page.locator(".goes-with .picture.is-loaded").first.wait_for()
    assert rests_on.count() == 0
    assert captions.all_inner_texts()[:3] == [
        "Bought together",
        "Fits what others combine",
        "Same style",
    ]
    page.evaluate("document.querySelector('.goes-with').scrollIntoView()")
    keep_picture(shop, "goes-with")
    page.unroute("**/goes-with?*")

    # What is only popular goes with nothing in particular.
    page.route("**/goes-with?*", with_bases("popular", "newest"))
    view(shop, GUITAR)
    page.locator(".goes-with").wait_for(state="detached")


def test_what_was_viewed_suggests_more(visit: Begin, keep_picture: Keep) -> None:
    shop = visit()
    page = shop.page
    shop.open()
    page.wait_for_selector(".examples .picture.is-loaded")
    assert page.locator(".because-viewed > *").count() == 0
    view(shop, GUITAR)
    view(shop, BAG)
    view(shop, GUITAR)
    with page.expect_request("**/v1/recommend") as asked:
        shop.open()
    body = asked.value.post_data_json
    assert [(one["kind"], one["sku"]) for one in body["history"]] == [
        ("view", BAG),
        ("view", GUITAR),
    ]
    assert set(body) == {"history", "k"}
    page.locator(".because .picture.is-loaded").first.wait_for()
    assert page.locator(".met button").count() == 2
    captions = page.locator(".because .rail-caption").all_inner_texts()
    assert captions
    assert all("Electric Guitar" in one or "School Backpack" in one for one in captions)
    keep_picture(shop, "because-viewed")
    page.evaluate(AXE)
    assert_clean(page)

    # What is opened from there names the answer that showed it.
    with page.expect_request("**/v1/events") as told:
        page.locator(".because .rail-products a").first.click()
    [event] = told.value.post_data_json["events"]
    answer = asked.value.response().json()
    assert event["query_id"] == answer["query_id"]
    assert answer["hits"][event["position"] - 1]["sku"] == event["sku"]
    page.locator("dialog .because .picture.is-loaded").first.wait_for()
    assert_clean(page)
    page.set_viewport_size(PHONE)
    page.evaluate("document.querySelector('dialog').scrollTo(0, 99999)")
    keep_picture(shop, "phone-because-viewed")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate("Object.keys(localStorage)") == []


def test_a_switch_forgets_what_was_viewed_and_keeps_nothing_more(visit: Begin) -> None:
    shop = visit()
    page = shop.page
    view(shop, GUITAR)
    view(shop, BAG)
    page.locator("dialog .because .picture.is-loaded").first.wait_for()
    page.locator("dialog").get_by_role("switch", name="Remember what I view").uncheck()
    page.locator("dialog .because").wait_for(state="detached")
    assert page.evaluate("JSON.parse(sessionStorage['vsearch.viewed']).met") == []
    sent = len(shop.sent("/v1/events")), len(shop.sent("/v1/recommend"))
    assert sent[0] == 2
    view(shop, GUITAR)
    shop.open()
    page.wait_for_selector(".examples .picture.is-loaded")
    assert (len(shop.sent("/v1/events")), len(shop.sent("/v1/recommend"))) == sent
    page.get_by_role("switch").check()
    view(shop, BAG)
    assert len(shop.sent("/v1/events")) == sent[0] + 1


def test_what_nothing_viewed_speaks_for_is_not_said_to_be_because_of_it(visit: Begin) -> None:
    shop = visit(expected="status of 401")
    page = shop.page

    def as_popular(route: Any) -> None:
        told = route.fetch()
        content = told.json()
        for hit in content["hits"]:
            hit |= {"basis": "popular", "because": []}
        route.fulfill(response=told, json=content)

    view(shop, GUITAR)
    page.route("**/v1/recommend", as_popular)
    with page.expect_response("**/v1/recommend"):
        shop.open()
    page.locator(".because").wait_for(state="detached")
    page.unroute("**/v1/recommend")
    # Nor is a shopper told of what the service keeps to itself.
    page.route("**/v1/recommend", refuse(401))
    with page.expect_response("**/v1/recommend"):
        shop.open()
    page.locator(".because").wait_for(state="detached")
    assert page.locator(".notice, dialog").count() == 0
