"""From a photo to a product, with the mouse."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any

from PIL import Image

Begin = Callable[..., Any]
Keep = Callable[[Any, str], None]


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag over the photo; places as shares of its sides."""
    box = page.locator(".crop").bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=5)
    page.mouse.up()


def test_a_photo_leads_to_a_product_and_back(
    visit: Begin, scene: bytes, keep_picture: Keep
) -> None:
    shop = visit()
    page = shop.page
    shop.open()
    page.wait_for_selector(".examples .picture.is-loaded")
    keep_picture(shop, "welcome")

    shop.search(scene)
    assert shop.titles()[0] == "Compact Camera with Flash, 24 MP"
    assert page.locator(".confidence").first.inner_text().startswith("Very likely this product")
    assert "%" in page.locator(".confidence").first.get_attribute("title")
    keep_picture(shop, "photo")

    with page.expect_response("**/v1/query"):
        drag(page, (0.64, 0.3), (0.97, 0.72))
    shop.until("document.querySelector('.hit h2')?.textContent.includes('Filter Coffee')")
    assert page.locator(".guess li").all_inner_texts() == ["Groceries", "Drinks", "Coffee & Tea"]
    assert "box=0.6" in page.url
    keep_picture(shop, "cropped")

    page.locator(".guess button", has_text="Groceries").click()
    page.locator(".chosen .chip", has_text="Groceries").wait_for()
    shop.settled()
    page.locator("[data-field=price] label", has_text="Below €2.00").click()
    page.locator(".chosen .chip", has_text="Below €2.00").wait_for()
    shop.settled()
    prices = page.locator(".hit-price").all_inner_texts()
    assert prices
    assert all(float(price.removeprefix("€")) < 2 for price in prices)
    # Other ranges can still be chosen beside it.
    assert page.locator("[data-field=price] li").count() > 1
    keep_picture(shop, "filtered")
    page.locator(".chip", has_text="Below").click()
    page.locator(".chip", has_text="Below").wait_for(state="detached")
    shop.settled()

    wanted = page.locator(".hit").nth(2)
    sku = wanted.get_attribute("data-sku")
    wanted.hover()
    wanted.locator("[data-kind=like]").click()
    page.locator(".example-list[data-kind=like]").wait_for()
    shop.until("sku => !document.querySelector(`[data-sku='${sku}']`)", sku)
    assert f"like=0.5*{sku}" in page.url
    page.locator(".example-weight").click()
    assert page.locator(".example-weight").inner_text() == "just as much"
    shop.settled()
    keep_picture(shop, "more-like-this")

    before = page.url
    title = shop.titles()[0]
    page.locator(".hit h2 a").first.click()
    page.locator(".product-text h2", has_text=title).wait_for()
    assert "product=" in page.url
    page.locator(".similar a").first.wait_for()
    keep_picture(shop, "product")
    page.locator(".similar a").first.click()
    shop.until("t => document.querySelector('.product h2')?.textContent !== t", title)
    page.go_back()
    page.locator(".product-text h2", has_text=title).wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert page.url == before
    assert page.locator(".crop").count() == 1, "the photo is still there"
    page.go_back()
    page.locator(".example-list").wait_for(state="detached")


def test_one_press_tries_an_example_and_its_address_can_be_passed_on(visit: Begin) -> None:
    shop = visit()
    page = shop.page
    shop.open()
    example = page.locator(".examples button").nth(3)
    title = example.locator("img").get_attribute("alt")
    example.click()
    shop.settled()
    assert shop.titles()[0] == title
    assert re.search(r"picture=[0-9a-f]{64}", page.url)
    found = shop.titles()
    page.reload()
    shop.settled()
    assert shop.titles() == found
    assert page.locator(".crop img").count() == 1


