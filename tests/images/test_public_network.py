"""Pictures by an address that somebody else sent: nothing inside is reached, nor told of.

A test has no Internet. 127.0.0.1 stands for a public host where a test says so, and 127.0.0.2
for one of the network inside.
"""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, ip_address

import pytest
import trustme

from vsearch.errors import ImageRejected
from vsearch.images.fetch import ImageFetcher
from vsearch.images.public_address import Address
from vsearch.images.public_network import PublicNetwork, resolve
from vsearch.settings import UrlPolicy

pytestmark = pytest.mark.timeout(60)

PICTURE = b"a picture, as far as a download is concerned"
OUTSIDE, INSIDE = IPv4Address("127.0.0.1"), IPv4Address("127.0.0.2")
REFUSED = "its host has no public address"


class Server(ThreadingHTTPServer):
    """Listens at every loopback address, and notes at which one it was asked for what."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("0.0.0.0", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.redirects: dict[str, str] = {}

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.connection.getsockname()[0], self.path))
        target = self.server.redirects.get(self.path)
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", str(len(PICTURE)))
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


class Names:
    """A name server that answers each look-up of a name with the next of its answers."""

    def __init__(self, **answers: list[list[Address]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[Address]:
        self.asked.append(host)
        return self.answers[host.partition(".")[0]].pop(0)


@pytest.fixture
def open_fetcher(tmp_path, server) -> Iterator[Callable[..., ImageFetcher]]:
    opened: list[ImageFetcher] = []

    def fetcher(names: Names | None = None) -> ImageFetcher:
        network = None
        if names is not None:
            network = PublicNetwork(
                resolve=names,
                permits=lambda address: address == OUTSIDE,
                ports=frozenset({server.server_port}),
            )
        one = ImageFetcher(
            tmp_path,
            max_bytes=1000,
            timeout_s=5,
            attempts=2,
            workers=2,
            urls=UrlPolicy.PUBLIC,
            network=network,
        )
        opened.append(one.__enter__())
        return one

    yield fetcher
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def public(tmp_path_factory) -> Iterator[ImageFetcher]:
    """As the service has it, nothing replaced."""
    with ImageFetcher(
        tmp_path_factory.mktemp("public"),
        max_bytes=1000,
        timeout_s=5,
        attempts=2,
        workers=2,
        urls=UrlPolicy.PUBLIC,
    ) as opened:
        yield opened


def rejection(fetcher: ImageFetcher, url: str) -> str:
    with pytest.raises(ImageRejected) as caught:
        fetcher.fetch(url)
    return caught.value.reason


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "169.254.169.254",
        "10.0.0.1",
        "user:password@127.0.0.1",
        "8.8.8.8@127.0.0.1",
    ],
)
def test_however_a_host_inside_is_written(public, host):
    # The ports are the web's own: who listens there on this machine must not be asked either.
    assert rejection(public, f"http://{host}/a.jpg") == REFUSED
    assert rejection(public, f"https://{host}/a.jpg") == REFUSED


# Full-width digits and full stops, which a reader of names may make plain ones of.
@pytest.mark.parametrize(
    "host",
    ["\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u24dbocalhost", "0177.0.0.1"],
)
def test_a_host_that_only_some_take_for_one_inside(public, host):
    assert rejection(public, f"http://{host}/") in (
        REFUSED,
        "not an http(s) URL that can be asked for",
    )


def test_a_name_that_does_not_exist_is_told_as_one_that_leads_inside(open_fetcher):
    fetcher = open_fetcher(Names(nowhere=[[]], inside=[[INSIDE]]))
    port = next(iter(fetcher._network._ports))
    assert rejection(fetcher, f"http://nowhere.example:{port}/") == REFUSED
    assert rejection(fetcher, f"http://inside.example:{port}/") == REFUSED


@pytest.mark.parametrize("port", [22, 6379, 8080, 65535])
def test_other_ports_than_the_web_s(public, port):
    reason = rejection(public, f"http://127.0.0.1:{port}/")
    assert reason == f"port {port} is not the web's; only 80 and 443 are asked"


def test_a_host_outside_is_asked(open_fetcher, server):
    fetcher = open_fetcher(Names(shop=[[OUTSIDE]]))
    url = f"http://shop.example:{server.server_port}/a.jpg"
    assert fetcher.fetch(url).data == PICTURE
    assert server.asked == [("127.0.0.1", "/a.jpg")]


def test_of_several_addresses_only_the_public_ones_are_tried(open_fetcher, server):
    fetcher = open_fetcher(Names(shop=[[INSIDE, OUTSIDE]]))
    fetcher.fetch(f"http://shop.example:{server.server_port}/a.jpg")
    assert server.asked == [("127.0.0.1", "/a.jpg")]


def test_a_name_that_leads_elsewhere_when_asked_again(open_fetcher, server):
    # The second answer is what a look-up between the check and the connection would get.
    names = Names(rebound=[[OUTSIDE], [INSIDE]])
    fetcher = open_fetcher(names)
    fetcher.fetch(f"http://rebound.example:{server.server_port}/a.jpg")
    assert names.asked == ["rebound.example"]
    assert server.asked == [("127.0.0.1", "/a.jpg")]


def test_a_redirect_is_checked_like_the_first_request(open_fetcher, server):
    port = server.server_port
    fetcher = open_fetcher(Names(shop=[[OUTSIDE]], inside=[[INSIDE]]))
    server.redirects = {"/a": f"http://inside.example:{port}/secret"}
    assert rejection(fetcher, f"http://shop.example:{port}/a") == REFUSED
    assert server.asked == [("127.0.0.1", "/a")]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://10.0.0.1:6379/", "port 6379 is not the web's; only 80 and 443 are asked"),
        ("file:///etc/passwd", "not an http(s) URL that can be asked for"),
        ("ftp://shop.example/a", "not an http(s) URL that can be asked for"),
        ("gopher://shop.example/a", "not an http(s) URL that can be asked for"),
    ],
)
def test_redirects_to_other_places(open_fetcher, server, target, reason):
    fetcher = open_fetcher(Names(shop=[[OUTSIDE]]))
    server.redirects = {"/a": target}
    assert rejection(fetcher, f"http://shop.example:{server.server_port}/a") == reason


def test_the_environment_s_proxy_is_not_asked(open_fetcher, server, monkeypatch):
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
    assert rejection(open_fetcher(), "http://10.0.0.1/a.jpg") == REFUSED
    assert server.asked == []


@pytest.mark.parametrize(("certified", "works"), [("shop.example", True), ("127.0.0.1", False)])
def test_tls_verifies_the_name_and_not_the_address(
    open_fetcher, server, tmp_path, monkeypatch, certified, works
):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(certified).configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    pem = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(pem))
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    fetcher = open_fetcher(Names(shop=[[OUTSIDE], [OUTSIDE]]))
    url = f"https://shop.example:{server.server_port}/a.jpg"
    if works:
        assert fetcher.fetch(url).data == PICTURE
    else:
        assert rejection(fetcher, url).startswith("its TLS certificate is not valid")


def test_nothing_listens(open_fetcher, server):
    fetcher = open_fetcher(Names(shop=[[OUTSIDE], [OUTSIDE]]))
    url = f"http://shop.example:{server.server_port}/a.jpg"
    server.socket.close()
    assert "can't connect" in rejection(fetcher, url)


def test_no_address_at_all(tmp_path):
    with ImageFetcher(
        tmp_path, max_bytes=1, timeout_s=1, attempts=1, workers=1, urls=UrlPolicy.NONE
    ) as fetcher:
        reason = rejection(fetcher, "http://shop.example/a.jpg")
    assert reason == "pictures are not fetched by their address here; send the file"


@pytest.mark.parametrize(
    ("host", "found"),
    [("0x7f.1", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("::ffff:10.0.0.1", "::ffff:10.0.0.1")],
)
def test_the_system_s_spellings_of_numbers(host, found):
    assert asyncio.run(resolve(host, 80)) == [ip_address(found)]


def test_a_name_that_is_none():
    assert asyncio.run(resolve("a" * 70 + ".example", 80)) == []
