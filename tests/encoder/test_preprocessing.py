"""``prepare`` against timm's own transform, with which the models were evaluated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.torchvision_shim import import_timm

AUGREG = "vit_tiny_patch16_224.augreg_in21k_ft_in1k"
CONFIGS = {
    "center 224 of 248": AUGREG,
    "center 518 of 518": "vit_small_patch14_dinov2.lvd142m",
    "center 256, ImageNet mean": "vit_small_patch16_dinov3.lvd1689m",
    "center 160, bicubic": "test_vit.r160_in1k",
    "center, bilinear": "resnet18.tv_in1k",
    "squash": "coat_lite_medium_384.in1k",
}
SHAPES = [(640, 480), (480, 640), (224, 224), (248, 248), (60, 45), (1, 1), (1600, 90), (333, 1001)]


def data_config(name: str) -> dict[str, Any]:
    timm = import_timm()
    cfg = timm.get_pretrained_cfg(name)
    return dict(timm.data.resolve_data_config(pretrained_cfg=cfg.to_dict()))


def by_timm(config: dict[str, Any], image: Image.Image) -> npt.NDArray[np.uint8]:
    transform = import_timm().data.create_transform(**config, is_training=False, normalize=False)
    pixels: npt.NDArray[np.uint8] = transform(image).permute(1, 2, 0).numpy()
    return pixels


def require_agreement(config: dict[str, Any], image: Image.Image) -> None:
    """Equal, but for roundings of one value in 200.

    From 13 on Pillow resizes some pictures down first and then across, so that timm's own
    result depends on Pillow's version. There ours, turned, has to agree with timm's.
    """
    preprocessing = Preprocessing.from_data_config(config)
    turned = replace(preprocessing, height=preprocessing.width, width=preprocessing.height)
    pixels = preprocessing.preparer()(image)
    turned_pixels = turned.preparer()(image.transpose(Image.Transpose.TRANSPOSE))
    expected = by_timm(config, image)
    assert pixels.shape == expected.shape
    assert pixels.dtype == np.uint8
    assert equal_but_for_rounding(pixels, expected) or equal_but_for_rounding(
        turned_pixels.transpose(1, 0, 2), expected
    )
    assert np.abs(pixels - expected.astype(int)).mean() < 1


def equal_but_for_rounding(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> bool:
    difference = np.abs(one - other.astype(int))
    few = (difference > 0).mean() < 1 / 200 and (difference > 1).mean() < 1 / 10_000
    return bool(few) and int(difference.max()) <= 2


@pytest.mark.parametrize("name", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape[0]}x{shape[1]}")
def test_agrees_with_timm(
    name: str, shape: tuple[int, int], make_picture: Callable[..., Image.Image]
) -> None:
    require_agreement(data_config(name), make_picture(*shape))


def test_the_configs_above_are_what_they_are_called() -> None:
    for title, name in CONFIGS.items():
        config = data_config(name)
        assert title.startswith(config["crop_mode"])
        assert ("bilinear" in title) == (config["interpolation"] == "bilinear")


@pytest.mark.parametrize(
    "change",
    [
        {"input_size": (3, 192, 256)},
        {"input_size": (3, 192, 256), "crop_mode": "squash"},
        {"crop_pct": 1.2},
        {"crop_mode": "border", "crop_pct": 1.0},
        {"interpolation": "lanczos"},
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(300, 200), (100, 350)])
def test_agrees_with_timm_where_a_config_is_unusual(
    change: dict[str, Any], shape: tuple[int, int], make_picture: Callable[..., Image.Image]
) -> None:
    require_agreement(data_config(AUGREG) | change, make_picture(*shape))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(width=st.integers(1, 700), height=st.integers(1, 700), seed=st.integers(0, 9))
@pytest.mark.parametrize("name", [CONFIGS["center 224 of 248"], CONFIGS["squash"]])
def test_agrees_with_timm_at_any_size(
    name: str, width: int, height: int, seed: int, make_picture: Callable[..., Image.Image]
) -> None:
    require_agreement(data_config(name), make_picture(width, height, seed))


def test_another_crop_or_filter_would_be_noticed(make_picture: Callable[..., Image.Image]) -> None:
    config, image = data_config(AUGREG), make_picture(640, 480)
    expected = by_timm(config, image).astype(int)

    for change in ({"crop_pct": 1.0}, {"crop_mode": "squash"}, {"interpolation": "bilinear"}):
        other = Preprocessing.from_data_config(config | change).preparer()(image)
        assert np.abs(other - expected).max() > 10


def test_a_very_long_picture_is_cut_without_a_very_long_intermediate_one() -> None:
    image = Image.new("RGB", (60_000, 3), (10, 200, 30))

    pixels = Preprocessing.from_data_config(data_config(AUGREG)).preparer()(image)

    # Resized as a whole it would have 5 million columns, 3.7 GB.
    assert pixels.shape == (224, 224, 3)
    assert (pixels == (10, 200, 30)).all()


def test_the_default_has_the_config_of_augreg() -> None:
    preprocessing = Preprocessing.from_data_config(data_config(AUGREG))

    assert preprocessing == Preprocessing(
        height=224,
        width=224,
        crop_fraction=0.9,
        crop_mode="center",
        interpolation="bicubic",
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
    )
    assert preprocessing.min_side == 248
