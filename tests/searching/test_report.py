"""The HTML report: it opens without a server, and what a merchant writes stays text."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from vsearch import Availability, Collection, Hit, Product, Settings, StorageError
from vsearch.searching.query import Query
from vsearch.searching.report import Asked, Card, Report, Section, render
from vsearch.searching.result import Result

_VOID = {"meta", "img", "br", "link", "input", "hr"}
_PICTURE = "data:image/jpeg;base64,/9j/4AAQ"


class Page(HTMLParser):
    """Reads a page strictly: every element is closed, in order, by its own end tag."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"<{tag}> has an attribute twice"
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.texts.append(data)

    def all_of(self, tag: str, attribute: str) -> list[str | None]:
        return [attrs.get(attribute) for name, attrs in self.tags if name == tag]

    @property
    def counts(self) -> Counter[str]:
        return Counter(tag for tag, _ in self.tags)


def hit_of(product: Product, rank: int = 1, score: float = 0.87654) -> Hit:
    return Hit(rank, score, product, image="/shop/a.jpg", image_id=7, content_hash="0" * 64)


def report_of(
    hits: Sequence[Hit],
    *,
    query_name: str = "photo.jpg",
    query_picture: str | None = _PICTURE,
    pictures: Sequence[str | None] | None = None,
    encoder: str = "a ViT",
) -> Report:
    shown = pictures or [_PICTURE] * len(hits)
    return Report(
        query=Query(image=query_name),
        result=Result(tuple(hits)),
        like=[Asked(query_name, query_picture)],
        unlike=[],
        sections=[Section([Card(*card) for card in zip(hits, shown, strict=True)])],
        encoder=encoder,
        products=1234,
        seconds=0.0421,
    )


def assert_loads_nothing(html: str, links: int) -> None:
    """No script, no style sheet, no font, no picture from elsewhere; only links to follow."""
    page = Page(html)
    assert page.counts["script"] == page.counts["link"] == page.counts["iframe"] == 0
    assert page.counts["base"] == page.counts["form"] == page.counts["object"] == 0
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), attributes
        for name in ("src", "srcset", "data", "poster", "action", "background"):
            value = attributes.get(name)
            assert value is None or value.startswith("data:image/"), (tag, value)
        if "href" in attributes:
            assert tag == "a"
            assert re.match("https?://", attributes["href"] or "")
    assert page.counts["a"] == links
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style


SHOE = Product(
    sku="SHO-1",
    title="Red shoe",
    brand="Acme",
    category=("Shoes", "Sneakers"),
    price=Decimal("1299.50"),
    currency="EUR",
    availability=Availability.OUT_OF_STOCK,
    url="https://shop.example/p/1?a=b&c=d",
)


def test_shows_the_query_and_each_hit() -> None:
    html = render(report_of([hit_of(SHOE), hit_of(Product(sku="BARE"), 2, -0.25)]))
    page = Page(html)
    assert_loads_nothing(html, links=1)
    assert page.all_of("img", "src") == [_PICTURE] * 3
    assert page.all_of("img", "alt") == ["The query picture", "Red shoe", "BARE"]
    assert page.all_of("a", "href") == [SHOE.url]
    shown = " ".join(" ".join(page.texts).split())
    for text in (
        "photo.jpg",
        "2 of 1234 products in 42 ms",
        "a ViT",
        "Red shoe",
        "Acme",
        "Shoes \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} Sneakers",
        "0.877",
        "-0.250",
        "1\N{NARROW NO-BREAK SPACE}299.50 EUR",
        "out of stock",
    ):
        assert " ".join(text.split()) in shown, text
    assert "width: -" not in html


def test_no_hits_is_said() -> None:
    html = render(report_of([]))
    assert_loads_nothing(html, links=0)
    assert "No product of the collection has a usable image." in html


def test_a_picture_that_is_gone_is_said_to_be() -> None:
    html = render(report_of([hit_of(SHOE)], pictures=[None], query_picture=None))
    page = Page(html)
    assert page.counts["img"] == 0
    assert "picture not available" in page.texts
    assert "no picture" in page.texts


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " https://shop.example/",
        "data:text/html,<script>alert(1)</script>",
        "//evil.example/",
        "ftp://shop.example/",
        "httpx://shop.example/",
        "",
    ],
)
def test_only_http_addresses_are_links(url: str) -> None:
    html = render(report_of([hit_of(Product(sku="A", title="A thing", url=url))]))
    assert_loads_nothing(html, links=0)


