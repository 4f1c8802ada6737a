"""Which image format some bytes are, told by how they begin and never by a file's name."""

from __future__ import annotations

from enum import StrEnum

from vsearch.errors import ImageRejected


class ImageFormat(StrEnum):
    """What can be decoded; the value is the name that messages use."""

    JPEG = "JPEG"
    PNG = "PNG"
    GIF = "GIF"
    WEBP = "WebP"
    AVIF = "AVIF"
    HEIF = "HEIF"
    TIFF = "TIFF"
    BMP = "BMP"
    PPM = "PPM"


_SIGNATURES: tuple[tuple[bytes, ImageFormat], ...] = (
    (b"\xff\xd8\xff", ImageFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", ImageFormat.PNG),
    (b"GIF87a", ImageFormat.GIF),
    (b"GIF89a", ImageFormat.GIF),
    (b"II*\0", ImageFormat.TIFF),
    (b"MM\0*", ImageFormat.TIFF),
    (b"II+\0", ImageFormat.TIFF),
    (b"MM\0+", ImageFormat.TIFF),
    (b"BM", ImageFormat.BMP),
)

#: Pictures and documents that people do put in feeds, with what to do instead.
_UNSUPPORTED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "PDF"),
    (b"8BPS", "Photoshop"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"\0\0\1\0", "ICO"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"qoif", "QOI"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
)

_NOT_IMAGES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\0\0\0\0", "binary data that begins with zeros"),
)

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)

_PPM_KINDS = b"123456"
_WHITE_SPACE = b" \t\r\n"

#: Enough of a text file to tell what it is; SVGs often open with a comment and a DOCTYPE.
_TEXT_SAMPLE_BYTES = 1024


def recognise(data: bytes) -> ImageFormat:
    """Tell the format of an image file from its first bytes.

    Raises:
        ImageRejected: it is empty, of a format that isn't decoded, or no image at all; the
            reason names what it looks like.
    """
    if not data:
        raise ImageRejected("empty (0 bytes)")
    for signature, image_format in _SIGNATURES:
        if data.startswith(signature):
            return image_format
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if data[:1] == b"P" and data[1:2] in _PPM_KINDS and data[2:3] in _WHITE_SPACE and data[2:3]:
        return ImageFormat.PPM
    if data[4:8] == b"ftyp":
        return _recognise_iso_media(data)
    for signature, name in _UNSUPPORTED:
        if data.startswith(signature):
            raise _unsupported(name)
    for signature, name in _NOT_IMAGES:
        if data.startswith(signature):
            raise ImageRejected(f"not an image but {name}")
    raise _told_from_text(data[:_TEXT_SAMPLE_BYTES])


def _recognise_iso_media(data: bytes) -> ImageFormat:
    """AVIF, HEIF and MP4 share one container; its list of brands tells them apart."""
    box = data[: min(int.from_bytes(data[:4], "big"), 256)]
    brands = {box[8:12], *(box[at : at + 4] for at in range(16, len(box), 4))}
    if brands & _AVIF_BRANDS:
        return ImageFormat.AVIF
    if brands & _HEIF_BRANDS:
        return ImageFormat.HEIF
    raise ImageRejected("not an image but a video")


def _told_from_text(sample: bytes) -> ImageRejected:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ImageRejected("not an image but text")
    start = sample.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in start:
        return _unsupported("SVG")
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return ImageRejected("not an image but an HTML page")
    if start.startswith(b"<?xml"):
        return ImageRejected("not an image but an XML document")
    if start.startswith((b"{", b"[")):
        return ImageRejected("not an image but JSON or text")
    if _is_text(sample):
        return ImageRejected("not an image but text")
    return ImageRejected("not an image, or of an unknown format")


def _is_text(sample: bytes) -> bool:
    # A sample may end within a character; what stands before that must be clean.
    text = sample.decode("utf-8", errors="ignore")
    lost = len(sample) - len(text.encode())
    return lost <= 3 and all(char.isprintable() or char.isspace() for char in text)


def _unsupported(name: str) -> ImageRejected:
    return ImageRejected(f"{name} is not supported; save it as JPEG or PNG")
