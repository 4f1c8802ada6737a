"""A picture whose corners differ, so that a test sees both its colours and which way is up."""

import io
from collections.abc import Callable

import pillow_heif
import pytest
from PIL import Image

Colour = tuple[int, int, int]

RED, GREEN, BLUE, YELLOW = (220, 40, 40), (40, 180, 60), (50, 60, 210), (230, 210, 50)
CORNERS = (RED, GREEN, BLUE, YELLOW)


def paint(width: int, height: int, corners: tuple[Colour, ...]) -> Image.Image:
    """Four quarters: top left, top right, bottom left, bottom right."""
    image = Image.new("RGB", (width, height))
    for number, colour in enumerate(corners):
        left, top = (number % 2) * width // 2, (number // 2) * height // 2
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


@pytest.fixture
def pattern() -> Image.Image:
    """64 x 48, upright."""
    return paint(64, 48, CORNERS)


@pytest.fixture
def large_pattern() -> Image.Image:
    """640 x 480, upright."""
    return paint(640, 480, CORNERS)


@pytest.fixture
def shows() -> Callable[..., None]:
    """``shows(image, tolerance, corners, size)``: fail unless the quarters have the colours."""

    def check(
        image: Image.Image,
        tolerance: int = 0,
        corners: tuple[Colour, ...] = CORNERS,
        size: tuple[int, int] = (64, 48),
    ) -> None:
        assert image.mode == "RGB"
        assert image.size == size
        for number, expected in enumerate(corners):
            at = (
                size[0] // 4 + (number % 2) * size[0] // 2,
                size[1] // 4 + (number // 2) * size[1] // 2,
            )
            pixel = image.getpixel(at)
            far = max(abs(a - b) for a, b in zip(pixel, expected, strict=True))
            assert far <= tolerance, f"corner {number} is {pixel}, expected {expected}"

    return check


@pytest.fixture(scope="session")
def encoded() -> Callable[..., bytes]:
    """``encoded(image, format, **options)``: the bytes of an image file."""

    def encode(image: Image.Image, image_format: str, **options: object) -> bytes:
        buffer = io.BytesIO()
        if image_format == "HEIF":
            pillow_heif.from_pillow(image).save(buffer, **options)
        else:
            image.save(buffer, image_format, **options)
        return buffer.getvalue()

    return encode
