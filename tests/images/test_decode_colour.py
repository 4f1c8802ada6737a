"""Every colour mode that a file can have comes out as the RGB that people see."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from vsearch.errors import ImageRejected
from vsearch.images.decode import decode, measure
from vsearch.images.rgb import to_rgb

WHITE = (255, 255, 255)
LIMIT = 1_000_000


@pytest.mark.parametrize(
    ("image_format", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("PPM", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_adobe_deflate"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 8),
        ("JPEG", {"quality": 95}, 8),
        ("JPEG", {"quality": 95, "progressive": True}, 8),
        ("AVIF", {"quality": 95}, 8),
        ("HEIF", {"quality": 95}, 8),
    ],
)
def test_formats(pattern, encoded, shows, image_format, options, tolerance):
    shows(decode(encoded(pattern, image_format, **options), max_pixels=LIMIT), tolerance)


def test_gif_and_palette(pattern, encoded, shows):
    palette = pattern.quantize(4)
    for image_format in ("GIF", "PNG", "BMP", "TIFF"):
        shows(decode(encoded(palette, image_format), max_pixels=LIMIT))


@pytest.mark.parametrize("image_format", ["PNG", "TIFF", "WEBP"])
def test_alpha_over_white(pattern, encoded, shows, image_format):
    # Top left opaque, top right half transparent, the lower half not there.
    alpha = Image.new("L", pattern.size, 0)
    alpha.paste(255, (0, 0, 32, 24))
    alpha.paste(51, (32, 0, 64, 24))
    pattern.putalpha(alpha)
    data = encoded(pattern, image_format, **({"lossless": True} if image_format == "WEBP" else {}))
    faint_green = tuple(round(255 + (c - 255) * 0.2) for c in (40, 180, 60))
    shows(decode(data, max_pixels=LIMIT), 1, ((220, 40, 40), faint_green, WHITE, WHITE))


def test_grey_with_alpha_over_white(encoded):
    data = encoded(Image.new("LA", (4, 4), (100, 51)), "PNG")
    assert decode(data, max_pixels=LIMIT).getpixel((1, 1)) == (224, 224, 224)


def test_transparent_palette_entries_over_white(pattern, encoded, shows):
    palette = pattern.quantize(4)
    red = palette.getpixel((0, 0))
    for image_format in ("PNG", "GIF"):
        data = encoded(palette, image_format, transparency=red)
        image = decode(data, max_pixels=LIMIT)
        shows(image, 0, (WHITE, (40, 180, 60), (50, 60, 210), (230, 210, 50)))


def test_palette_entries_of_partial_alpha(encoded, pattern, shows):
    palette = pattern.quantize(4)
    alphas = bytes(51 if number == palette.getpixel((0, 0)) else 255 for number in range(4))
    image = decode(encoded(palette, "PNG", transparency=alphas), max_pixels=LIMIT)
    faint_red = tuple(round(255 + (c - 255) * 0.2) for c in (220, 40, 40))
    shows(image, 1, (faint_red, (40, 180, 60), (50, 60, 210), (230, 210, 50)))


def test_one_transparent_colour_over_white(pattern, encoded, shows):
    data = encoded(pattern, "PNG", transparency=(220, 40, 40))
    image = decode(data, max_pixels=LIMIT)
    shows(image, 0, (WHITE, (40, 180, 60), (50, 60, 210), (230, 210, 50)))


def test_one_transparent_grey_over_white(encoded):
    grey = Image.fromarray(np.array([[10, 200]], dtype=np.uint8))
    image = decode(encoded(grey, "PNG", transparency=10), max_pixels=LIMIT)
    assert [image.getpixel((x, 0)) for x in (0, 1)] == [WHITE, (200, 200, 200)]


@pytest.mark.parametrize("mode", ["PA", "La", "RGBa"])
def test_modes_with_alpha_that_no_file_has(mode):
    source = Image.new("RGBA", (2, 2), (100, 100, 100, 0))
    if mode == "RGBa":
        image = source.convert("RGBa")
    elif mode == "La":
        image = source.convert("LA").convert("La")
    else:
        image = source.convert("RGB").quantize(4)
        image.putalpha(0)
    assert image.mode == mode
    assert to_rgb(image).getpixel((0, 0)) == WHITE


def test_cmyk(pattern, encoded, shows):
    cmyk = pattern.convert("CMYK")
    shows(decode(encoded(cmyk, "TIFF"), max_pixels=LIMIT))
    # Pillow writes the Adobe marker, so ink is stored inverted.
    jpeg = encoded(cmyk, "JPEG", quality=95)
    assert b"Adobe" in jpeg
    shows(decode(jpeg, max_pixels=LIMIT), 8)


def test_ycck(pattern, encoded, shows):
    """Photoshop's CMYK: the same marker, the three inks as luma and chroma."""
    inks = Image.merge("RGB", pattern.convert("CMYK").split()[:3])
    # The writer of CMYK inverts every channel, as Adobe does; these are inverted beforehand.
    luma_chroma = Image.eval(inks.convert("YCbCr"), lambda value: 255 - value)
    stored = Image.merge("CMYK", [*luma_chroma.split(), Image.new("L", pattern.size)])
    data = bytearray(encoded(stored, "JPEG", quality=98, subsampling=0))
    transform = data.index(b"Adobe") + 11
    assert data[transform] == 0
    data[transform] = 2
    shows(decode(bytes(data), max_pixels=LIMIT), 10)


