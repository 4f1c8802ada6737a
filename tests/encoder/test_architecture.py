from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from vsearch.encoder.architecture import build, data_config, dimension, full_name, pooling
from vsearch.encoder.backbone import Backbone
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.errors import EncoderError

DEFAULT = "vit_tiny_patch16_224.augreg_in21k_ft_in1k"


@pytest.mark.parametrize(
    ("name", "full"),
    [
        (DEFAULT, DEFAULT),
        ("vit_tiny_patch16_224", DEFAULT),
        ("vit_tiny_patch16_224.augreg_in21k", "vit_tiny_patch16_224.augreg_in21k"),
        ("vit_wee_patch16_reg1_gap_256", "vit_wee_patch16_reg1_gap_256.sbb_in1k"),
        ("vit_giant_patch14_224", "vit_giant_patch14_224"),
    ],
    ids=["full", "default tag", "another tag", "another family", "without weights"],
)
def test_completes_names(name: str, full: str) -> None:
    assert full_name(name) == full


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(
        EncoderError, match=r"vit_tinny_patch16_224.*near it: .*vit_tiny_patch16_224"
    ):
        full_name("vit_tinny_patch16_224")


def test_a_name_that_is_near_nothing_is_answered_with_the_list() -> None:
    with pytest.raises(
        EncoderError, match=r'"xyzzy": timm has no such model; see `vsearch encoders`'
    ):
        full_name("xyzzy")


def test_an_unknown_tag_is_answered_with_those_there_are() -> None:
    with pytest.raises(
        EncoderError, match=f'"augreg3" of vit_tiny_patch16_224; it has .*{DEFAULT}'
    ):
        full_name("vit_tiny_patch16_224.augreg3")


def test_a_seed_fixes_random_weights_and_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)

    one, same, other = (build("test_vit", seed=seed).state_dict() for seed in (1, 1, 2))

    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["patch_embed.proj.weight"], other["patch_embed.proj.weight"])


@pytest.mark.parametrize(
    ("name", "pool", "dim"),
    [
        ("test_vit", "token", 64),
        ("test_vit3", "map", 96),
        ("vit_wee_patch16_reg1_gap_256", "avg", 256),
        ("test_convnext", "avg", 64),
        ("test_resnet", "avg", 96),
        ("test_efficientnet", "avg", 256),
    ],
)
def test_gives_pooled_embeddings_of_many_families(name: str, pool: str, dim: int) -> None:
    model = build(name, seed=0)
    preprocessing = Preprocessing.from_data_config(data_config(model))
    backbone = Backbone(model, preprocessing, torch.device("cpu"), torch.float32)
    pixels = np.zeros((2, preprocessing.height, preprocessing.width, 3), np.uint8)

    assert (pooling(model), dimension(model)) == (pool, dim)
    assert backbone.embed(pixels).shape == (2, dim)


class Unpooled(nn.Module):
    """Gives a map of features, as a model for segmentation does."""

    num_features = 8

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return torch.zeros(len(batch), self.num_features, 4, 4)


def test_a_model_that_pools_nothing_is_refused() -> None:
    preprocessing = Preprocessing(8, 8, 1.0, "center", "bicubic", (0.5,) * 3, (0.5,) * 3)
    backbone = Backbone(Unpooled(), preprocessing, torch.device("cpu"), torch.float32)

    with pytest.raises(EncoderError, match="Unpooled: gives no pooled embedding of 8 numbers"):
        backbone.embed(np.zeros((1, 8, 8, 3), np.uint8))
