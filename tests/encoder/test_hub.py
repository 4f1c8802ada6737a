"""The hub's protocol against a server of our own: huggingface.co is never asked."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from vsearch.encoder import hub, load
from vsearch.encoder.load import load_encoder
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.errors import WeightsError

SMALL = "test_vit.r160_in1k"
REPOSITORY = f"/timm/{SMALL}/resolve/main/model.safetensors"


class Hub(ThreadingHTTPServer):
    """Serves one file as the hub would, and keeps what it was asked."""

    content = b""
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        if self._answer() == 200:
            self.wfile.write(self.server.content)

    def _answer(self) -> int:
        self.server.asked.append((self.command, self.path))
        status = self.server.status if self.path == REPOSITORY else 404
        self.send_response(status)
        if status == 200:
            self.send_header("ETag", f'"{hashlib.sha256(self.server.content).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("Content-Length", str(len(self.server.content)))
        else:
            self.send_header("Content-Length", "0")
        self.end_headers()
        return status

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_downloads_once_and_then_asks_no_more(
    server: Hub, weights_file: Path, tmp_path: Path
) -> None:
    server.content = weights_file.read_bytes()

    first = hub.download(SMALL, endpoint=server.url, cache_dir=tmp_path / "cache")
    asked = len(server.asked)
    second = hub.download(SMALL, endpoint=server.url, cache_dir=tmp_path / "cache")

    assert first.read_bytes() == server.content
    assert second == first
    assert len(server.asked) == asked
    assert {path for _, path in server.asked} == {REPOSITORY}


def test_an_encoder_from_the_hub_is_the_one_from_the_file(
    server: Hub,
    encoder: TimmEncoder,
    weights_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.content = weights_file.read_bytes()
    path = hub.download(SMALL, endpoint=server.url, cache_dir=tmp_path / "cache")
    monkeypatch.setattr(load.hub, "download", lambda architecture: path)

    loaded = load_encoder(SMALL)

    assert loaded.name == f"{SMALL} (hub)"
    assert loaded.fingerprint == encoder.fingerprint


def test_a_machine_without_network_is_told_so_at_once(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

        with pytest.raises(WeightsError) as caught:
            hub.download(SMALL, endpoint=url, cache_dir=tmp_path)

    message = str(caught.value)
    assert message.startswith(f"{SMALL}: can't get its weights from {url}/timm/{SMALL}/")
    assert message.endswith("give the weights as a file: --weights FILE.safetensors")


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_a_hub_that_refuses_is_not_asked_again(server: Hub, tmp_path: Path, status: int) -> None:
    server.status = status

    with pytest.raises(WeightsError, match=f"(?s){status}.*--weights FILE"):
        hub.download(SMALL, endpoint=server.url, cache_dir=tmp_path)

    assert len(server.asked) <= 2


def test_an_architecture_without_pretrained_weights() -> None:
    with pytest.raises(WeightsError, match=r"no safetensors weights of it.*--weights FILE"):
        hub.download("vit_giant_patch14_224")
