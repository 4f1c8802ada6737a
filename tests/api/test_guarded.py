"""A service that wants keys, and fetches pictures from public addresses: doors and detours."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from vsearch import Collection, Settings
from vsearch.access.scope import Scope
from vsearch.service_settings import Anonymous, ServiceSettings
from vsearch.settings import UrlPolicy

PHOTO = (
    Path(__file__).parents[2] / "catalog" / "queries" / "electric-guitar-1f3b8.png"
).read_bytes()
NOT_PUBLIC = "its host has no public address"

OPEN = {("get", "/healthz"), ("get", "/readyz")}
NEEDED = {
    ("get", "/metrics"): Scope.ADMIN,
    ("delete", "/v1/events"): Scope.ADMIN,
    ("put", "/v1/products/{sku}"): Scope.WRITE,
    ("delete", "/v1/products/{sku}"): Scope.WRITE,
    ("post", "/v1/feeds"): Scope.WRITE,
    ("get", "/v1/jobs"): Scope.WRITE,
    ("get", "/v1/jobs/{job_id}"): Scope.WRITE,
    ("delete", "/v1/jobs/{job_id}"): Scope.WRITE,
}


@dataclass(frozen=True)
class Guarded:
    url: str
    folder: Path
    keys: dict[Scope, str]

    def client(self, scope: Scope | None = None) -> httpx.Client:
        headers = {} if scope is None else {"Authorization": f"Bearer {self.keys[scope]}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def guarded(serve: Any, copy_sample: Callable[[], Path]) -> Iterator[Guarded]:
    folder = copy_sample()
    settings = Settings(device="cpu", urls=UrlPolicy.PUBLIC, download_attempts=1)
    serving = ServiceSettings(per_minute=0, anonymous=Anonymous.NONE, max_upload_mib=2)
    with Collection.open(folder, settings=settings) as opened:
        keys = {scope: opened.keys.create(scope, scope)[1].text for scope in Scope}
    with serve(folder, serving, settings) as live:
        yield Guarded(live.url, folder, keys)


@pytest.fixture(scope="module")
def reader(guarded: Guarded) -> Iterator[httpx.Client]:
    with guarded.client(Scope.READ) as client:
        yield client


@pytest.fixture(scope="module")
def writer(guarded: Guarded) -> Iterator[httpx.Client]:
    with guarded.client(Scope.WRITE) as client:
        yield client


def operations(described: dict[str, Any]) -> list[tuple[str, str]]:
    return [(method, path) for path, methods in described["paths"].items() for method in methods]


def ask(client: httpx.Client, method: str, path: str) -> int:
    names = {"sku": "no-such-thing", "content_hash": "0" * 64, "job_id": "0" * 32}
    return client.request(method, path.format(**names)).status_code


def test_every_door_wants_the_key_that_it_should(guarded: Guarded) -> None:
    with guarded.client() as nobody:
        doors = set(operations(nobody.get("/openapi.json").json()))
        assert doors >= {*NEEDED, *OPEN, ("post", "/v1/query")}
        for door in doors:
            assert (ask(nobody, *door) == 401) is (door not in OPEN), door
    for scope in Scope:
        with guarded.client(scope) as client:
            for door in doors - OPEN:
                expected = NEEDED.get(door, Scope.READ) in scope.included
                assert (ask(client, *door) == 403) is not expected, (scope, door)


def test_a_key_that_is_made_meanwhile_opens_at_once(guarded: Guarded) -> None:
    with Collection.open(guarded.folder, settings=Settings(device="cpu")) as opened:
        _, key = opened.keys.create("late", Scope.READ)
    headers = {"Authorization": f"Bearer {key.text}"}
    answer = httpx.get(f"{guarded.url}/v1/collection", headers=headers)
    assert answer.status_code == 200
    assert answer.json()["scopes"] == ["read"]


def test_no_cache_on_the_way_keeps_what_needs_a_key(reader: httpx.Client) -> None:
    (shown,) = reader.get("/v1/products", params={"k": 1}).json()["products"]
    for address in (shown["images"][0]["url"], shown["images"][0]["thumbnail"]):
        kept = reader.get(address).headers["cache-control"]
        assert kept.startswith("private, ")
        assert "immutable" in kept


def test_a_key_in_the_wrong_place_is_not_logged(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    key = guarded.keys[Scope.ADMIN]
    with caplog.at_level("INFO", "vsearch.access"), guarded.client() as nobody:
        assert nobody.get(f"/v1/products/{key}").status_code == 401
        # The line is written once the answer has gone out.
        end = time.monotonic() + 10
        while not (lines := [one for one in caplog.records if one.name == "vsearch.access"]):
            assert time.monotonic() < end
            time.sleep(0.01)
    (line,) = lines
    assert line.path == f"/v1/products/{key[:19]}_***"
    assert key[20:] not in caplog.text


def test_a_caller_without_a_key_sends_nothing_in_vain(guarded: Guarded) -> None:
    # The key is looked at before the body: nobody's upload is decoded.
    with guarded.client() as nobody:
        answer = nobody.post("/v1/query", content=b"x" * 100_000)
    assert answer.status_code == 401


# --- addresses ---


class Canary(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PHOTO)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def canary() -> Iterator[tuple[str, list[str]]]:
    """A server of the inner network, and what it was asked for."""
    asked: list[str] = []
    handler = type("Canary", (Canary,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def query_by(client: httpx.Client, url: str) -> httpx.Response:
    return client.post("/v1/query", json={"image": {"url": url}})


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "localhost",
        "localhost.",
        "[::1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "169.254.169.254",
        "10.0.0.1",
        "100.64.0.1",
        "user@192.168.1.1",
        "no-such-host.invalid",
    ],
)
def test_nothing_inside_is_asked_nor_told_of(reader: httpx.Client, host: str) -> None:
    for scheme in ("http", "https"):
        url = f"{scheme}://{host}/latest/meta-data/"
        answer = query_by(reader, url)
        assert answer.status_code == 422
        assert answer.json()["detail"] == f"{url}: {NOT_PUBLIC}"


def test_other_ports_are_not_asked(reader: httpx.Client, canary: tuple[str, list[str]]) -> None:
    address, asked = canary
    answer = query_by(reader, f"http://{address}/a.png")
    assert answer.status_code == 422
    assert "only 80 and 443" in answer.json()["detail"]
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "../../../etc/passwd",
        "ftp://127.0.0.1/",
        "HTTP://127.0.0.1/",
        "\\\\server\\share",
        "data:image/png;base64,AAAA",
        "",
    ],
)
@pytest.mark.parametrize("place", ["image", "like", "unlike"])
def test_what_is_no_address_is_not_a_file_either(
    reader: httpx.Client, url: str, place: str
) -> None:
    picture = {"image": {"url": url}}
    good = {"image": {"data": base64.b64encode(PHOTO).decode()}}
    body = picture if place == "image" else {**good, place: [picture]}
    answer = reader.post("/v1/query", json=body)
    assert answer.status_code == 422
    assert "root:" not in answer.text
    assert "address is needed" in answer.text


def test_a_product_s_picture_is_not_fetched_from_inside(
    writer: httpx.Client, canary: tuple[str, list[str]]
) -> None:
    address, asked = canary
    urls = [f"http://{address}/a.png", "http://169.254.169.254/", "http://no-such-host.invalid/"]
    body = {"title": "Detour", "images": [{"url": url} for url in urls]}
    stored = writer.put("/v1/products/DETOUR", json=body)
    assert stored.status_code in (200, 201)
    reasons = {one["location"]: one["reason"] for one in stored.json()["rejected_images"]}
    assert set(reasons) == set(urls)
    assert reasons[urls[1]] == reasons[urls[2]] == NOT_PUBLIC
    assert asked == []


def test_a_product_s_picture_is_no_file_of_the_machine(
    writer: httpx.Client, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(PHOTO)
    for url in (str(secret), f"file://{secret}"):
        body = {"title": "Detour", "images": [{"url": url}]}
        assert writer.put("/v1/products/DETOUR-2", json=body).status_code == 422


def test_a_feed_s_pictures_neither(
    writer: httpx.Client, tmp_path: Path, canary: tuple[str, list[str]]
) -> None:
    address, asked = canary
    secret = tmp_path / "secret.png"
    secret.write_bytes(PHOTO)
    images = [f"http://{address}/b.png", str(secret), f"../../..{secret}", "http://127.1/c.png"]
    rows = "".join(f"F-{number},Thing,{image}\n" for number, image in enumerate(images))
    feed = f"sku,title,image\n{rows}".encode()
    job = writer.post("/v1/feeds", files={"feed": ("feed.csv", feed, "text/csv")}).json()
    for _ in range(600):
        job = writer.get(f"/v1/jobs/{job['id']}").json()
        if job["state"] not in ("queued", "running"):
            break
        threading.Event().wait(0.05)
    assert job["state"] == "done", job
    # The job's own process goes by the service's policy as well.
    assert NOT_PUBLIC in str(job["rejections"])
    for number in range(len(images)):
        shown = writer.get(f"/v1/products/F-{number}")
        assert shown.status_code == 404 or shown.json()["images"] == [], images[number]
    assert asked == []
