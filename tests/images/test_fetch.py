"""Fetching against a real server on this machine that misbehaves in every usual way."""

import asyncio
import itertools
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from vsearch._version import __version__
from vsearch.errors import ImageRejected, StorageError
from vsearch.images.content import content_hash
from vsearch.images.download import NotModified
from vsearch.images.fetch import FetchedImage, ImageFetcher

pytestmark = pytest.mark.timeout(60)

PICTURE = bytes(range(256)) * 40

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers a path by calling the next of the answers that the test has put there."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.asked.append(dict(self.headers))
            self.server.busy += 1
            self.server.busiest = max(self.server.busiest, self.server.busy)
            answer = next(self.server.answers[self.path])
        try:
            answer(self)
        finally:
            with self.server.lock:
                self.server.busy -= 1

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Iterator[Answer]] = {}
        self.asked: list[dict[str, str]] = []
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.busy = self.busiest = 0

    def on(self, path: str, *answers: Answer) -> str:
        """The URL of a path that gives these answers, the last one again and again."""
        self.answers[path] = itertools.chain(answers, itertools.repeat(answers[-1]))
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that went away is what several tests are about


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.ending.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def waits() -> list[float]:
    """The waits between attempts, in seconds; none of them is waited for."""
    return []


@pytest.fixture
def fetcher(tmp_path, waits) -> Iterator[ImageFetcher]:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    with ImageFetcher(
        tmp_path / "cache", max_bytes=2**20, timeout_s=5, attempts=3, workers=4, sleep=sleep
    ) as opened:
        yield opened


@pytest.fixture
def impatient(tmp_path) -> Iterator[ImageFetcher]:
    with ImageFetcher(
        tmp_path / "cache", max_bytes=2**20, timeout_s=0.3, attempts=1, workers=4
    ) as opened:
        yield opened


def ok(handler: Handler) -> None:
    handler.reply(200, PICTURE, Content_Type="image/jpeg")


def status(code: int, **headers: str) -> Answer:
    return lambda handler: handler.reply(code, b"sorry", **headers)


def rejection(fetcher: ImageFetcher, url: str) -> str:
    with pytest.raises(ImageRejected) as caught:
        fetcher.fetch(url)
    return caught.value.reason


def test_a_picture_is_fetched_and_kept(server, fetcher, tmp_path):
    image = fetcher.fetch(server.on("/a.jpg", ok))
    content = content_hash(PICTURE)
    assert image == FetchedImage(PICTURE, content, etag=None, last_modified=None)
    assert fetcher.load_cached(content) == PICTURE
    assert (tmp_path / "cache" / content[:2] / f"{content}.bin").read_bytes() == PICTURE
    assert fetcher.load_cached("0" * 64) is None
    (asked,) = server.asked
    assert asked["User-Agent"] == f"vsearch/{__version__}"
    assert asked["Accept-Encoding"] == "identity"


def test_an_answer_of_unknown_length(server, fetcher):
    def chunked(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for start in range(0, len(PICTURE), 1000):
            piece = PICTURE[start : start + 1000]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")

    assert fetcher.fetch(server.on("/a.jpg", chunked)).data == PICTURE


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (400, "400 Bad Request"),
        (401, "401 Unauthorized"),
        (403, "403 Forbidden"),
        (404, "404 Not Found"),
        (410, "410 Gone"),
        (204, "204 No Content"),
        (304, "304 Not Modified"),
        (499, "499"),
    ],
)
def test_a_status_that_is_final_is_not_tried_again(server, fetcher, waits, code, reason):
    assert rejection(fetcher, server.on("/a.jpg", status(code))) == reason
    assert len(server.asked) == 1
    assert waits == []


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_again(server, fetcher, waits, code):
    url = server.on("/a.jpg", status(code), status(code), ok)
    assert fetcher.fetch(url).data == PICTURE
    assert len(server.asked) == 3
    assert len(waits) == 2
    assert 0 <= waits[0] <= 0.5
    assert 0 <= waits[1] <= 1


def test_giving_up_says_how_often_it_was_tried(server, fetcher):
    url = server.on("/a.jpg", status(503))
    assert rejection(fetcher, url) == "503 Service Unavailable (3 attempts)"
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry_After": "7"}, 7),
        ({"Retry_After": "0"}, 0),
        ({"Retry_After": "86400"}, 60),
        ({"Retry_After": formatdate(1_000_000_009, usegmt=True)}, 9),
        ({"Retry_After": formatdate(1_000_000_000 - 50, usegmt=True)}, 0),
        ({"Retry_After": formatdate(1_000_100_000, usegmt=True)}, 60),
    ],
)
def test_retry_after_is_kept_within_bounds(server, fetcher, waits, monkeypatch, headers, wait):
    date = formatdate(1_000_000_000, usegmt=True)
    monkeypatch.setattr(Handler, "date_time_string", lambda self, timestamp=None: date)
    fetcher.fetch(server.on("/a.jpg", status(429, **headers), ok))
    assert waits == [wait]


