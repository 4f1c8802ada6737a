"""Patch tokens: what they are read from, and where each lies in the picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vsearch.encoder.backbone import Backbone
from vsearch.encoder.load import load_backbone, load_encoder
from vsearch.encoder.patch_tokens import PatchTokens
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.errors import EncoderError

MakePicture = Callable[..., Image.Image]

SQUARE = Preprocessing(224, 224, 0.9, "center", "bicubic", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


@pytest.fixture(scope="module")
def bundled() -> TimmEncoder:
    return load_encoder(device="cpu", dtype="float32")


def test_the_patches_mean_is_the_half_of_the_embedding_that_is_made_of_them(
    bundled: TimmEncoder, make_picture: MakePicture
) -> None:
    """The bundled backbone stores the class token beside the mean of its patches' tokens."""
    picture = make_picture(300, 260)
    pixels = bundled.prepare(picture)[None]
    stored = bundled.embed_backbone(pixels)[0, 192:]
    raw = bundled._backbone.patch_tokens(pixels, 1.0)[0].numpy()
    mean = raw.mean(axis=(0, 1))
    np.testing.assert_allclose(
        mean / np.linalg.norm(mean), stored / np.linalg.norm(stored), atol=1e-5
    )
    patches = bundled.patches(picture)
    np.testing.assert_allclose(
        patches.tokens, raw / np.linalg.norm(raw, axis=-1, keepdims=True), atol=1e-6
    )
    assert patches.tokens.shape == (14, 14, 192)


@pytest.mark.parametrize(("depth", "blocks"), [(1.0, 12), (0.5, 6), (0.01, 1), (0.99, 11)])
def test_depth_counts_the_blocks_that_are_run(
    bundled: TimmEncoder, make_picture: MakePicture, depth: float, blocks: int
) -> None:
    picture = make_picture(224, 224)
    model, preprocessing, _ = load_backbone(bundled.spec)
    batch = torch.from_numpy(bundled.prepare(picture).copy())[None].permute(0, 3, 1, 2)
    mean, std = (
        torch.tensor(one).reshape(1, 3, 1, 1) for one in (preprocessing.mean, preprocessing.std)
    )
    with torch.inference_mode():
        tokens = model._pos_embed(model.patch_embed((batch / 255 - mean) / std))  # type: ignore[operator]
        for block in list(model.blocks)[:blocks]:  # type: ignore[call-overload]
            tokens = block(tokens)
        wanted = (model.norm(tokens) if depth == 1 else tokens)[0, 1:]  # type: ignore[operator]
    wanted = torch.nn.functional.normalize(wanted, dim=-1).reshape(14, 14, -1).numpy()
    np.testing.assert_allclose(bundled.patches(picture, depth=depth).tokens, wanted, atol=1e-4)


def test_a_finer_grid_leaves_the_encoder_as_it_was(
    bundled: TimmEncoder, make_picture: MakePicture
) -> None:
    picture = make_picture(320, 240)
    before = bundled.encode([picture])
    coarse = bundled.whole_patches(picture)
    fine = bundled.whole_patches(picture, scale=2)
    assert (fine.rows, fine.columns) == (28, 28)
    np.testing.assert_array_equal(bundled.encode([picture]), before)
    np.testing.assert_array_equal(bundled.whole_patches(picture).tokens, coarse.tokens)
    # The same places look alike in both: more so than other places do.
    pooled = fine.tokens.reshape(14, 2, 14, 2, -1).mean(axis=(1, 3)).reshape(196, -1)
    similar = coarse.flat @ pooled.T
    assert np.diag(similar).mean() > similar.mean() + 0.1


def test_tokens_follow_their_place(bundled: TimmEncoder) -> None:
    """A patch of another colour changes the token of its own cell most."""
    plain = Image.new("RGB", (640, 320), (200, 200, 200))
    spot = plain.copy()
    grid = bundled.whole_patches(plain, depth=0.1)
    box = grid.box_of(3, 10)
    spot.paste((255, 0, 0), box.pixels(*spot.size))
    change = 1 - (grid.tokens * bundled.whole_patches(spot, depth=0.1).tokens).sum(axis=-1)
    assert np.unravel_index(change.argmax(), change.shape) == (3, 10)


