"""What is fitted on the sample catalogue, tried on drawings by another artist."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from vsearch import Collection, Settings
from vsearch.calibration.calibration import Calibration
from vsearch.calibration.category import VOTERS, guess_categories
from vsearch.calibration.file import calibration_file, read_calibration
from vsearch.calibration.stand_ins import stand_ins_file
from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.load import load_encoder
from vsearch.evaluation.embed import embed_files
from vsearch.layout import Layout

CATALOG = Path(__file__).parents[2] / "catalog"
HITS = 10


@dataclass
class Shop:
    """The sample catalogue, and what scores the labelled drawings get in it."""

    folder: Path
    calibration: Calibration
    skus: list[str]
    groups: np.ndarray
    categories: list[tuple[str, ...]]
    scores: np.ndarray
    """(queries, products)"""
    right: list[str]
    strangers: np.ndarray
    """(pictures of noise, products)"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("sample") / "collection"
    settings = Settings(device="cpu")
    Collection.index_into(folder, CATALOG, settings=settings)
    with Collection.open(folder, settings=settings) as collection:
        calibration = read_calibration(Layout(folder), collection.manifest)
        products = list(collection.export(embeddings=True))
    assert calibration is not None
    with (CATALOG / "queries" / "labels.csv").open(newline="") as file:
        labels = list(csv.DictReader(file))[::2]
    encoder = load_encoder(None, device="cpu")
    asked = embed_files(
        encoder,
        [CATALOG / "queries" / row["query"] for row in labels],
        max_pixels=10**8,
        advance=lambda _done: None,
    )

    def scores(queries: np.ndarray) -> np.ndarray:
        return np.stack([(queries @ one.embeddings.T).max(axis=1) for one in products], axis=1)

    random = np.random.default_rng(0)
    noise = [random.integers(0, 256, (224, 224, 3), dtype=np.uint8) for _ in range(8)]
    return Shop(
        folder,
        calibration,
        [one.product.sku for one in products],
        np.array([one.product.item_group or one.product.sku for one in products]),
        [tuple(one.product.category) for one in products],
        scores(asked.embeddings),
        [row["sku"].split("|")[0] for row in labels],
        scores(encoder.encode([*noise])),
    )


def first_hits(shop: Shop, *, is_there: bool) -> tuple[np.ndarray, np.ndarray]:
    """Each query's best hit: its confidence, and whether it is right."""
    confidence, is_right = [], []
    for row, sku in zip(shop.scores, shop.right, strict=True):
        own = shop.groups == shop.groups[shop.skus.index(sku)]
        scores = row if is_there else np.where(own, -np.inf, row)
        order = np.argsort(-scores, kind="stable")[:HITS]
        found = shop.calibration.confidence(scores[order], shop.groups[order].tolist())
        confidence.append(found[0])
        is_right.append(own[order[0]] and is_there)
    return np.array(confidence), np.array(is_right)


def auroc(higher: np.ndarray, lower: np.ndarray) -> float:
    return float((higher[:, None] > lower).mean() + (higher[:, None] == lower).mean() / 2)


def test_a_product_that_is_there_is_told_from_one_that_is_not(shop: Shop) -> None:
    there, _ = first_hits(shop, is_there=True)
    absent, _ = first_hits(shop, is_there=False)
    assert auroc(there, absent) > 0.75


def test_what_is_said_is_what_happens(shop: Shop) -> None:
    halves = [first_hits(shop, is_there=is_there) for is_there in (True, False)]
    said = np.concatenate([confidence for confidence, _ in halves])
    was = np.concatenate([is_right for _, is_right in halves])
    assert auroc(said[was], said[~was]) > 0.8
    assert said.mean() == pytest.approx(was.mean(), abs=0.1)
    bins = np.minimum((said * 5).astype(int), 4)
    error = sum(abs(said[bins == n].sum() - was[bins == n].sum()) for n in range(5)) / len(said)
    assert error < 0.15
    assert was[said > 0.8].mean() > 0.75
    assert was[said < 0.2].mean() < 0.25


def test_nothing_alike_spares_what_is_there_and_finds_what_is_not(shop: Shop) -> None:
    calibration = shop.calibration
    kept = [not calibration.is_nothing_alike(best) for best in shop.scores.max(axis=1)]
    found = [calibration.is_nothing_alike(best) for best in shop.strangers.max(axis=1)]
    assert np.mean(kept) >= 0.95
    assert all(found)


def test_copies_are_nearer_than_different_products(shop: Shop) -> None:
    assert 0.9 < shop.calibration.duplicate_threshold < 1


def test_the_vote_finds_the_category_and_knows_how_often(shop: Shop) -> None:
    said, was = [], []
    for row, sku in zip(shop.scores, shop.right, strict=True):
        order = np.argsort(-row, kind="stable")[:VOTERS]
        categories = [shop.categories[n] for n in order]
        best = guess_categories(row[order], categories, shop.calibration)[0]
        said.append(best.probability)
        was.append(best.path == shop.categories[shop.skus.index(sku)][:1])
    assert np.mean(was) > 0.85
    assert np.mean(said) == pytest.approx(np.mean(was), abs=0.1)


def test_it_is_the_same_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(device="cpu")
    with Collection.open(shop.folder, settings=settings) as collection:
        manifest = collection.manifest
    layout, record = Layout(shop.folder), manifest.encoder
    calibration_file(layout, record.fingerprint).unlink()
    assert stand_ins_file(layout, record.backbone_fingerprint).exists()

    def refuse(_handle: EncoderHandle) -> None:
        raise AssertionError("the encoder was loaded")

    monkeypatch.setattr(EncoderHandle, "get", refuse)
    Collection.index_into(shop.folder, CATALOG, settings=settings)
    again = read_calibration(layout, manifest)
    assert again is not None
    assert replace(again, fitted_at="") == replace(shop.calibration, fitted_at="")
