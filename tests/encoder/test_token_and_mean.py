"""The class token beside the patches' mean: both halves are what they are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import normalize

from vsearch.encoder.architecture import build
from vsearch.encoder.encoder_file import write_encoder_file
from vsearch.encoder.load import load_encoder
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.encoder.token_and_mean import TOKEN_AND_MEAN, TokenAndMean, token_head
from vsearch.errors import WeightsError

SMALL = "test_vit.r160_in1k"


@pytest.fixture
def file(tmp_path: Path, model: nn.Module, encoder: TimmEncoder) -> Path:
    path = tmp_path / "both.safetensors"
    write_encoder_file(
        path,
        tensors=model.state_dict(),
        architecture=SMALL,
        pooling=TOKEN_AND_MEAN,
        head=token_head(encoder.dim),
    )
    return path


def test_with_its_head_it_embeds_as_the_token_alone(
    file: Path, encoder: TimmEncoder, pictures: list[Path]
) -> None:
    both = load_encoder(file, device="cpu", dtype="float32")
    assert (both.dim, both.backbone_dim) == (encoder.dim, 2 * encoder.dim)
    np.testing.assert_allclose(both.encode(pictures), encoder.encode(pictures), atol=1e-6)


def test_the_other_half_is_the_mean_of_the_patches(model: nn.Module) -> None:
    pixels = torch.rand(2, 3, 160, 160)
    with torch.inference_mode():
        halves = TokenAndMean(model)(pixels).chunk(2, dim=1)
        tokens = model.forward_features(pixels)
    torch.testing.assert_close(halves[0], normalize(tokens[:, 0]))
    torch.testing.assert_close(halves[1], normalize(tokens[:, model.num_prefix_tokens :].mean(1)))


def test_it_is_another_backbone_than_the_token_alone(file: Path, encoder: TimmEncoder) -> None:
    assert load_encoder(file).backbone_fingerprint != encoder.backbone_fingerprint


def test_a_network_without_token_is_refused(tmp_path: Path) -> None:
    name = "test_efficientnet.r160_in1k"
    path = tmp_path / "cnn.safetensors"
    tensors = build(name, seed=0).state_dict()
    write_encoder_file(path, tensors=tensors, architecture=name, pooling=TOKEN_AND_MEAN)
    with pytest.raises(WeightsError, match="needs a ViT that embeds by its class token"):
        load_encoder(path)


def test_a_pooling_of_the_future_is_refused(tmp_path: Path, model: nn.Module) -> None:
    path = tmp_path / "new.safetensors"
    tensors = model.state_dict()
    write_encoder_file(path, tensors=tensors, architecture=SMALL, pooling="holographic")
    with pytest.raises(WeightsError, match='pooling "holographic" is unknown'):
        load_encoder(path)
