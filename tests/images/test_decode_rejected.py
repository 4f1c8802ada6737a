"""A picture that can't be used is rejected with a reason: never half decoded, never a warning."""

import io
import itertools
import struct
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from vsearch.errors import ImageRejected
from vsearch.images.decode import decode

LIMIT = 80_000_000

FORMATS = {
    "jpeg": ("JPEG", {}),
    "progressive": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "gif": ("GIF", {}),
    "webp": ("WEBP", {}),
    "lossless": ("WEBP", {"lossless": True}),
    "avif": ("AVIF", {}),
    "heif": ("HEIF", {}),
    "bmp": ("BMP", {}),
    "ppm": ("PPM", {}),
    "tiff": ("TIFF", {}),
    "lzw": ("TIFF", {"compression": "tiff_lzw"}),
}


def rejection(data: bytes, max_pixels: int = LIMIT) -> str:
    with pytest.raises(ImageRejected) as caught:
        decode(data, max_pixels=max_pixels)
    return caught.value.reason


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
        )

    header = struct.pack(">LLBBBBB", width, height, 1, 0, 0, 0, 0)
    deflated = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", deflated)
        + chunk(b"IEND", b"")
    )


def test_a_bomb_is_rejected_from_its_header():
    data = png_header(20_000, 20_000)
    tracemalloc.start()
    reason = rejection(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reason == "20000 x 20000 = 400 megapixels; the limit is 80: raise VSEARCH_MAX_MEGAPIXELS"
    assert peak < 1_000_000


def test_the_limit_is_the_last_size_that_passes():
    data = png_header(100, 50)
    assert decode(data, max_pixels=5000).size == (100, 50)
    assert (
        rejection(data, 4999)
        == "100 x 50 = 0.005 megapixels; the limit is 0.004999: raise VSEARCH_MAX_MEGAPIXELS"
    )


def test_pillow_s_own_limit_is_neither_heeded_nor_changed(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert decode(png_header(100, 15), max_pixels=LIMIT).size == (100, 15)  # a warning to Pillow
    assert decode(png_header(100, 50), max_pixels=LIMIT).size == (100, 50)  # an error to Pillow
    assert Image.MAX_IMAGE_PIXELS == 1000


def gif(screen: int, frame: int) -> bytes:
    start = b"GIF89a" + struct.pack("<HH", screen, screen) + b"\xf0\0\0" + b"\xff\0\0\0\0\xff"
    return start + b"," + struct.pack("<HHHH", 0, 0, frame, frame) + b"\0\x02\x02\x44\x01\0;"


def test_a_gif_frame_that_is_larger_than_its_screen():
    assert decode(gif(1, 1), max_pixels=LIMIT).size == (1, 1)
    assert rejection(gif(1, 10_000)).startswith("10000 x 10000 = 100 megapixels")
    assert rejection(gif(1, 20_000)) == "GIF of more pixels than Pillow reads"


def test_any_aspect_ratio_is_fine(encoded):
    assert decode(encoded(Image.new("RGB", (1, 9000)), "PNG"), max_pixels=LIMIT).size == (1, 9000)
    long = encoded(Image.new("RGB", (9000, 1)), "JPEG")
    assert decode(long, max_pixels=LIMIT, min_side=200).size == (9000, 1)


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (0, 0)])
def test_zero_size(width, height):
    reason = rejection(png_header(width, height))
    assert reason == "damaged PNG: its header has no size or a size of 0"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty (0 bytes)"),
        (b"just some words\n", "not an image but text"),
        ("größer\n".encode(), "not an image but text"),
        ("größer".encode() * 300, "not an image but text"),
        ("text".encode("utf-16"), "not an image but text"),
        (b"\n <!DOCTYPE html><title>404</title>", "not an image but an HTML page"),
        (b"\xef\xbb\xbf<HTML>", "not an image but an HTML page"),
        (b'{"error": "denied"}', "not an image but JSON or text"),
        (b'<?xml version="1.0"?><Error>AccessDenied</Error>', "not an image but an XML document"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "SVG is not supported; save it as JPEG or PNG",
        ),
        (
            b"<?xml version='1.0'?>\n<!-- a -->\n<svg>",
            "SVG is not supported; save it as JPEG or PNG",
        ),
        (b"%PDF-1.7\n", "PDF is not supported; save it as JPEG or PNG"),
        (b"8BPS\0\1", "Photoshop is not supported; save it as JPEG or PNG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript is not supported; save it as JPEG or PNG"),
        (b"\0\0\1\0\1\0", "ICO is not supported; save it as JPEG or PNG"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000 is not supported; save it as JPEG or PNG"),
        (b"\xff\x0a\xfa\x7f", "JPEG XL is not supported; save it as JPEG or PNG"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isommp42", "not an image but a video"),
        (b"PK\3\4\x14\0", "not an image but a ZIP archive"),
        (b"\x1f\x8b\x08\0", "not an image but gzip data"),
        (bytes(5000), "not an image but binary data that begins with zeros"),
        (bytes(range(128, 256)), "not an image, or of an unknown format"),
    ],
)
def test_what_is_no_image_is_named(data, reason):
    assert rejection(data) == reason


def test_a_format_that_pillow_reads_but_feeds_have_no_use_for(encoded):
    for image_format in ("PCX", "TGA", "SGI", "DDS", "ICO", "EPS", "JPEG2000"):
        assert rejection(encoded(Image.new("RGB", (16, 16)), image_format))


