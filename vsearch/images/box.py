"""A rectangle in a picture: the part that is meant."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite

from PIL import Image

from vsearch.errors import QueryError

_NUMBERS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """Left, top, width and height of a rectangle in an upright picture.

    Relative to the picture's size where none of the four is above 1 (``Box(0, 0, 0.5, 1)`` is
    the left half), else in pixels.

    Raises:
        QueryError: a number is negative or not finite, or the rectangle is empty.
    """

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        numbers = (self.left, self.top, self.width, self.height)
        if not all(isfinite(number) and number >= 0 for number in numbers):
            raise QueryError(f"box {self}: all four are numbers, 0 or more")
        if not (self.width and self.height):
            raise QueryError(f"box {self}: the rectangle is empty; width and height come last")

    def __str__(self) -> str:
        """As ``parse_box`` reads it, to three decimals."""
        numbers = (self.left, self.top, self.width, self.height)
        return ",".join(f"{round(number, 3):g}" for number in numbers)

    @property
    def is_relative(self) -> bool:
        """Whether its numbers are shares of the picture's size, and not pixels."""
        return max(self.left, self.top, self.width, self.height) <= 1

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) in a picture of this size; what sticks out is cut off.

        Raises:
            QueryError: the rectangle lies outside the picture.
        """
        across, down = (width, height) if self.is_relative else (1, 1)
        left, top = int(self.left * across), int(self.top * down)
        # Rounded last: the sum of two large numbers may be infinite.
        right = ceil(min(width, (self.left + self.width) * across))
        bottom = ceil(min(height, (self.top + self.height) * down))
        if left >= right or top >= bottom:
            raise QueryError(f"box {self}: outside the picture of {width} x {height} pixels")
        return left, top, right, bottom

    def iou(self, other: Box) -> float:
        """Intersection over union with another box in the same unit, 0 to 1.

        >>> Box(0, 0, 0.5, 1).iou(Box(0.25, 0, 0.5, 1)) == 1 / 3
        True
        """
        right = min(self.left + self.width, other.left + other.width)
        bottom = min(self.top + self.height, other.top + other.height)
        across = max(0.0, right - max(self.left, other.left))
        down = max(0.0, bottom - max(self.top, other.top))
        shared = across * down
        return shared / (self.width * self.height + other.width * other.height - shared)

    def cut(self, image: Image.Image) -> Image.Image:
        """The part of an upright picture that is inside.

        Raises:
            QueryError: the rectangle lies outside the picture.
        """
        return image.crop(self.pixels(*image.size))


def parse_box(text: str) -> Box:
    """Read ``x,y,w,h``.

    >>> parse_box("0.25, 0.1, 0.5, 0.8")
    Box(left=0.25, top=0.1, width=0.5, height=0.8)

    Raises:
        QueryError: it isn't four numbers that make a rectangle.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != _NUMBERS:
        raise QueryError(
            f'box "{text}": write x,y,w,h, in pixels (120,40,300,300) or as shares of the'
            " picture (0.2,0.1,0.5,0.8)"
        )
    return Box(*numbers)
