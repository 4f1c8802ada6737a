"""Explanations: that what glows matters to the score, and that pairs are places that match."""

from __future__ import annotations

import base64
import io
from math import dist
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from vsearch.encoder.load import load_encoder
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.images.load import open_image
from vsearch.patches.drawing import draw, explain_png, explanation_data_uri
from vsearch.patches.explain import SHOWN, Explanation, explain, look
from vsearch.patches.occlusion import GRID, occlude

CATALOG = Path(__file__).parents[2] / "catalog"
NAMES = ("accordion-1fa97", "alarm-clock-23f0", "backpack-1f392", "green-book-1f4d7")
LIMIT = 10**7


def drawings(name: str) -> tuple[Image.Image, Image.Image]:
    """One thing by two artists."""
    paths = (CATALOG / "queries" / f"{name}.png", CATALOG / "images" / f"{name}.webp")
    first, second = (open_image(path, max_pixels=LIMIT) for path in paths)
    return first, second


@pytest.fixture(scope="module")
def explanations(encoder: TimmEncoder) -> dict[str, Explanation]:
    found = {}
    for name in NAMES:
        query, hit = (look(encoder, picture) for picture in drawings(name))
        found[name] = explain(query, hit)
    return found


def without(pixels: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The picture with some of its cells in its mean colour: not the blur that heat is made by."""
    mask = cells.reshape(GRID, GRID).repeat(16, axis=0).repeat(16, axis=1)[..., None]
    return np.where(mask, pixels.mean(axis=(0, 1)).astype(np.uint8), pixels)


def test_the_score_falls_most_without_what_glows(
    encoder: TimmEncoder, explanations: dict[str, Explanation]
) -> None:
    """A fifth of the patches, the hottest ones against a random fifth."""
    random = np.random.default_rng(0)
    count = GRID * GRID // 5
    falls: dict[str, list[float]] = {"hot": [], "cold": [], "random": []}
    for name, explanation in explanations.items():
        query, _ = drawings(name)
        pixels, other = encoder.prepare(query), explanation.hit.occluded.whole
        order = np.argsort(-explanation.query_heat.ravel())
        chosen = {"hot": order[:count], "cold": order[-count:]}
        drawn = [("random", random.permutation(GRID * GRID)[:count]) for _ in range(4)]
        for kind, cells in [*chosen.items(), *drawn]:
            mask = np.isin(np.arange(GRID * GRID), cells)
            embedding = encoder.encode_prepared(without(pixels, mask)[None])[0]
            falls[kind].append(explanation.score - float(embedding @ other))
    means = {kind: float(np.mean(fall)) for kind, fall in falls.items()}
    assert means["hot"] > 2 * means["random"]
    assert means["hot"] > 2 * means["cold"]


def test_heat_is_how_far_the_cosine_falls(encoder: TimmEncoder) -> None:
    """By hand for a corner that only one window reaches."""
    query, hit = drawings(NAMES[0])
    pixels = encoder.prepare(query)
    other = encoder.encode([hit])[0]
    heat = occlude(encoder, pixels).heat(other)
    assert heat.shape == (GRID, GRID)
    blurred = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(22.4)))
    changed = pixels.copy()
    changed[:64, :64] = blurred[:64, :64]
    whole, corner = encoder.encode_prepared(np.stack([pixels, changed]))
    assert heat[0, 0] == pytest.approx(float((whole - corner) @ other), abs=1e-4)


def test_the_score_is_the_searchs(
    encoder: TimmEncoder, explanations: dict[str, Explanation]
) -> None:
    for name, explanation in explanations.items():
        query, hit = encoder.encode(drawings(name))
        assert explanation.score == pytest.approx(float(query @ hit), abs=1e-4)


def test_a_part_of_a_picture_is_paired_with_its_own_place(encoder: TimmEncoder) -> None:
    picture, _ = drawings("alarm-clock-23f0")
    picture = picture.resize((400, 400))
    cut = picture.crop((60, 60, 360, 360))
    explanation = explain(look(encoder, picture), look(encoder, cut))
    assert explanation.pairs
    covered = encoder.preprocessing.covered(400, 400)
    seen = covered[2] - covered[0]
    offs = []
    for pair in explanation.pairs:
        first = [(covered[0] + seen * at) * 400 for at in pair.query]
        second = [(covered[0] + seen * at) * 300 + 60 for at in pair.hit]
        offs.append(dist(first, second))
    assert np.median(offs) < 2 * 400 / GRID


def test_pairs_lie_apart_and_where_it_is_warm(explanations: dict[str, Explanation]) -> None:
    assert sum(len(explanation.pairs) for explanation in explanations.values()) >= 4
    for explanation in explanations.values():
        pairs = explanation.pairs
        assert len(pairs) <= 6
        for number, pair in enumerate(pairs):
            assert -1 <= pair.similarity <= 1.0001
            assert all(0 <= at <= 1 for at in (*pair.query, *pair.hit))
            for other in pairs[:number]:
                assert dist(pair.query, other.query) >= 0.16
                assert dist(pair.hit, other.hit) >= 0.16


def test_an_encoder_without_patch_tokens_has_heat_only() -> None:
    encoder = load_encoder("test_resnet.r160_in1k", weights="random:0", device="cpu")
    query, hit = drawings(NAMES[0])
    explanation = explain(look(encoder, query), look(encoder, hit))
    assert explanation.pairs == ()
    assert np.abs(explanation.query_heat).max() > 0
    assert draw(explanation).mode == "RGB"


def test_the_picture_shows_both(encoder: TimmEncoder) -> None:
    query, hit = drawings(NAMES[1])
    data = explain_png(encoder, query, hit)
    with Image.open(io.BytesIO(data)) as page:
        assert page.format == "PNG"
        assert page.size == (2 * SHOWN + 48, SHOWN + 74)
        shown = page.crop((16, 42, 16 + SHOWN, 42 + SHOWN)).convert("L")
        # Paled and tinted, it is still the drawing: dark where that is dark.
        expected = look(encoder, query).picture.convert("L")
        alike = np.corrcoef(np.asarray(shown).ravel(), np.asarray(expected).ravel())[0, 1]
        assert alike > 0.7


def test_a_report_carries_it_inside_itself(explanations: dict[str, Explanation]) -> None:
    uri = explanation_data_uri(explanations[NAMES[0]])
    start, _, data = uri.partition(",")
    assert start == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as page:
        assert page.size == draw(explanations[NAMES[0]]).size
