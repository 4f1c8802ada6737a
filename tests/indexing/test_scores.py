"""When it is fitted what scores mean: after publishing, once, and again when much has changed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vsearch.calibration.file import read_calibration, read_fitting
from vsearch.encoder.encoder_file import BackboneReference, write_encoder_file
from vsearch.encoder.head import Head
from vsearch.encoder.load import load_encoder
from vsearch.index.manifest import read_manifest
from vsearch.layout import Layout
from vsearch.settings import Settings

from .conftest import ENCODER, Feed, Target


def fill(feed, count):
    for number in range(count):
        feed.put(f"{number}.jpg", number)
        feed.list(f"P{number}", f"{number}.jpg", category="Clouds > " + "AB"[number % 2])
    return feed


@pytest.fixture
def shop(new_feed):
    """A feed of so many products, each with its own picture and a category."""
    return lambda count: fill(new_feed("many"), count)


@pytest.fixture(scope="module")
def twenty(tmp_path_factory):
    """A feed of twenty products that stays as it is, and a collection of it."""
    folder = tmp_path_factory.mktemp("twenty")
    feed = fill(Feed(folder / "many"), 20)
    target = Target(
        folder / "collection", Settings(encoder=ENCODER, weights="random:0", device="cpu")
    )
    return feed, target, target.index(feed)


@pytest.fixture
def known(twenty, target):
    """The feed of twenty, and a collection of it that may be changed."""
    feed, indexed, _ = twenty
    shutil.copytree(indexed.folder, target.folder)
    return feed


def calibration(target):
    return read_calibration(Layout(target.folder), read_manifest(target.folder))


def files(target):
    return {path.name: path for path in (target.folder / "calibration").glob("*")}


def stages(outcome):
    return [stage.name for stage in outcome.summary.stages]


def test_a_new_collection_gets_one(twenty):
    _, target, outcome = twenty
    found = calibration(target)
    manifest = read_manifest(target.folder)
    assert stages(outcome)[-1] == "scores"
    assert found.encoder == manifest.encoder.fingerprint
    assert found.images == 20
    assert found.photos == 160
    assert files(target).keys() == {
        f"{manifest.encoder.fingerprint}.json",
        f"{manifest.encoder.backbone_fingerprint}.safetensors",
    }


@pytest.mark.parametrize("count", [1, 2, 19])
def test_a_small_catalogue_gets_none(target, shop, count):
    outcome = target.index(shop(count))
    assert "scores" not in stages(outcome)
    assert outcome.summary.generation == 1
    assert calibration(target) is None
    assert files(target) == {}


def test_few_products_with_many_pictures_get_none_and_are_not_tried_again(
    target, new_feed, no_encoder
):
    feed = new_feed("views")
    for product in range(3):
        names = [f"{product}-{view}.jpg" for view in range(8)]
        for view, name in enumerate(names):
            feed.put(name, 10 * product + view)
        feed.list(f"P{product}", *names)
    target.index(feed)
    assert calibration(target) is None
    with no_encoder():
        assert "scores" not in stages(target.index(feed))


def test_a_run_without_changes_leaves_it_alone(target, known, no_encoder):
    before = {name: path.stat().st_mtime_ns for name, path in files(target).items()}
    with no_encoder():
        outcome = target.index(known)
    assert "scores" not in stages(outcome)
    assert {name: path.stat().st_mtime_ns for name, path in files(target).items()} == before


def test_it_is_fitted_again_once_the_catalogue_has_doubled(target, shop):
    target.index(shop(20))
    target.index(shop(39))
    assert calibration(target).images == 20
    target.index(shop(40))
    assert calibration(target).images == 40


def test_a_catalogue_that_has_become_too_small_has_none_any_more(target, shop):
    feed = shop(20)
    target.index(feed)
    feed.drop("P0")
    target.index(feed, prune=True)
    assert calibration(target) is None
    feed.list("P0", "0.jpg")
    target.index(feed)
    assert calibration(target).photos == 160


def test_the_same_catalogue_gives_the_same_figures(target, shop):
    target.index(shop(24))
    first = calibration(target)
    for path in files(target).values():
        path.unlink()
    target.index(shop(24))
    assert replace(calibration(target), fitted_at="") == replace(first, fitted_at="")


def test_a_damaged_one_is_made_again_without_drawing_anything(target, known, no_encoder):
    first = calibration(target)
    (file,) = [path for name, path in files(target).items() if name.endswith(".json")]
    file.write_text("{")
    assert calibration(target) is None
    with no_encoder():
        target.index(known)
    assert replace(calibration(target), fitted_at="") == replace(first, fitted_at="")


def test_pictures_that_are_gone_are_left_out(target, shop):
    feed = shop(24)
    target.index(feed)
    for path in files(target).values():
        path.unlink()
    for number in (3, 5):
        (feed.folder / f"{number}.jpg").unlink()
    (feed.folder / "7.jpg").write_bytes(b"no picture")
    # Their last known pictures stay in the index; the third product has none any more.
    assert target.index(feed).summary.index_size == 23
    assert calibration(target).photos == 7 * 21


def test_where_too_few_pictures_are_left_there_is_none(target, shop):
    feed = shop(20)
    target.index(feed)
    for path in files(target).values():
        path.unlink()
    (feed.folder / "3.jpg").unlink()
    outcome = target.index(feed)
    assert outcome.summary.index_size == 20
    assert calibration(target) is None
    manifest = read_manifest(target.folder)
    assert read_fitting(Layout(target.folder), manifest.encoder.fingerprint).images == 20


def test_a_placeholder_is_no_products_picture(target, shop):
    feed = shop(22)
    feed.put("soon.jpg", 1_000)
    for number in range(30):
        feed.list(f"NEW{number}", "soon.jpg")
    target.index(feed)
    assert calibration(target).photos == 7 * 22


def test_variants_and_listings_of_one_picture_are_one_product(target, shop):
    feed = shop(18)
    for number in range(18, 24):
        feed.put(f"{number}.jpg", number)
        feed.list(f"P{number}", f"{number}.jpg", item_group="G")
    target.index(feed)
    # 18 products and one of six variants: not enough, and so nothing is drawn.
    assert calibration(target) is None
    assert [name.partition(".")[2] for name in files(target)] == ["json"]


class _Stop(KeyboardInterrupt):
    pass


def test_an_interruption_leaves_the_generation_and_the_next_run_fits_it(
    target, shop, monkeypatch, no_encoder
):
    from vsearch.calibration import calibrate

    def stop(*_arguments):
        raise _Stop

    feed = shop(20)
    with monkeypatch.context() as patch:
        patch.setattr(calibrate, "draw", stop)
        with pytest.raises(_Stop):
            target.index(feed)
    assert read_manifest(target.folder).generation == 1
    assert calibration(target) is None
    outcome = target.index(feed)
    assert outcome.summary.generation == 1
    assert calibration(target).photos == 160


def test_an_encoder_that_is_gone_does_not_fail_the_run(target, shop, new_feed, tmp_path, settings):
    weights = tmp_path / "weights.safetensors"
    _save_weights(weights)
    own = replace(settings, weights=str(weights))
    feed = shop(20)
    target.index(feed, settings=own)
    for path in files(target).values():
        path.unlink()
    weights.unlink()
    outcome = target.index(feed, settings=replace(settings, encoder=None, weights=None))
    (note,) = outcome.summary.notes
    assert "hits have no confidence" in note
    assert str(weights) in note
    assert calibration(target) is None


def _save_weights(path: Path) -> None:
    import timm
    from safetensors.torch import save_file

    save_file(timm.create_model(ENCODER, pretrained=False).state_dict(), path)


def test_another_head_is_fitted_without_the_encoder(target, known, settings, tmp_path, no_encoder):
    fingerprint = load_encoder(ENCODER, weights="random:0", device="cpu").backbone_fingerprint
    first = calibration(target)
    file = tmp_path / "head.safetensors"
    write_encoder_file(
        file,
        tensors={},
        architecture=ENCODER,
        head=Head(np.random.default_rng(0).normal(size=(24, 64)).astype(np.float32)),
        backbone=BackboneReference(ENCODER, "random:0", fingerprint),
    )
    with no_encoder():
        target.index(known, settings=replace(settings, encoder=str(file)), replace_encoder=True)
    second = calibration(target)
    assert second.encoder != first.encoder
    assert second.photos == first.photos
    assert second.usual_rival != first.usual_rival
    assert files(target).keys() == {f"{second.encoder}.json", f"{fingerprint}.safetensors"}


def test_another_backbone_forgets_what_was_drawn_for_the_first(target, known, settings):
    before = files(target).keys()
    target.index(known, settings=replace(settings, weights="random:1"), replace_encoder=True)
    assert calibration(target).photos == 160
    assert before.isdisjoint(files(target))
    assert len(files(target)) == 2


def test_the_file_is_readable_by_people(twenty):
    _, target, _ = twenty
    (file,) = [path for name, path in files(target).items() if name.endswith(".json")]
    record = json.loads(file.read_text())
    assert record["format_version"] == 1
    assert record["calibration"]["photos"] == 160