@given(
    width=st.integers(1, 3000),
    height=st.integers(1, 3000),
    mode=st.sampled_from(["center", "squash", "border", "pad"]),
)
def test_what_is_covered_keeps_proportions_unless_squashed(
    width: int, height: int, mode: str
) -> None:
    preprocessing = Preprocessing(224, 192, 0.875, mode, "bicubic", SQUARE.mean, SQUARE.std)
    left, top, right, bottom = preprocessing.covered(width, height)
    assert left + right == pytest.approx(1)
    assert top + bottom == pytest.approx(1)
    seen = ((right - left) * width, (bottom - top) * height)
    if mode != "squash":
        assert seen[0] / seen[1] == pytest.approx(192 / 224)
    match mode:
        case "pad":
            assert min(right - left, bottom - top) == pytest.approx(1)
        case "center":
            assert max(right - left, bottom - top) <= 0.88
        case "squash":
            assert (right - left, bottom - top) == pytest.approx((0.875, 0.875), abs=0.01)


@pytest.mark.parametrize("size", [(400, 300), (300, 400), (500, 500)])
def test_what_is_covered_is_what_prepare_cuts_out(size: tuple[int, int]) -> None:
    """Across and down the picture its own coordinates are written in colours."""
    width, height = size
    down, across = np.mgrid[0:height, 0:width]
    shades = np.stack([across * 255 / width, down * 255 / height, 0 * across], axis=-1)
    pixels = SQUARE.preparer()(Image.fromarray(shades.astype(np.uint8))).astype(float)
    left, top, right, bottom = SQUARE.covered(width, height)
    assert pixels[:, 0, 0].mean() / 255 == pytest.approx(left, abs=0.01)
    assert pixels[:, -1, 0].mean() / 255 == pytest.approx(right, abs=0.01)
    assert pixels[0, :, 1].mean() / 255 == pytest.approx(top, abs=0.01)
    assert pixels[-1, :, 1].mean() / 255 == pytest.approx(bottom, abs=0.01)


def test_boxes_tile_what_is_covered() -> None:
    grid = PatchTokens(np.zeros((2, 4, 3), np.float32), 0.1, 0.0, 0.9, 1.0)
    assert grid.box_of(1, 3).left == pytest.approx(0.7)
    assert grid.box_of(1, 3).top == pytest.approx(0.5)
    assert grid.box_of(0, 0, 2, 4).width == pytest.approx(0.8)
    padded = PatchTokens(np.zeros((2, 4, 3), np.float32), -0.5, 0.0, 1.5, 1.0)
    assert padded.box_of(0, 0, 2, 4).width == pytest.approx(1.0)
    with pytest.raises(IndexError, match="grid of 2 x 4"):
        grid.box_of(2, 0)


def test_bfloat16_reads_much_the_same(bundled: TimmEncoder, make_picture: MakePicture) -> None:
    picture = make_picture(224, 224)
    model, preprocessing, _ = load_backbone(bundled.spec)
    short = Backbone(model, preprocessing, torch.device("cpu"), torch.bfloat16)
    tokens = short.patch_tokens(bundled.prepare(picture)[None], 0.5)[0]
    assert tokens.dtype == torch.float32
    tokens = torch.nn.functional.normalize(tokens, dim=-1)
    assert (tokens.numpy() * bundled.patches(picture, depth=0.5).tokens).sum(-1).min() > 0.99


def test_a_cnn_has_none(make_picture: MakePicture) -> None:
    encoder = load_encoder("test_resnet.r160_in1k", weights="random:0", device="cpu")
    with pytest.raises(EncoderError, match=r"ResNet: has no patch tokens; .* a ViT of timm's"):
        encoder.patches(make_picture(160, 160))


@pytest.mark.parametrize("depth", [0, -0.5, 1.1])
def test_depth_is_a_share(encoder: TimmEncoder, make_picture: MakePicture, depth: float) -> None:
    with pytest.raises(ValueError, match=f"depth {depth}: a share"):
        encoder.patches(make_picture(64, 64), depth=depth)


def test_only_rgb_is_taken(encoder: TimmEncoder) -> None:
    with pytest.raises(ValueError, match="mode RGB"):
        encoder.whole_patches(Image.new("L", (64, 64)))
