"""Small files that would keep a decoder busy for minutes are refused before it sees them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vsearch.errors import ImageRejected
from vsearch.images.decode import decode, measure
from vsearch.images.formats import recognise
from vsearch.images.structure import gif, jpeg, ppm, require_plain_structure, tiff

LIMIT = 80_000_000

SMALL = Image.linear_gradient("L").resize((16, 16)).convert("RGB")


def saved(image_format: str, image: Image.Image = SMALL, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def reason(data: bytes) -> str | None:
    """Why it is refused; None where it is decoded."""
    reasons = []
    for read in (lambda: decode(data, max_pixels=LIMIT), lambda: measure(data)):
        try:
            read()
            reasons.append(None)
        except ImageRejected as rejected:
            reasons.append(rejected.reason)
    assert reasons[0] == reasons[1]
    return reasons[0]


def segment(marker: int, body: bytes = b"") -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


JPEG_FILE = saved("JPEG")
PNG_FILE = saved("PNG")
GIF_FILE = saved("GIF", SMALL.convert("P"))
PNG_HEADER_END = 8 + 12 + 13
GIF_COLOURS_END = 13 + 3 * 2 ** ((GIF_FILE[10] & 7) + 1)


def in_jpeg(number: int, part: bytes) -> bytes:
    return JPEG_FILE[:2] + part * number + JPEG_FILE[2:]


def in_png(number: int, part: bytes) -> bytes:
    return PNG_FILE[:PNG_HEADER_END] + part * number + PNG_FILE[PNG_HEADER_END:]


def in_gif(number: int, part: bytes) -> bytes:
    return GIF_FILE[:GIF_COLOURS_END] + part * number + GIF_FILE[GIF_COLOURS_END:]


@pytest.mark.parametrize(
    ("many", "part"),
    [
        (in_jpeg, segment(0xFE)),  # comments
        (in_jpeg, segment(0xE5, b"x")),
        (in_jpeg, segment(0xE2, b"ICC_PROFILE\0\1\1")),
        (in_jpeg, b"\xff"),  # fill
        (in_png, chunk(b"tEXt", b"a\0b")),
        (in_png, chunk(b"abCd")),
        (in_gif, b"!\xfe\1x\0"),  # comments
        (in_gif, b"!\xce\1x\0"),
    ],
    ids=[
        "comments",
        "segments",
        "profiles",
        "fill",
        "texts",
        "chunks",
        "gif-comments",
        "gif-others",
    ],
)
def test_a_million_parts_of_nothing(many: Callable[[int, bytes], bytes], part: bytes) -> None:
    assert reason(many(3, part)) is None
    refused = reason(many(100_000, part))
    assert refused is not None
    assert "more than" in refused


def test_a_comment_of_a_gif_in_pieces() -> None:
    pieces = b"\1x" * gif.MAX_BLOCKS
    assert "more than 4,096 blocks" in str(reason(in_gif(1, b"!\xfe" + pieces + b"\0")))


def test_exif_in_pieces() -> None:
    exif = segment(0xE1, b"Exif\0\0x")
    assert reason(in_jpeg(jpeg.MAX_EXIF_SEGMENTS, exif)) is None
    assert reason(in_jpeg(jpeg.MAX_EXIF_SEGMENTS + 1, exif)) == "JPEG of more than 8 EXIF segments"


def with_scans(number: int) -> bytes:
    """A progressive JPEG with so many passes more over the same pixels, of 13 bytes each."""
    whole = saved("JPEG", progressive=True)
    # A table with one code, "no more of this in the next 2^14 blocks and as many as follow".
    table = segment(0xC4, bytes([0x10, 1, *([0] * 15), 0xE0]))
    scan = segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + b"\x7f\xfb"
    return whole[:-2] + table + scan * number + whole[-2:]


def test_scans_without_number() -> None:
    ten = len([at for at in range(len(with_scans(0))) if with_scans(0)[at : at + 2] == b"\xff\xda"])
    assert reason(with_scans(jpeg.MAX_SCANS - ten)) is None
    refused = reason(with_scans(jpeg.MAX_SCANS - ten + 1))
    assert refused == "JPEG of more than 100 scans; save it anew"


def test_what_only_looks_like_scans_does_not_count() -> None:
    marker = b"\xff\xda\0\x08\1\1\0\1\x3f\0"
    # In a thumbnail or a film beside the picture, which no decoder looks at.
    assert reason(in_jpeg(1, segment(0xE1, b"http" + marker * 500))) is None
    assert reason(JPEG_FILE + marker * 500) is None


def test_png_in_many_parts_of_its_picture() -> None:
    image = Image.effect_noise((300, 300), 60)
    deflated = zlib.compress(b"".join(b"\0" + row for row in rows(image)))
    header = saved("PNG", image)[:PNG_HEADER_END]

    def png(piece: int) -> bytes:
        parts = (deflated[at : at + piece] for at in range(0, len(deflated), piece))
        return header + b"".join(chunk(b"IDAT", part) for part in parts) + chunk(b"IEND")

    assert reason(png(512)) is None
    assert "PNG of more than" in str(reason(png(1)))


def rows(image: Image.Image) -> list[bytes]:
    data, width = image.tobytes(), image.width
    return [data[at : at + width] for at in range(0, len(data), width)]


def tiff_of(parts: int, byte_order: str, *, big: bool) -> bytes:
    """One pixel a part, all in the same place."""
    number = "Q" if big else "L"
    tags = {256: 1, 257: parts, 258: 8, 259: 1, 262: 1, 273: parts, 277: 1, 278: 1, 279: parts}
    entry, head = struct.Struct(f"{byte_order}HH{number}{number}"), 16 if big else 8
    start = head + (8 if big else 2) + entry.size * len(tags) + (8 if big else 4)
    after = start + 4 * parts
    entries = b"".join(
        entry.pack(tag, 4, value, {273: start, 279: after}[tag])
        if tag in (273, 279)
        else struct.pack(f"{byte_order}HH{number}", tag, 4, 1)
        + struct.pack(f"{byte_order}L", value).ljust(8 if big else 4, b"\0")
        for tag, value in tags.items()
    )
    mark = {"<": b"II", ">": b"MM"}[byte_order]
    version = struct.pack(f"{byte_order}HHHQ", 43, 8, 0, 16) if big else b""
    version = version or struct.pack(f"{byte_order}HL", 42, 8)
    count = struct.pack(f"{byte_order}{'Q' if big else 'H'}", len(tags))
    ones = struct.pack(f"{byte_order}{parts}L", *([start] * parts))
    sizes = struct.pack(f"{byte_order}{parts}L", *([1] * parts))
    return mark + version + count + entries + bytes(8 if big else 4) + ones + sizes


@pytest.mark.parametrize(("byte_order", "big"), [("<", False), (">", False), ("<", True)])
def test_strips_without_number(byte_order: str, big: bool) -> None:
    assert reason(tiff_of(50, byte_order, big=big)) is None
    refused = reason(tiff_of(tiff.MAX_PARTS + 1, byte_order, big=big))
    assert refused == "TIFF of more than 65,536 strips or tiles"


@pytest.mark.parametrize("big", [False, True])
def test_a_tiff_that_decoders_read_in_different_ways(big: bool) -> None:
    # Some take the big-endian form of BigTIFF for a TIFF.
    data = tiff_of(tiff.MAX_PARTS + 1, ">", big=big)
    assert reason(data[:3] + b"+" + data[4:]) == "TIFF of more than 65,536 strips or tiles"


@pytest.mark.parametrize("offset", [2**32, 2**63, 2**64 - 1])
def test_an_offset_beyond_every_file(offset: int) -> None:
    told = reason(b"II+\0\x08\0\0\0" + struct.pack("<Q", offset) + bytes(100))
    assert str(told).startswith(("damaged TIFF", "truncated TIFF"))


@pytest.mark.parametrize("kind", [b"P3", b"P6"])
def test_a_header_without_end(kind: bytes) -> None:
    comment = b"#" + b"x" * ppm.MAX_HEADER_BYTES + b"\n"
    head = kind + b"\n4 4\n" + comment + b"255\n"
    assert reason(head + b"1 " * 48) == "PPM whose header is longer than 4,096 bytes"
    usual = kind + b"\n# made by an editor\n4 4 # size\n255\n"
    assert reason(usual + b"1 " * 48) is None


@pytest.mark.parametrize(
    ("head", "pixel", "refused"),
    [
        (b"P6\n700 700\n255\n", b"\1\2\3", False),
        (b"P6\n700 700\n254\n", b"\1\2\3", True),
        (b"P3\n700 700\n255\n", b"1 2 3 ", True),
        (b"P4\n9600 1000\n", b"\1\2\3", False),
    ],
)
def test_pixels_that_are_read_one_by_one(head: bytes, pixel: bytes, refused: bool) -> None:
    told = reason(head + pixel * 490_000)
    assert (told is not None) is refused
    assert told is None or told.startswith("PPM of more than 1 MiB")


@pytest.mark.parametrize("start", [JPEG_FILE, PNG_FILE, GIF_FILE, saved("TIFF"), saved("PPM")])
@given(
    kept=st.integers(1, 60),
    rest=st.binary(max_size=300),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8),
)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_whatever_the_bytes_a_walk_ends(
    start: bytes, kept: int, rest: bytes, changes: list[tuple[int, int]]
) -> None:
    for data in (start[: 8 + kept] + rest, start + rest):
        damaged = bytearray(data)
        for at, value in changes:
            if at > 4:
                damaged[max(4, at % len(damaged))] = value
        with suppress(ImageRejected):
            require_plain_structure(recognise(start), bytes(damaged))