_hostile = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="<>\"'&;/={}%#! -abcscript", max_size=40),
)


@given(title=_hostile, sku=_hostile.filter(bool), url=_hostile, name=_hostile, brand=_hostile)
@example(
    title="</span><script>alert(1)</script>",
    sku="\"'><img src=x onerror=alert(1)>",
    url='https://shop.example/"><script src="https://evil.example/x.js"></script>',
    name="</title><script>alert(1)</script>",
    brand="{{ 7 * 7 }}{% raw %}&lt;b&gt;",
)
def test_whatever_a_merchant_writes_is_text(
    title: str, sku: str, url: str, name: str, brand: str
) -> None:
    def page_with(title: str, sku: str, url: str, name: str, brand: str) -> tuple[str, Page]:
        product = Product(sku=sku, title=title, url=url, brand=brand, category=(brand, title))
        html = render(report_of([hit_of(product)], query_name=name, encoder=name))
        return html, Page(html)

    is_link = url.startswith(("http://", "https://"))
    tame_url = "https://shop.example/" if is_link else ""
    _, tame = page_with(title and "t", "s", tame_url, "n", brand and "b")
    html, page = page_with(title, sku, url, name, brand)
    assert_loads_nothing(html, links=int(is_link))
    assert page.counts == tame.counts
    assert page.all_of("a", "href") == ([url] if is_link else [])
    # The browser's reading of the page gives back what was written, to the letter.
    assert page.all_of("img", "alt")[1] == (title or sku)
    assert sku in page.texts
    assert not title or title in page.texts
    assert not brand or brand in page.texts
    assert name == "" or name in page.texts


def _picture_in(uri: str | None) -> Image.Image:
    kind, _, data = (uri or "").partition(";base64,")
    assert kind in {"data:image/jpeg", "data:image/png", "data:image/webp"}
    with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as image:
        image.load()
        return image.convert("RGB")


@pytest.fixture
def pictured(make_shop, drawn: Callable[..., np.ndarray]):
    """Two products with pictures on the disk, one red and one blue, and one whose is gone."""
    embeddings = dict(zip(("red", "blue", "gone"), drawn(3), strict=True))
    shop = make_shop({name.upper(): [f"{name}/0.jpg"] for name in embeddings}, embeddings)
    shop.publish()
    for name in ("red", "blue"):
        (shop.layout.folder / name).mkdir()
        Image.new("RGB", (900, 300), name).save(shop.layout.folder / name / "0.jpg")
    with Collection.open(shop.layout.folder, settings=Settings()) as collection:
        yield collection


def test_a_collections_report_has_its_pictures_inside(pictured: Collection, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    query = Query(sku="RED")
    pictured.write_report(file, query, result=pictured.search(query), seconds=0.1)
    html = file.read_text(encoding="utf-8")
    assert_loads_nothing(html, links=0)
    page = Page(html)
    query, *found = [_picture_in(uri) for uri in page.all_of("img", "src")]
    assert query.size == (256, 85)
    assert query.getpixel((9, 9)) == pytest.approx((255, 0, 0), abs=3)
    # One of the two hits has lost its picture, the other is blue.
    assert [picture.getpixel((9, 9)) for picture in found] == [pytest.approx((0, 0, 255), abs=3)]
    assert page.texts.count("picture not available") == 1
    assert "RED" in page.texts


def test_a_report_of_a_photo_shows_the_photo(pictured: Collection, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    photo = np.zeros((40, 40, 3), np.uint8)
    photo[..., 1] = 255
    pictured.write_report(file, Query(image=photo), result=Result(()), seconds=0.1)
    page = Page(file.read_text(encoding="utf-8"))
    (uri,) = page.all_of("img", "src")
    assert _picture_in(uri).getpixel((9, 9)) == pytest.approx((0, 255, 0), abs=3)


@pytest.mark.parametrize("place", ["nowhere/report.html", "."])
def test_a_report_that_cannot_be_written_is_said_where(
    pictured: Collection, tmp_path: Path, place: str
) -> None:
    with pytest.raises(StorageError, match=re.escape(str(tmp_path))):
        pictured.write_report(tmp_path / place, Query(sku="RED"), result=Result(()), seconds=0.1)