@pytest.mark.parametrize("name", FORMATS)
def test_cut_off_anywhere_is_rejected_or_whole(large_pattern, encoded, name):
    image_format, options = FORMATS[name]
    noise = Image.effect_noise((160, 120), 60).convert("RGB")
    data = encoded(noise, image_format, **options)
    whole = np.asarray(decode(data, max_pixels=LIMIT))
    cuts = {*range(0, len(data), max(1, len(data) // 150)), *range(len(data) - 20, len(data))}
    rejected = 0
    for cut, min_side in itertools.product(cuts, (None, 20)):
        try:
            image = decode(data[:cut], max_pixels=LIMIT, min_side=min_side)
        except ImageRejected:
            rejected += 1
        else:
            # Only what stands after the last pixel may be missing.
            assert np.array_equal(np.asarray(image), whole), f"decoded in part, from {cut} bytes"
    assert rejected > len(cuts)


@pytest.mark.parametrize(
    "name", ["jpeg", "progressive", "png", "gif", "webp", "bmp", "ppm", "tiff"]
)
def test_cut_off_in_the_middle_is_called_truncated(large_pattern, encoded, name):
    image_format, options = FORMATS[name]
    data = encoded(large_pattern, image_format, **options)
    reason = rejection(data[: len(data) // 2])
    assert reason.startswith("truncated ")


def test_half_a_reduced_jpeg_is_rejected(large_pattern, encoded):
    data = encoded(large_pattern, "JPEG")
    with pytest.raises(ImageRejected, match="truncated JPEG"):
        decode(data[: len(data) * 3 // 4], max_pixels=LIMIT, min_side=20)


def small_file(name: str) -> bytes:
    image_format, options = FORMATS[name]
    image = Image.linear_gradient("L").resize((24, 16)).convert("RGB")
    buffer = io.BytesIO()
    if image_format == "HEIF":
        import pillow_heif

        pillow_heif.from_pillow(image).save(buffer)
    else:
        exif = Image.Exif()
        exif[0x0112] = 6
        exif[0x010F] = "A camera"
        extra = {"exif": exif} if image_format in {"JPEG", "PNG", "WEBP", "AVIF"} else {}
        image.save(buffer, image_format, **options, **extra)
    return buffer.getvalue()


SMALL_FILES = {name: small_file(name) for name in FORMATS}
CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=6
)


def outcome_of(data: bytes) -> Image.Image | ImageRejected:
    try:
        return decode(data, max_pixels=1_000_000, min_side=4)
    except ImageRejected as rejected:
        return rejected


@pytest.mark.parametrize("name", FORMATS)
@given(changes=CHANGES, cut=st.floats(0.5, 1))
@settings(derandomize=True, deadline=None, max_examples=120)
def test_damaged_bytes_give_a_picture_or_a_reason(name, changes, cut):
    data = bytearray(SMALL_FILES[name])
    for position, change in changes:
        data[int(position * len(data))] ^= change
    data = data[: int(cut * len(data)) + 1]
    # Warnings are errors here; one that leaked would be the rejection's cause.
    outcome = outcome_of(bytes(data))
    if isinstance(outcome, ImageRejected):
        assert 0 < len(outcome.reason) < 130
        assert "\n" not in outcome.reason
        assert "object at 0x" not in outcome.reason
        assert not isinstance(outcome.__cause__, Warning)
    else:
        assert outcome.mode == "RGB"
        assert outcome.width * outcome.height <= 1_000_000


@given(
    start=st.sampled_from([data[:size] for data in SMALL_FILES.values() for size in (3, 12, 60)]),
    rest=st.binary(max_size=200),
)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_noise_after_a_good_start_gives_a_picture_or_a_reason(start, rest):
    outcome = outcome_of(start + rest)
    assert isinstance(outcome, ImageRejected) or outcome.mode == "RGB"


def test_a_damaged_animation_is_no_warning(pattern, encoded, shows):
    data = encoded(pattern, "PNG", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    at = data.index(b"acTL")
    chunk = b"acTL" + bytes(8)
    damaged = data[:at] + chunk + struct.pack(">L", zlib.crc32(chunk)) + data[at + 16 :]
    shows(decode(damaged, max_pixels=LIMIT))


def test_damaged_tiff_tags_are_no_warning(pattern, encoded, shows):
    data = encoded(pattern, "TIFF", software="x" * 100)
    # Software (0x0131) now claims more text than the file holds.
    at = data.index(struct.pack("<HHL", 0x0131, 2, 101))
    damaged = data[: at + 4] + struct.pack("<L", 10**6) + data[at + 8 :]
    shows(decode(damaged, max_pixels=LIMIT))


def test_decoding_in_many_threads_leaves_the_warning_filters_alone(pattern, encoded):
    files = [encoded(pattern, name) for name in ("TIFF", "GIF", "AVIF", "JPEG")] * 20
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        images = list(pool.map(lambda data: decode(data, max_pixels=LIMIT), files))
    assert len(images) == 80
    assert warnings.filters == before


def test_memory_that_is_not_there_is_a_reason(monkeypatch, encoded, pattern):
    def load(self):
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    assert rejection(encoded(pattern, "BMP")) == "BMP: takes more memory than there is"


def test_the_same_bytes_give_the_same_pixels(encoded):
    data = encoded(Image.effect_noise((200, 150), 60).convert("RGB"), "JPEG")
    first = decode(data, max_pixels=LIMIT, min_side=20)
    assert first.tobytes() == decode(data, max_pixels=LIMIT, min_side=20).tobytes()
