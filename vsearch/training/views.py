"""Ways to look at one picture: a teacher that takes several sees more than a single crop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PIL import Image, ImageOps

from vsearch.encoder.interface import Pixels
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.errors import TrainingError

View = Callable[[Image.Image], Pixels]

_NAMES = ("centre", "zoom", "whole")

_ZOOM = 0.75
_FLIP = "-flip"


def require_views(names: Sequence[str]) -> None:
    """Check names before the work that they are for.

    Raises:
        TrainingError: there is no such view.
    """
    for name in names:
        if name.removesuffix(_FLIP) not in _NAMES:
            raise TrainingError(f'view "{name}": not one of {", ".join(_NAMES)}, each with {_FLIP}')


def view(name: str, own: Preprocessing) -> View:
    """Build the function that prepares an upright RGB picture in one way.

    Args:
        name: ``centre`` (the encoder's own crop), ``zoom`` (the centre, a third closer),
            ``whole`` (everything, proportions given up); each also as ``centre-flip``, ...
        own: the encoder's preprocessing.

    Raises:
        TrainingError: no such view.
    """
    require_views([name])
    base = name.removesuffix(_FLIP)
    variants = {
        "centre": own,
        "zoom": replace(own, crop_fraction=_ZOOM, crop_mode="center"),
        "whole": replace(own, crop_fraction=1.0, crop_mode="squash"),
    }
    prepare = variants[base].preparer()
    if name == base:
        return prepare
    return lambda image: prepare(ImageOps.mirror(image))