def test_an_address_keeps_all_but_a_photo_of_ones_own(visit: Begin, scene: bytes) -> None:
    shop = visit()
    page = shop.page
    shop.open("?words=camera&in.brand=Halvoptik~brand+%3D+%22Halvoptik%22")
    shop.settled()
    shop.search(scene)
    assert "photo=own" in page.url
    page.reload()
    shop.settled()
    assert page.locator(".asked-none b").inner_text() == "This link was made with a photo."
    assert page.locator("input[name=words]").input_value() == "camera"
    assert page.locator(".chip").all_inner_texts() == ["Halvoptik"]
    shop.search(scene)
    assert page.locator(".crop").count() == 1
    assert page.locator(".chip").all_inner_texts() == ["Halvoptik"]


def test_words_search_alone_and_beside_a_photo(visit: Begin, scene: bytes) -> None:
    shop = visit()
    page = shop.page
    shop.open()
    page.locator("input[name=words]").fill("linen journal")
    page.locator(".results[data-state=ready] .hit").first.wait_for()
    assert shop.titles()[0].startswith("Linen Journal")
    assert "words=linen+journal" in page.url
    assert page.locator(".hit-tools").count() == 0, "nothing asks by its looks"
    shop.search(scene)
    assert shop.photos_sent()[-1]["query"]["words"] == "linen journal"
    page.locator(".words-clear").click()
    shop.until("document.querySelector('.hit h2')?.textContent.includes('Camera')")


def test_the_latest_question_wins(visit: Begin) -> None:
    shop = visit(expected="ERR_FAILED")
    page = shop.page
    held = []
    page.route(
        "**/v1/query",
        lambda route: (
            held.append(route) if "guitar" in route.request.post_data else route.continue_()
        ),
    )
    shop.open("?words=guitar")
    page.locator(".hit.is-waiting").first.wait_for()
    page.locator("input[name=words]").fill("cucumber")
    page.locator(".results[data-state=ready] .hit").first.wait_for()
    assert held[0].request.failure, "the older request is given up"
    assert shop.titles()[0].startswith("Mini Cucumbers")


def test_more_is_shown_and_the_focus_goes_on(visit: Begin, scene: bytes) -> None:
    shop = visit()
    page = shop.page
    shop.open()
    with page.expect_response("**/v1/query") as first:
        shop.search(scene)
    assert len(shop.titles()) == 24
    with page.expect_response("**/v1/query") as second:
        page.locator(".more button").click()
    page.locator("[data-rank='48']").wait_for()
    assert page.evaluate("document.activeElement.dataset.rank") == "25"
    assert len(set(shop.titles())) == 48
    # Each hit is told with the query that found it.
    ids = [answered.value.json()["query_id"] for answered in (first, second)]
    for rank, query_id in ((1, ids[0]), (25, ids[1])):
        with page.expect_request("**/v1/events") as told:
            page.locator(f"[data-rank='{rank}']").click()
        assert told.value.post_data_json["events"][0]["query_id"] == query_id
        page.keyboard.press("Escape")
        page.locator("dialog").wait_for(state="detached")


def test_the_things_in_a_photo_are_found(visit: Begin, scene: bytes, keep_picture: Keep) -> None:
    shop = visit()
    page = shop.page
    shop.open()
    shop.search(scene)
    page.get_by_role("button", name="Find the things in it").click()
    cup = page.get_by_role("button", name="Search with this: Coffee & Tea")
    cup.wait_for()
    keep_picture(shop, "things")
    cup.click()
    page.locator(".hit h2", has_text="Filter Coffee").wait_for()
    left, top, width, height = map(
        float, page.evaluate("new URLSearchParams(location.search).get('box')").split(",")
    )
    # The cup, as it was drawn: its middle is in the box, the camera's is not.
    assert left < 1290 / 1600 < left + width
    assert top < 617 / 1200 < top + height
    assert left > 540 / 1600


def test_nothing_alike_says_so_and_shows_the_nearest(
    visit: Begin, noise: bytes, keep_picture: Keep
) -> None:
    shop = visit()
    shop.open()
    shop.search(noise)
    assert shop.page.locator("h1").inner_text() == "Nothing like this in the catalogue"
    assert shop.page.locator("h2.nearest").inner_text() == "The nearest all the same"
    assert len(shop.titles()) == 24
    assert shop.page.locator(".confidence").count() == 0
    keep_picture(shop, "nothing-alike")


