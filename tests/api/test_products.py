"""Products over HTTP: put, found at once, shown, leafed through, removed."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

CATALOG = Path(__file__).parents[2] / "catalog"
PHOTOS = [path.read_bytes() for path in sorted((CATALOG / "queries").glob("*.png"))[:4]]


def picture(colour: str) -> bytes:
    """Stripes of a colour: like nothing in the catalogue."""
    image = Image.new("RGB", (96, 96), "white")
    for x in range(0, 96, 16):
        image.paste(Image.new("RGB", (8, 96), colour), (x, 0))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def first(http: httpx.Client, photo: bytes) -> dict[str, Any]:
    answer = http.post("/v1/query", content=photo, headers={"Content-Type": "image/png"})
    assert answer.status_code == 200, answer.text
    hit: dict[str, Any] = answer.json()["hits"][0]
    return hit


def test_a_product_is_found_as_soon_as_it_is_put(http: httpx.Client) -> None:
    photo = picture("red")
    body = {
        "title": "Striped thing",
        "category": ["Things", "Striped"],
        "price": "12.50",
        "currency": "EUR",
        "attributes": {"colour": "red", "sizes": ["S", "M"], "washable": True},
        "images": [{"data": base64.b64encode(photo).decode()}],
    }
    put = http.put("/v1/products/NEW-1", json=body)
    assert put.status_code == 201, put.text
    assert put.json()["outcome"] == "created"
    hit = first(http, photo)
    assert (hit["sku"], hit["price"]) == ("NEW-1", "12.50")
    assert hit["score"] > 0.999

    shown = http.get("/v1/products/NEW-1").json()
    assert shown["attributes"] == {"colour": "red", "sizes": ["S", "M"], "washable": True}
    assert shown["category"] == ["Things", "Striped"]
    original = http.get(shown["images"][0]["url"])
    assert (original.content, original.headers["content-type"]) == (photo, "image/png")
    assert "immutable" in original.headers["cache-control"]

    again = http.put("/v1/products/NEW-1", json={**body, "price": "9.99"})
    assert (again.status_code, again.json()["outcome"]) == (200, "changed")
    assert first(http, photo)["price"] == "9.99"
    assert http.put("/v1/products/NEW-1", json={**body, "price": "9.99"}).json()["outcome"] == (
        "unchanged"
    )

    assert http.delete("/v1/products/NEW-1").status_code == 204
    assert first(http, photo)["sku"] != "NEW-1"
    assert http.get("/v1/products/NEW-1").status_code == 404
    assert http.delete("/v1/products/NEW-1").status_code == 404


def test_pictures_may_come_as_files_and_bad_ones_are_named(http: httpx.Client) -> None:
    photo = picture("blue")
    put = http.put(
        "/v1/products/NEW 2%2F%C3%BC",
        files=[
            ("product", (None, json.dumps({"title": "Blue stripes"}), "application/json")),
            ("image", ("a.png", photo, "image/png")),
            ("image", ("b.png", b"no picture", "image/png")),
        ],
    )
    assert put.status_code == 201, put.text
    assert [one["location"] for one in put.json()["rejected_images"]] == ["picture 2"]
    assert first(http, photo)["sku"] == "NEW 2/ü"
    # Pictures left out stay.
    assert http.put("/v1/products/NEW 2%2F%C3%BC", json={"title": "Other"}).status_code == 200
    hit = first(http, photo)
    assert (hit["sku"], hit["title"]) == ("NEW 2/ü", "Other")
    assert http.delete("/v1/products/NEW 2%2F%C3%BC").status_code == 204


def test_a_sku_may_hold_what_addresses_are_made_of(http: httpx.Client) -> None:
    photo = picture("green")
    for sku in ("A/similar", "A%2Fb", "a?b=c#d", "../x", "similar"):
        address = f"/v1/products/{quote(sku, safe='')}"
        put = http.put(address, files=[("image", ("a.png", photo, "image/png"))])
        assert put.status_code == 201, put.text
        assert put.json()["product"]["sku"] == http.get(address).json()["sku"] == sku
        assert http.get(f"{address}/similar").status_code == 200
        assert http.delete(address).status_code == 204


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"price": "-1"}, "price"),
        ({"price": "abc"}, "price"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "XXQ", "price": "1"}, ""),
        ({"availability": "soon"}, "availability"),
        ({"attributes": {"a": {"b": 1}}}, "attributes"),
        ({"colour": "red"}, "colour"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"images": [{"url": "ftp://a/b.png"}]}, "images"),
    ],
    ids=str,
)
def test_a_product_that_cannot_be_is_refused(
    http: httpx.Client, body: dict[str, Any], where: str
) -> None:
    put = http.put("/v1/products/NEW-3", json=body)
    if put.status_code == 201:  # A currency nobody has heard of is still three capitals.
        assert body == {"currency": "XXQ", "price": "1"}
        assert http.delete("/v1/products/NEW-3").status_code == 204
        return
    assert put.status_code == 422, put.text
    assert any(where in fault["where"] for fault in put.json()["errors"])
    assert http.get("/v1/products/NEW-3").status_code == 404


def test_a_url_is_not_fetched_unless_the_service_was_told_to(http: httpx.Client) -> None:
    put = http.put("/v1/products/NEW-4", json={"images": [{"url": "http://127.0.0.1:1/a.png"}]})
    assert put.status_code == 201, put.text
    assert put.json()["rejected_images"][0]["location"] == "http://127.0.0.1:1/a.png"
    assert http.delete("/v1/products/NEW-4").status_code == 204


def test_the_catalogue_can_be_leafed_through(http: httpx.Client) -> None:
    found: list[str] = []
    after: str | None = "0"
    while after is not None:
        page = http.get("/v1/products", params={"k": 100, "after": after}).json()
        found += [product["sku"] for product in page["products"]]
        after = page["next"]
        assert page["total"] == 229
    assert len(found) == len(set(found)) == 229
    cheap = http.get("/v1/products", params={"where": "price < 5", "k": 200}).json()
    assert {float(product["price"]) < 5 for product in cheap["products"]} == {True}
    assert 0 < cheap["total"] < 229


def test_thumbnails_are_small_and_kept_by_browsers(http: httpx.Client) -> None:
    image = http.get("/v1/products/MUS-STR-001").json()["images"][0]
    small = http.get(image["thumbnail"], params={"side": 160})
    assert small.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(small.content)) as opened:
        assert max(opened.size) <= 160
    again = http.get(
        image["thumbnail"], params={"side": 160}, headers={"If-None-Match": small.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/images/" + "0" * 64, 404),
        ("/v1/images/" + "0" * 64 + "/thumbnail", 404),
        ("/v1/images/..%2F..%2Fetc%2Fpasswd", 422),
        ("/v1/images/zz", 422),
        ("/v1/products/..%2F..%2Fproducts.db", 404),
        ("/static/..%2F..%2Fpage.py", 404),
    ],
)
def test_nothing_else_is_given_out(http: httpx.Client, path: str, status: int) -> None:
    answer = http.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_pages_files_have_addresses_of_their_contents(http: httpx.Client) -> None:
    page = http.get("/")
    assert page.headers["cache-control"] == "no-cache"
    files = re.findall(r'(?:src|href)="(/static/[0-9a-f]{16}/[^"]+)"', page.text)
    assert files
    for file in files:
        answer = http.get(file)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    styles = next(file for file in files if file.endswith("base.css"))
    assert http.get(styles).headers["content-encoding"] == "gzip"
    assert http.get("/static/index.html").status_code == 404
