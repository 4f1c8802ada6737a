"""Images behind URLs: fetched once, kept, asked for again only on request."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Web:
    """A server of pictures that can be changed, forgotten or left hanging."""

    pages: dict[str, bytes] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How often which path was answered with which status."""
    port: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"


def handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path[1:]
            if name in web.hanging:
                web.stop.wait(60)
                return
            content = web.pages.get(name)
            tag = f'"{hash(content)}"'
            if content is None:
                self.answer(name, 404)
            elif self.headers.get("If-None-Match") == tag:
                self.answer(name, 304)
            else:
                self.answer(name, 200, content, tag)

        def answer(self, name: str, status: int, content: bytes = b"", tag: str = "") -> None:
            web.answers[name, status] += 1
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if tag:
                self.send_header("ETag", tag)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler


@pytest.fixture
def web(picture) -> Iterator[Web]:
    web = Web({"a.jpg": picture(0), "b.jpg": picture(1)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(web)) as server:
        server.daemon_threads = True
        web.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield web
        web.stop.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def feed(new_feed, web):
    feed = new_feed("shop")
    feed.list("A", web.url("a.jpg"))
    feed.list("B", web.url("b.jpg"))
    return feed


def test_fetched_once(target, feed, web, hash_of, no_encoder):
    assert target.index(feed).images() == {"encoded": 2}
    contents = target.contents()
    assert contents.views == {"A": [hash_of(0)], "B": [hash_of(1)]}
    with target.open() as collection:
        (hit,) = collection.query(sku="A")
        assert hit.image == web.url("b.jpg")
    with no_encoder():
        assert target.index(feed).images() == {"unchanged": 2}
    assert web.answers == {("a.jpg", 200): 1, ("b.jpg", 200): 1}


def test_refreshing_reads_only_what_has_changed(target, feed, web, hash_of, picture):
    target.index(feed)
    web.pages["b.jpg"] = picture(7)
    assert target.index(feed, refresh=True).images() == {"encoded": 1, "reused": 1}
    assert web.answers == {("a.jpg", 200): 1, ("a.jpg", 304): 1, ("b.jpg", 200): 2}
    assert target.contents().views == {"A": [hash_of(0)], "B": [hash_of(7)]}


def test_a_page_that_is_not_there(target, feed, web, picture, hash_of):
    feed.list("C", web.url("c.jpg"))
    run = target.index(feed)
    assert run.images() == {"encoded": 2, "rejected": 1}
    assert run.reasons() == {web.url("c.jpg"): "404 Not Found"}
    # It is asked for again in every run, until it is there.
    web.pages["c.jpg"] = picture(8)
    assert target.index(feed).images() == {"encoded": 1, "unchanged": 2}
    assert target.contents().views["C"] == [hash_of(8)]


def test_a_server_that_doesnt_answer(target, feed, web, settings):
    web.hanging.add("slow.jpg")
    feed.list("C", web.url("slow.jpg"), web.url("a.jpg"))
    impatient = replace(settings, download_timeout_s=0.3)
    run = target.index(feed, settings=impatient)
    assert run.images() == {"encoded": 2, "rejected": 1}
    (reason,) = run.reasons().values()
    assert "0.3 s" in reason
    contents = target.contents()
    assert contents.views["C"] == contents.views["A"]


def test_a_page_that_goes_away_stays_in_use(target, feed, web, hash_of):
    target.index(feed)
    del web.pages["b.jpg"]
    run = target.index(feed, refresh=True)
    assert run.images() == {"reused": 1, "outdated": 1}
    assert run.reasons() == {web.url("b.jpg"): "404 Not Found; its last known picture stays in use"}
    assert target.contents().views["B"] == [hash_of(1)]


def test_another_encoder_needs_no_server(target, feed, web, settings):
    target.index(feed)
    before = target.contents()
    web.pages.clear()
    other = replace(settings, weights="random:1")
    run = target.index(feed, settings=other, replace_encoder=True)
    assert run.images() == {"encoded": 2}
    assert set(web.answers.values()) == {1}
    assert target.contents(other) == before


def test_a_picture_that_is_on_disk_too_is_encoded_once(target, feed, web, picture):
    feed.put("a.jpg", 0)
    feed.list("LOCAL", "a.jpg")
    assert target.index(feed).images() == {"encoded": 2, "reused": 1}
    contents = target.contents()
    assert contents.views["LOCAL"] == contents.views["A"]


def test_a_page_that_is_no_picture(target, feed, web):
    web.pages["c.jpg"] = b"<html>Please log in</html>"
    feed.list("C", web.url("c.jpg"))
    run = target.index(feed)
    assert run.images() == {"encoded": 2, "rejected": 1}
    assert "not an image" in run.reasons()[web.url("c.jpg")]