def test_black_and_white(encoded):
    bits = Image.new("1", (8, 8))
    bits.putpixel((3, 4), 1)
    for image_format in ("PNG", "TIFF", "BMP", "PPM"):
        image = decode(encoded(bits, image_format), max_pixels=LIMIT)
        assert (image.getpixel((3, 4)), image.getpixel((4, 4))) == (WHITE, (0, 0, 0))


def test_grey(encoded):
    grey = Image.linear_gradient("L")
    image = decode(encoded(grey, "PNG"), max_pixels=LIMIT)
    assert np.array_equal(np.asarray(image), np.repeat(np.asarray(grey)[..., None], 3, axis=2))


def ramp_16_bit() -> np.ndarray:
    """(256, 4) uint16: row r holds values whose high byte is r."""
    return (np.arange(256, dtype=np.uint16)[:, None] << 8) + np.array([0, 1, 128, 255], np.uint16)


@pytest.mark.parametrize("image_format", ["PNG", "TIFF", "PPM"])
def test_grey_of_16_bits_is_scaled_not_clipped(encoded, image_format):
    image = decode(encoded(Image.fromarray(ramp_16_bit()), image_format), max_pixels=LIMIT)
    assert np.array_equal(np.asarray(image)[..., 1], ramp_16_bit() >> 8)


def test_grey_of_16_bits_big_endian_tiff():
    tags = {256: 4, 257: 256, 258: 16, 259: 1, 262: 1, 273: 122, 277: 1, 278: 256, 279: 2048}
    directory = b"".join(struct.pack(">HHLHH", tag, 3, 1, tags[tag], 0) for tag in tags)
    head = b"MM\0*" + struct.pack(">LH", 8, 9) + directory + bytes(4)
    assert len(head) == 122
    image = decode(head + ramp_16_bit().astype(">u2").tobytes(), max_pixels=LIMIT)
    assert np.array_equal(np.asarray(image)[..., 0], ramp_16_bit() >> 8)


def png(width: int, height: int, bits: int, colour_type: int, rows: bytes, *more: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
        )

    header = struct.pack(">LLBBBBB", width, height, bits, colour_type, 0, 0, 0)
    extra = b"".join(chunk(piece[:4], piece[4:]) for piece in more)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_colour_of_16_bits():
    row = b"\0" + struct.pack(">HHH", 0x1234, 0x80FF, 0xFFFF)
    assert decode(png(1, 1, 16, 2, row), max_pixels=LIMIT).getpixel((0, 0)) == (0x12, 0x80, 0xFF)


def test_grey_of_16_bits_with_a_transparent_value():
    row = b"\0" + struct.pack(">HH", 0x1234, 0x1235)
    image = decode(png(2, 1, 16, 0, row, b"tRNS\x12\x34"), max_pixels=LIMIT)
    assert [image.getpixel((x, 0)) for x in (0, 1)] == [WHITE, (0x12, 0x12, 0x12)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([0.0, 25600.0, 65535.0], [0, 100, 255]),
        ([-10.0, 0.0, 10.0], [0, 128, 255]),
        ([float("nan"), 1.0, float("inf")], [0, 255, 0]),
        ([-5.0, -5.0, -5.0], [0, 0, 0]),
        ([-3e38, 0.0, 3e38], [0, 128, 255]),
    ],
)
def test_float_grey(encoded, values, expected):
    source = Image.fromarray(np.array([values], dtype=np.float32))
    image = decode(encoded(source, "TIFF"), max_pixels=LIMIT)
    assert [image.getpixel((x, 0))[0] for x in range(3)] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 100, 255], [0, 100, 255]),
        ([0, 25600, 65535], [0, 100, 255]),
        ([-(2**31), 0, 2**31 - 1], [0, 128, 255]),
    ],
)
def test_grey_of_32_bit_integers(encoded, values, expected):
    source = Image.fromarray(np.array([values], dtype=np.int32))
    image = decode(encoded(source, "TIFF"), max_pixels=LIMIT)
    assert [image.getpixel((x, 0))[0] for x in range(3)] == expected


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG", "TIFF", "MPO", "AVIF"])
def test_the_first_frame_of_several(pattern, encoded, shows, image_format):
    other = Image.new("RGB", pattern.size, "black")
    options = {"lossless": True} if image_format == "WEBP" else {"quality": 95}
    data = encoded(pattern, image_format, save_all=True, append_images=[other], **options)
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.n_frames == 2
    shows(decode(data, max_pixels=LIMIT), 8)


def test_the_primary_picture_of_a_heif(pattern, shows):
    heif = pillow_heif.from_pillow(pattern)
    heif.add_from_pillow(Image.new("RGB", (20, 20)))
    buffer = io.BytesIO()
    heif.save(buffer, quality=95)
    shows(decode(buffer.getvalue(), max_pixels=LIMIT), 8)


def test_lab_is_rejected_by_name(encoded):
    with pytest.raises(ImageRejected, match="CIE Lab is not supported; save it as RGB"):
        decode(encoded(Image.new("LAB", (4, 4)), "TIFF"), max_pixels=LIMIT)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "HEIF"])
def test_neither_metadata_nor_the_file_stays(encoded, pattern, image_format):
    pattern.info["icc_profile"] = b"x" * 1000
    image = decode(encoded(pattern, image_format), max_pixels=LIMIT)
    assert image.info == {}
    assert getattr(image, "fp", None) is None
    assert not {"_fp", "_decoder", "_heif_file"} & set(vars(image))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "HEIF"])
def test_the_size_from_the_header(encoded, pattern, image_format):
    data = encoded(pattern, image_format)
    assert measure(data) == (64, 48)
    for damaged in (b"", b"text", data[:12]):
        with pytest.raises(ImageRejected):
            measure(damaged)