@pytest.mark.parametrize("text", ["soon", "-5", "1.5", "", "Thu, 99 Foo 2020"])
def test_retry_after_that_makes_no_sense(server, fetcher, waits, text):
    fetcher.fetch(server.on("/a.jpg", status(503, Retry_After=text), ok))
    assert len(waits) == 1
    assert 0 <= waits[0] <= 0.5


def test_redirects(server, fetcher):
    target = server.on("/target.jpg", ok)
    first = server.on("/first.jpg", status(302, Location=target))
    assert fetcher.fetch(server.on("/a.jpg", status(301, Location=first))).data == PICTURE


def test_a_redirect_in_a_circle(server, fetcher):
    url = server.on("/a.jpg", status(302, Location="/a.jpg"))
    assert rejection(fetcher, url) == "more than 5 redirects"
    assert len(server.asked) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://127.0.0.1:99999/"])
def test_a_redirect_to_nowhere(server, fetcher, target):
    url = server.on("/a.jpg", status(302, Location=target))
    assert rejection(fetcher, url) == "not an http(s) URL that can be asked for"


def test_an_html_page(server, fetcher):
    url = server.on("/a.jpg", lambda h: h.reply(200, b"<html>", Content_Type="text/HTML; x=y"))
    assert rejection(fetcher, url) == "the server sent an HTML page, not an image"


def test_too_large_by_what_the_server_announces(server, fetcher):
    def announce(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**15))
        handler.end_headers()
        handler.server.ending.wait()

    assert rejection(fetcher, server.on("/a.jpg", announce)) == "larger than 1 MiB"


def test_too_large_unannounced(server, fetcher):
    sent = []

    def pour(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        while not handler.server.ending.is_set():
            sent.append(handler.wfile.write(bytes(2**16)))

    assert rejection(fetcher, server.on("/a.jpg", pour)) == "larger than 1 MiB"


def test_the_largest_that_is_allowed(server, fetcher):
    limit = bytes(2**20)
    assert fetcher.fetch(server.on("/a.jpg", lambda h: h.reply(200, limit))).data == limit
    url = server.on("/b.jpg", lambda h: h.reply(200, limit + b"x"))
    assert rejection(fetcher, url) == "larger than 1 MiB"


def cut_off(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(PICTURE)))
    handler.end_headers()
    handler.wfile.write(PICTURE[:100])
    handler.close_connection = True


def test_a_body_that_is_cut_off(server, fetcher):
    assert fetcher.fetch(server.on("/a.jpg", cut_off, ok)).data == PICTURE
    url = server.on("/b.jpg", cut_off)
    assert rejection(fetcher, url) == "broken off by the server (3 attempts)"


def test_a_connection_that_is_closed_without_an_answer(server, fetcher):
    def hang_up(handler):
        handler.close_connection = True

    url = server.on("/a.jpg", hang_up)
    assert rejection(fetcher, url) == "broken off by the server (3 attempts)"


def test_a_connection_that_is_reset(server, fetcher):
    def reset(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        # Closing with this option sends a reset instead of an orderly end.
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.connection.close()
        handler.close_connection = True

    reason = rejection(fetcher, server.on("/a.jpg", reset))
    assert reason == "broken off: Connection reset by peer (3 attempts)"


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.ending.wait(0.02):
        handler.wfile.write(b"x")


def drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.ending.wait(0.02):
        handler.wfile.write(b"x")


def say_nothing(handler: Handler) -> None:
    handler.server.ending.wait()


@pytest.mark.parametrize("answer", [drip, drip_headers, say_nothing])
def test_a_server_that_is_slow_forever(server, impatient, answer):
    assert rejection(impatient, server.on("/a.jpg", answer)) == "timed out after 0.3 s"


def test_a_time_out_is_tried_again(server, tmp_path):
    with ImageFetcher(tmp_path, max_bytes=2**20, timeout_s=0.3, attempts=2, workers=1) as fetcher:
        assert fetcher.fetch(server.on("/a.jpg", drip, ok)).data == PICTURE
        url = server.on("/b.jpg", drip)
        assert rejection(fetcher, url) == "timed out after 0.3 s (2 attempts)"


def test_nobody_listens(fetcher, server):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/a.jpg"
        assert rejection(fetcher, url) == "can't connect: Connection refused (3 attempts)"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/a.jpg",
        "file:///etc/passwd",
        "a.jpg",
        "",
        "http://",
        "http://[::1/a.jpg",
        "http://127.0.0.1:99999/a.jpg",
        "http://127.0.0.1/\ud800.jpg",
        "http://\ud800/a.jpg",
        "http://127.0.0.1/a\x00.jpg",
    ],
)
def test_what_is_no_url(fetcher, url, waits):
    assert rejection(fetcher, url) == "not an http(s) URL that can be asked for"
    assert waits == []


