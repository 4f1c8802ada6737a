"""Regions: scenes whose things are known, and tokens whose grouping is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vsearch.encoder.patch_tokens import PatchTokens
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.images.box import Box
from vsearch.patches.regions import Region, find_regions, propose_regions

from .conftest import Scene


def found(regions: list[Region], truth: Box) -> bool:
    return any(region.box.iou(truth) >= 0.5 for region in regions)


def painted(blocks: list[tuple[slice, slice]], side: int = 16, noise: float = 0.1) -> PatchTokens:
    """Tokens of one kind on the ground, and of one kind in each block."""
    random = np.random.default_rng(0)
    kinds = np.eye(32, dtype=np.float32)
    tokens = np.tile(kinds[0], (side, side, 1))
    for number, block in enumerate(blocks, start=1):
        tokens[block] = kinds[number]
    tokens += noise * random.normal(size=tokens.shape).astype(np.float32)
    return PatchTokens(tokens / np.linalg.norm(tokens, axis=-1, keepdims=True))


def test_each_block_of_like_tokens_is_a_region() -> None:
    blocks = [
        (slice(2, 6), slice(2, 7)),
        (slice(9, 14), slice(3, 6)),
        (slice(4, 11), slice(10, 14)),
    ]
    tokens = painted(blocks)
    regions = propose_regions(tokens, 5)
    assert len(regions) == 3
    for rows, columns in blocks:
        wanted = tokens.box_of(
            rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start
        )
        assert max(region.box.iou(wanted) for region in regions) == pytest.approx(1)
    assert [region.score for region in regions] == sorted(
        (region.score for region in regions), reverse=True
    )


def test_no_more_than_wanted() -> None:
    tokens = painted([(slice(2, 6), slice(2, 7)), (slice(9, 14), slice(3, 6))])
    assert propose_regions(tokens, 1) == propose_regions(tokens, 5)[:1]
    assert propose_regions(tokens, 0) == []


def test_where_all_is_alike_nothing_stands_out() -> None:
    assert propose_regions(painted([], noise=0.0), 5) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 9), st.integers(2, 9))
def test_whatever_the_tokens_regions_are_boxes_apart(seed: int, rows: int, columns: int) -> None:
    tokens = np.random.default_rng(seed).normal(size=(rows, columns, 8)).astype(np.float32)
    tokens /= np.linalg.norm(tokens, axis=-1, keepdims=True)
    regions = propose_regions(PatchTokens(tokens), 6)
    for number, region in enumerate(regions):
        box = region.box
        assert 0 <= box.left < box.left + box.width <= 1 + 1e-9
        assert 0 <= box.top < box.top + box.height <= 1 + 1e-9
        assert box.width * box.height <= 0.8
        assert region.score > 0
        assert all(box.iou(other.box) <= 0.3 for other in regions[:number])


@pytest.mark.parametrize("size", [(1, 1), (600, 400), (2000, 4)])
@pytest.mark.parametrize("colour", ["white", "black", "red"])
def test_a_plain_ground_has_no_things(
    encoder: TimmEncoder, size: tuple[int, int], colour: str
) -> None:
    assert find_regions(encoder, Image.new("RGB", size, colour), 5) == []


def test_the_things_of_a_scene_are_found(encoder: TimmEncoder) -> None:
    scene = Scene().put("accordion-1fa97", 30, 40, 230).put("alarm-clock-23f0", 340, 330, 210)
    regions = find_regions(encoder, scene.image, 4)
    assert all(found(regions, box) for box in scene.truth.values())


def test_one_thing_is_one_region(encoder: TimmEncoder) -> None:
    scene = Scene().put("alarm-clock-23f0", 180, 150, 260)
    regions = find_regions(encoder, scene.image, 5)
    assert len(regions) == 1
    assert found(regions, scene.truth["alarm-clock-23f0"])


def test_a_wide_picture_keeps_its_coordinates(encoder: TimmEncoder) -> None:
    scene = Scene().put("alarm-clock-23f0", 180, 150, 260)
    wide = Image.new("RGB", (1200, 600), (150, 150, 160))
    wide.paste(scene.image, (600, 0))
    box = scene.truth["alarm-clock-23f0"]
    regions = find_regions(encoder, wide, 5)
    assert found(regions, Box(0.5 + box.left / 2, box.top, box.width / 2, box.height))
