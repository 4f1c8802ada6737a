"""open_clip's preprocessing in vsearch's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsearch.encoder.preprocessing import Channels, Preprocessing
from vsearch.errors import EncoderError

# open_clip's own defaults.
_MEAN: Channels = (0.48145466, 0.4578275, 0.40821073)
_STD: Channels = (0.26862954, 0.26130258, 0.27577711)

_CROP_MODES = {"shortest": "center", "squash": "squash", "longest": "pad"}
# "random" says how it was trained.
_INTERPOLATIONS = {"bicubic": "bicubic", "bilinear": "bilinear", "random": "bicubic"}


def preprocessing_from(
    config: Mapping[str, Any], size: int | tuple[int, int], *, name: str
) -> Preprocessing:
    """Read open_clip's ``preprocess_cfg``.

    Args:
        config: ``mean``, ``std``, ``interpolation``, ``resize_mode``; what is missing or None
            has open_clip's default.
        size: the picture's side, or height and width, in pixels, that the image tower takes.
        name: the encoder's, for messages.

    Raises:
        EncoderError: it asks for something that can't be done here.
    """
    height, width = (size, size) if isinstance(size, int) else size
    crop_mode = _CROP_MODES.get(config.get("resize_mode") or "shortest")
    interpolation = _INTERPOLATIONS.get(config.get("interpolation") or "bicubic")
    try:
        mean, std = _channels(config.get("mean"), _MEAN), _channels(config.get("std"), _STD)
    except (TypeError, ValueError) as error:
        raise EncoderError(f'encoder "{name}": its mean or std is no colour ({error})') from error
    if crop_mode == "center" and height != width:
        interpolation = "bicubic"  # As open_clip does then, whatever is written.
    unusual_fill = crop_mode == "pad" and bool(config.get("fill_color"))
    if crop_mode is None or interpolation is None or unusual_fill:
        raise EncoderError(
            f'encoder "{name}": a preprocessing that is not supported: {dict(config)}'
        )
    return Preprocessing(
        height=height,
        width=width,
        crop_fraction=1.0,
        crop_mode=crop_mode,
        interpolation=interpolation,
        mean=mean,
        std=std,
    )


def _channels(
    values: float | tuple[float, ...] | list[float] | None, default: Channels
) -> Channels:
    # As open_clip does, a plain 0 counts as nothing given.
    if values is None or values == 0:
        return default
    red, green, blue = [float(values)] * 3 if isinstance(values, int | float) else values
    return float(red), float(green), float(blue)