def test_a_certificate_that_nobody_trusts(server, fetcher, waits):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = server.on("/a.jpg", ok).replace("http:", "https:")
    reason = rejection(fetcher, url)
    assert reason.startswith("its TLS certificate is not valid: ")
    assert waits == []


def test_tls_to_a_server_without_it(server, fetcher):
    url = server.on("/a.jpg", ok).replace("http:", "https:")
    assert rejection(fetcher, url).startswith("TLS failed: ")


def test_asking_only_for_changes(server, fetcher):
    def answer(handler):
        if handler.headers["If-None-Match"] == '"v1"':
            handler.send_response(304)
            handler.end_headers()
        else:
            handler.reply(200, PICTURE, ETag='"v1"', Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT")

    url = server.on("/a.jpg", answer)
    first = fetcher.fetch(url)
    assert (first.etag, first.last_modified) == ('"v1"', "Mon, 01 Jan 2024 00:00:00 GMT")
    again = fetcher.fetch(url, etag=first.etag, last_modified=first.last_modified)
    assert again == NotModified()
    assert server.asked[-1]["If-Modified-Since"] == "Mon, 01 Jan 2024 00:00:00 GMT"
    assert fetcher.fetch(url, etag='"v0"', last_modified=None) == first
    assert "If-Modified-Since" not in server.asked[-1]


def test_many_threads_share_a_fetcher_and_its_bound(server, fetcher):
    def slowly(number):
        body = b"%d" % number
        return lambda handler: (time.sleep(0.02), handler.reply(200, body))

    urls = [server.on(f"/{number}.jpg", slowly(number)) for number in range(40)]
    with ThreadPoolExecutor(16) as pool:
        images = list(pool.map(fetcher.fetch, urls))
    assert [image.data for image in images] == [b"%d" % number for number in range(40)]
    assert 1 < server.busiest <= 4


def test_while_one_url_waits_others_are_fetched(server, tmp_path):
    waiting, go_on = threading.Event(), threading.Event()

    async def sleep(seconds: float) -> None:
        waiting.set()
        await asyncio.to_thread(go_on.wait)

    with (
        ImageFetcher(
            tmp_path, max_bytes=2**20, timeout_s=5, attempts=2, workers=1, sleep=sleep
        ) as fetcher,
        ThreadPoolExecutor(1) as pool,
    ):
        slow = pool.submit(fetcher.fetch, server.on("/slow.jpg", status(503), ok))
        assert waiting.wait(10)
        assert fetcher.fetch(server.on("/a.jpg", ok)).data == PICTURE
        go_on.set()
        assert slow.result().data == PICTURE


@pytest.mark.parametrize(
    "answer", [status(429, Retry_After="60"), drip, drip_headers], ids=["wait", "body", "headers"]
)
def test_closing_ends_what_is_under_way(server, tmp_path, answer):
    begun = threading.Event()

    def begin(handler):
        begun.set()
        answer(handler)

    url = server.on("/a.jpg", begin)
    with (
        ImageFetcher(tmp_path, max_bytes=2**20, timeout_s=600, attempts=3, workers=2) as fetcher,
        ThreadPoolExecutor(1) as pool,
    ):
        future = pool.submit(fetcher.fetch, url)
        assert begun.wait(10)
        fetcher.close()
        with pytest.raises(CancelledError):
            future.result(timeout=30)
        with pytest.raises(CancelledError):
            fetcher.fetch(url)


def test_a_closed_fetcher_still_has_its_cache(server, fetcher):
    content = fetcher.fetch(server.on("/a.jpg", ok)).content_hash
    fetcher.close()
    fetcher.close()
    assert fetcher.load_cached(content) == PICTURE


def test_a_cache_that_cannot_be_written(server, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with (
        ImageFetcher(
            tmp_path / "cache", max_bytes=2**20, timeout_s=5, attempts=1, workers=1
        ) as fetcher,
        pytest.raises(StorageError, match="cache"),
    ):
        fetcher.fetch(server.on("/a.jpg", ok))
