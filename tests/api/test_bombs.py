"""Small uploads that would grow, and large ones that are cut off: the service goes on."""

from __future__ import annotations

import base64
import gzip
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

MEBIBYTE = 2**20


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
        )

    header = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 1, 0, 0, 0, 0))
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif(screen: int, comment: bytes = b"") -> bytes:
    buffer = BytesIO()
    Image.new("P", (4, 4), 1).save(buffer, "GIF")
    data = buffer.getvalue()
    frame = data.index(b",")
    size = struct.pack("<HH", screen, screen)
    return data[:6] + size + data[10:frame] + comment + data[frame:]


def jpeg_of_scans(number: int) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (2000, 2000)).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * number + data[-2:]


def webp_canvas(side: int) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:])
    data = bytearray(buffer.getvalue())
    at = data.index(b"VP8X") + 12
    data[at : at + 6] = (side - 1).to_bytes(3, "little") * 2
    return bytes(data)


BOMBS = {
    "png of 400 megapixels": png(20_000, 20_000),
    "png of 2^62 pixels": png(1, 1).replace(
        struct.pack(">LL", 1, 1), struct.pack(">LL", 2**31 - 1, 2**31 - 1)
    ),
    "gif of 4 gigapixels": gif(65_535),
    "gif of a million comments": gif(4, b"!\xfe" + b"\1x" * MEBIBYTE + b"\0"),
    "jpeg of 5000 scans": jpeg_of_scans(5000),
    "webp of 268 megapixels": webp_canvas(16_383),
    "text of a picture": b"P3\n800 800\n255\n" + b"1 " * (800 * 800 * 3),
    "gzip": gzip.compress(bytes(50 * MEBIBYTE)),
    "zip": b"PK\x03\x04" + bytes(1000),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "xml": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "zeros": bytes(MEBIBYTE),
}


def as_raw(http: httpx.Client, data: bytes) -> httpx.Response:
    return http.post("/v1/query", content=data, headers={"Content-Type": "image/png"})


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_every_form(http: httpx.Client, name: str) -> None:
    data = BOMBS[name]
    answers = [
        as_raw(http, data),
        http.post("/v1/query", files={"image": ("a.png", data)}),
        http.post("/v1/query", json={"image": {"data": base64.b64encode(data).decode()}}),
    ]
    for answer in answers:
        assert answer.status_code == 422, answer.text
        assert answer.json()["type"] == "/problems/bad-image"
        assert len(answer.json()["detail"]) < 200
    assert http.get("/readyz").status_code == 200


def test_a_picture_of_a_product_too(http: httpx.Client) -> None:
    images = [{"data": base64.b64encode(BOMBS[name]).decode()} for name in ("svg", "zeros")]
    stored = http.put("/v1/products/BOMB", json={"title": "Bomb", "images": images})
    assert stored.status_code == 201, stored.text
    assert len(stored.json()["rejected_images"]) == 2
    assert http.delete("/v1/products/BOMB").status_code == 204


def endless(sent: list[int], size: int) -> Iterator[bytes]:
    for _ in range(size // 65_536):
        sent.append(65_536)
        yield bytes(65_536)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(service: Any) -> None:
    sent: list[int] = []
    headers = {"Content-Type": "image/png", "Content-Length": str(64 * MEBIBYTE)}
    with httpx.Client(base_url=service.url, timeout=30) as client:
        answer = client.post("/v1/query", content=endless(sent, 64 * MEBIBYTE), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["detail"] == "at most 16 MiB are taken here"


PART = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("image/png", b""),
        ("application/json", b'{"words": "'),
        ("multipart/form-data; boundary=x", PART),
    ],
)
def test_a_body_without_a_length_is_cut_off(service: Any, kind: str, start: bytes) -> None:
    def body() -> Iterator[bytes]:
        yield start
        yield from endless([], 24 * MEBIBYTE)

    with httpx.Client(base_url=service.url, timeout=30) as client:
        answer = client.post("/v1/query", content=body(), headers={"Content-Type": kind})
    assert answer.status_code == 413


def test_a_packed_body_is_not_unpacked(http: httpx.Client) -> None:
    packed = gzip.compress(b'{"words": "guitar"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert http.post("/v1/query", content=packed, headers=headers).status_code in (400, 415, 422)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"k": 1' + b"0" * 100_000 + b"}",
        b'{"words": "' + b"a" * MEBIBYTE + b'"}',
        b'{"where": "' + b"(" * 1900 + b'"}',
        b'{"where": "' + b"not " * 450 + b'available"}',
        b'{"like": [' + b'"x",' * 100_000 + b'"x"]}',
    ],
    ids=["lists", "objects", "number", "words", "brackets", "nots", "examples"],
)
def test_json_that_nests_or_repeats(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/v1/query", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text[:300]
    assert len(answer.content) < 10_000


def test_a_form_of_many_parts(http: httpx.Client) -> None:
    files = [("image", (f"{number}.png", b"x")) for number in range(2000)]
    answer = http.post("/v1/query", files=files)
    assert answer.status_code == 400, answer.text[:300]
    fields = {f"field{number}": "x" for number in range(2000)}
    answer = http.post("/v1/query", files=files[:1], data=fields)
    assert answer.status_code == 400, answer.text[:300]