def test_no_hits_say_why(visit: Begin) -> None:
    shop = visit()
    shop.open("?words=qqzz&in.brand=Halvoptik~brand+%3D+%22Halvoptik%22")
    shop.settled()
    assert shop.page.locator("h1").inner_text() == "Nothing found"
    assert "qqzz" in shop.page.locator(".nothing p").inner_text()
    shop.page.locator(".nothing button").click()
    shop.page.locator(".chip").wait_for(state="detached")


def test_a_match_is_explained(visit: Begin, scene: bytes, keep_picture: Keep) -> None:
    shop = visit()
    page = shop.page
    shop.open()
    shop.search(scene)
    page.locator(".hit").first.hover()
    page.locator(".hit [data-kind=why]").first.click()
    page.locator(".explained img").wait_for()
    shop.until("document.querySelector('.explained img').naturalWidth === 688")
    keep_picture(shop, "explained")
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.kind") == "why"


def test_less_like_this_needs_something_to_be_like(visit: Begin) -> None:
    shop = visit()
    page = shop.page
    shop.open("?sku=SPO-FIT-001")
    shop.settled()
    page.locator(".hit").first.hover()
    page.locator(".hit [data-kind=unlike]").first.click()
    page.locator(".example-list[data-kind=unlike]").wait_for()
    shop.settled()
    assert "unlike=0.5" in page.url
    page.get_by_role("button", name="Remove the photo").click()
    page.locator(".welcome").wait_for()
    assert "unlike" not in page.url


def test_photos_are_sent_upright_and_small(visit: Begin) -> None:
    shop = visit()
    shop.open()
    upright, lying = 1, 6
    for size, orientation, sent_size in (
        ((2000, 1000), upright, (1280, 640)),
        ((2000, 1000), lying, (640, 1280)),
        ((800, 600), upright, (800, 600)),
    ):
        exif = Image.Exif()
        exif[0x0112] = orientation
        file = io.BytesIO()
        Image.effect_noise(size, 60).convert("RGB").save(file, "JPEG", exif=exif)
        shop.search(file.getvalue())
        sent = shop.photos_sent()[-1]
        assert sent["type"] == "image/jpeg"
        assert (sent["width"], sent["height"]) == sent_size


def test_of_files_that_are_dropped_the_first_picture_is_taken(visit: Begin, scene: bytes) -> None:
    shop = visit()
    shop.open()
    shop.page.evaluate(
        """(scene) => {
            const dataTransfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(scene), (letter) => letter.charCodeAt(0));
            dataTransfer.items.add(new File(["Dear diary"], "diary.txt", { type: "text/plain" }));
            dataTransfer.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
            dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
        }""",
        base64.b64encode(scene).decode(),
    )
    shop.settled()
    assert shop.titles()[0] == "Compact Camera with Flash, 24 MP"
    assert len(shop.photos_sent()) == 1


def test_what_was_looked_at_is_told_once_a_service_keeps_it(visit: Begin) -> None:
    shop = visit()
    page = shop.page
    shop.open("?words=linen")
    shop.settled()
    page.route("https://shop.example/**", lambda route: route.abort())
    with page.expect_request("**/v1/events") as viewed:
        page.locator(".hit h2 a").nth(1).click()
    [view] = viewed.value.post_data_json["events"]
    assert view["kind"] == "view"
    assert view["position"] == 2
    assert view["query_id"]
    assert view["session_id"]
    assert viewed.value.response().status == 202


def test_the_pages_title_says_where_one_is(visit: Begin) -> None:
    shop = visit()
    page = shop.page
    shop.open("?words=linen")
    shop.settled()
    assert page.title() == "linen · vsearch"
    page.locator(".hit h2 a").first.click()
    shop.until("document.title.startsWith('Linen Journal, ')")
    page.keyboard.press("Escape")
    shop.until("document.title === 'linen · vsearch'")
