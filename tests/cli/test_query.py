"""``vsearch query``: by photo, by address, from stdin, by SKU; as a table, JSON and a page."""

from __future__ import annotations

import shutil
import sysconfig
import threading
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

OWN = "STA-BOO-001"


def test_the_installed_command_prints_a_table(run_command, collection: Path, photo: Path) -> None:
    script = Path(sysconfig.get_path("scripts")) / "vsearch"
    outcome = run_command([script, "query", photo, "-c", collection, "-k", "4"])
    assert outcome.code == 0, outcome.err
    header, *rows = outcome.out.splitlines()
    for title in ("#", "score", "sure", "sku", "title", "price", "availability", "image"):
        assert title in header.split()
    assert [row.split()[0] for row in rows] == ["1", "2", "3", "4"]
    _, score, sure, sku, *_ = rows[0].split()
    assert (score, sku) == ("1.000", OWN)
    assert sure.endswith("%")
    assert "Linen Journal, blue, 192 pages" in rows[0]
    assert "14.90 EUR" in rows[0]
    assert "in stock" in rows[0]
    assert photo.name in rows[0]
    assert "4 of 229 products" in outcome.err


def test_json_is_one_object_a_line(vsearch, collection: Path, photo: Path) -> None:
    outcome = vsearch("query", photo, "-c", collection, "-k", "7", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    hits = outcome.objects
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4, 5, 6, 7]
    assert len({hit["sku"] for hit in hits}) == 7
    scores = [hit["score"] for hit in hits]
    assert scores == sorted(scores, reverse=True)
    first = hits[0]
    assert {
        "rank", "sku", "score", "title", "price", "currency", "url", "image", "image_id"
    } <= set(first)  # fmt: skip
    assert first["sku"] == OWN
    assert first["score"] == pytest.approx(1, abs=1e-3)
    assert first["title"] == "Linen Journal, blue, 192 pages"
    assert (Decimal(first["price"]), first["currency"]) == (Decimal("14.90"), "EUR")
    assert first["url"] == f"https://shop.example/p/{OWN}"
    assert first["image"] == str(photo)
    assert isinstance(first["image_id"], int)
    assert first["category"] == ["Books & Stationery", "Books"]
    assert first["availability"] == "in_stock"


def test_ten_products_unless_told_otherwise(vsearch, collection: Path, photo: Path) -> None:
    assert len(vsearch("query", photo, "-c", collection, "--json").objects) == 10


def test_every_product_once_where_more_is_asked_than_there_is(
    vsearch, collection: Path, photo: Path
) -> None:
    hits = vsearch("query", photo, "-c", collection, "-k", "9999", "--json").objects
    assert len({hit["sku"] for hit in hits}) == len(hits) == 229


def test_a_photo_on_stdin(vsearch, collection: Path, photo: Path) -> None:
    by_path = vsearch("query", photo, "-c", collection, "--json")
    by_stdin = vsearch("query", "-", "-c", collection, "--json", stdin=photo.read_bytes())
    assert by_stdin.code == 0, by_stdin.err
    assert by_stdin.out == by_path.out


@pytest.fixture
def web(catalog: Path) -> Iterator[str]:
    """The sample's folder behind a server of this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=catalog)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_photo_behind_an_address(
    vsearch, collection: Path, photo: Path, web: str, tmp_path: Path
) -> None:
    address = f"{web}/images/{photo.name}"
    page = tmp_path / "hits.html"
    outcome = vsearch("query", address, "-c", collection, "--json", "--html", page)
    assert outcome.code == 0, outcome.err
    assert outcome.out == vsearch("query", photo, "-c", collection, "--json").out
    assert page.read_text(encoding="utf-8").count("data:image/") == 11


def test_an_address_that_has_no_photo_is_named(vsearch, collection: Path, web: str) -> None:
    error = vsearch("query", f"{web}/images/none.jpg", "-c", collection).error
    assert error.startswith(f"{web}/images/none.jpg: ")
    assert "404" in error
    error = vsearch("query", f"{web}/products.csv", "-c", collection).error
    assert error.startswith(f"{web}/products.csv: ")


def test_by_sku_leaves_the_product_out(vsearch, collection: Path) -> None:
    hits = vsearch("query", "--sku", OWN, "-c", collection, "-k", "300", "--json").objects
    assert len(hits) == 228
    assert OWN not in {hit["sku"] for hit in hits}


def test_the_page_opens_without_a_server(
    vsearch, collection: Path, photo: Path, tmp_path: Path
) -> None:
    page = tmp_path / "hits.html"
    page.write_text("an older one", encoding="utf-8")
    outcome = vsearch("query", photo, "-c", collection, "-k", "3", "--html", page)
    assert outcome.code == 0
    assert f"report: {page}" in outcome.err
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert html.count("data:image/") == 4
    assert html.count('<a class="title" href="https://shop.example/p/') == 3
    assert 'src="http' not in html
    assert photo.name in html


def test_the_same_encoder_may_be_named(vsearch, collection: Path, photo: Path) -> None:
    named = ("--encoder", "test_vit.r160_in1k", "--weights", "random:0")
    assert vsearch("query", photo, "-c", collection, *named).code == 0


def test_the_collection_may_come_from_the_environment(
    vsearch, collection: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VSEARCH_COLLECTION", str(collection))
    assert vsearch("query", photo, "--json").objects[0]["sku"] == OWN


def test_the_collection_is_in_the_working_folder_otherwise(
    vsearch, small: Path, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(small, tmp_path / "here" / ".vsearch")
    monkeypatch.chdir(tmp_path / "here")
    assert len(vsearch("query", photo, "--json").objects) == 3


def test_a_catalogue_without_pictures_finds_nothing(
    vsearch, tmp_path: Path, photo: Path, encoder_options
) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text('{"sku": "A", "title": "A"}\n', encoding="utf-8")
    folder = tmp_path / "c"
    assert vsearch("index", feed, "-c", folder, *encoder_options).code == 0
    outcome = vsearch("query", photo, "-c", folder)
    assert (outcome.code, outcome.out) == (0, "")
    assert "no product of the collection has a usable image" in outcome.err
    assert vsearch("query", photo, "-c", folder, "--json").out == ""
