"""Heads on one backbone: stored embeddings outlive them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from vsearch.encoder.encoder_file import BackboneReference, write_encoder_file
from vsearch.encoder.head import Head
from vsearch.encoder.load import load_encoder
from vsearch.errors import EncoderError, EncoderMismatch, WeightsError
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.manifest import read_manifest
from vsearch.layout import Layout

ENCODER = "test_vit.r160_in1k"


def head_of(seed, rows=24):
    return Head(np.random.default_rng(seed).normal(size=(rows, 64)).astype(np.float32))


@pytest.fixture(scope="session")
def fingerprint():
    return load_encoder(ENCODER, weights="random:0", device="cpu").backbone_fingerprint


@pytest.fixture
def new_head(tmp_path, fingerprint):
    """Write the file of a drawn head for ``random:0``; return its path."""

    def write(name, seed, backbone=fingerprint):
        path = tmp_path / f"{name}.safetensors"
        write_encoder_file(
            path,
            tensors={},
            architecture=ENCODER,
            head=head_of(seed),
            backbone=BackboneReference(ENCODER, "random:0", backbone),
        )
        return path

    return write


@pytest.fixture
def with_head(settings):
    """The settings that name an encoder's file."""
    return lambda path: replace(settings, encoder=str(path), weights=None)


def exported(target, settings):
    with target.open(settings) as collection:
        return {one.product.sku: one.embeddings for one in collection.export(embeddings=True)}


def stored(target):
    record = read_manifest(target.folder).encoder
    folder = Layout(target.folder).embeddings(record.backbone_fingerprint)
    return EmbeddingStore(folder, record.backbone_dim)


def test_a_new_collection_with_a_head(target, feed, new_head, with_head, fingerprint, picture):
    path = new_head("shop", 1)
    settings = with_head(path)
    assert target.index(feed, settings=settings).images() == {"encoded": 4}
    manifest = read_manifest(target.folder)
    assert manifest.dim == 24
    assert manifest.encoder.head == str(path)
    assert manifest.encoder.weights == "random:0"
    assert (manifest.encoder.backbone_fingerprint, manifest.encoder.backbone_dim) == (
        fingerprint,
        64,
    )
    assert manifest.encoder.fingerprint == head_of(1).fingerprint_on(fingerprint)
    assert manifest.encoder.name.endswith("+ shop")
    target.contents(settings)
    with target.open(settings) as collection:
        for seed, sku in enumerate("AABC"):
            best = collection.query(image=picture(seed))[0]
            assert best.sku == sku
            assert best.score == pytest.approx(1, abs=1e-3)


def test_scores_are_those_of_an_encoder_with_this_head(
    target, feed, new_head, with_head, picture, tmp_path
):
    path = new_head("shop", 1)
    target.index(feed, settings=with_head(path))
    files = {name: feed.put(f"../{name}", n) for n, name in enumerate(("a.jpg", "x.jpg", "b.jpg"))}
    encoder = load_encoder(path, device="cpu")
    a, _, b = encoder.encode(files.values())
    with target.open(with_head(path)) as collection:
        scores = {hit.sku: hit.score for hit in collection.query(image=picture(0))}
        of_product = {hit.sku: hit.score for hit in collection.query(sku="B")}
    assert scores["B"] == pytest.approx(float(a @ b), abs=2e-3)
    a_back = encoder.encode([feed.folder / "a-back.jpg"])[0]
    assert of_product["A"] == pytest.approx(float(max(a @ b, a_back @ b)), abs=2e-3)


def test_another_head_encodes_nothing_and_reads_no_picture(
    target, feed, settings, new_head, with_head, no_encoder, new_feed
):
    second = new_feed("second")
    second.put("z.jpg", 60)
    second.list("Z", "z.jpg")
    target.index(second)
    target.index(feed)
    before = exported(target, settings)
    for picture in [*feed.folder.glob("*.jpg"), *second.folder.glob("*.jpg")]:
        picture.unlink()
    for number, name in enumerate(("one", "two"), start=1):
        path = new_head(name, number)
        with no_encoder():
            run = target.index(feed, settings=with_head(path), replace_encoder=True)
            after = exported(target, with_head(path))
            target.contents(with_head(path))
        assert run.summary.published
        assert run.summary.images.encoded == 0
        assert after.keys() == before.keys()
        for sku, embeddings in after.items():
            np.testing.assert_allclose(embeddings, head_of(number).apply(before[sku]), atol=1e-6)
        assert read_manifest(target.folder).encoder.head == str(path)
    assert len(stored(target)) == 5
    assert len(list((target.folder / "embeddings").iterdir())) == 1


MOVE = """
import sys
from vsearch.collection import Collection
from vsearch.indexing.options import IndexOptions
from vsearch.settings import Settings
folder, feed, head = sys.argv[1:]
settings = Settings(encoder=head)
Collection.index_into(folder, feed, settings=settings, options=IndexOptions(replace_encoder=True))
with Collection.open(folder, settings=settings) as collection:
    assert collection.query(sku="A"), "nothing found"
    assert collection.remove(["A"]).removed == ("A",)
assert not {"torch", "timm", "torchvision"} & set(sys.modules), "torch was imported"
"""


def test_moving_to_a_head_and_looking_products_up_needs_no_torch(target, feed, new_head):
    target.index(feed)
    arguments = [target.folder, feed.file, new_head("shop", 3)]
    done = subprocess.run(
        [sys.executable, "-c", MOVE, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_retrained_head_at_the_same_place(target, feed, new_head, with_head, no_encoder):
    path = new_head("shop", 1)
    target.index(feed, settings=with_head(path))
    before = exported(target, with_head(path))
    new_head("shop", 2)
    with target.open(with_head(path)) as collection, pytest.raises(EncoderMismatch) as refused:
        collection.query(sku="A")
    assert f"{path} now holds another head" in str(refused.value)
    assert "--replace-encoder" in str(refused.value)
    with pytest.raises(EncoderMismatch):
        target.index(feed, settings=with_head(path))
    with no_encoder():
        target.index(feed, settings=with_head(path), replace_encoder=True)
    after = exported(target, with_head(path))
    assert not np.allclose(after["A"], before["A"], atol=0.1)


def test_a_head_that_has_moved_is_taken_from_where_it_is_named(
    target, feed, settings, new_head, with_head, tmp_path, no_encoder, picture
):
    path = new_head("shop", 1)
    target.index(feed, settings=with_head(path))
    moved = path.rename(tmp_path / "elsewhere.safetensors")
    unnamed = replace(settings, encoder=None, weights=None)
    with target.open(unnamed) as collection, pytest.raises(WeightsError, match="head's file is go"):
        collection.query(sku="A")
    with target.open(with_head(moved)) as collection:
        with no_encoder():
            assert collection.query(sku="A") != []
        assert collection.query(image=picture(2))[0].sku == "B"
    with no_encoder():
        assert not target.index(feed, settings=with_head(moved)).summary.published
    assert read_manifest(target.folder).encoder.head == str(moved)
    with target.open(unnamed) as collection:
        assert collection.query(sku="A") != []


def test_another_head_is_refused_by_both_names(
    target, feed, settings, new_head, with_head, no_encoder, picture
):
    one, two = new_head("one", 1), new_head("two", 2)
    target.index(feed, settings=with_head(one))
    for other in (with_head(two), settings):
        with target.open(other) as collection:
            with pytest.raises(EncoderMismatch, match=r"built with .*\+ one \[\w{12}\], not with"):
                collection.query(image=picture(0))
            assert collection.query(sku="A") != []
    with no_encoder(), pytest.raises(EncoderMismatch, match=r"\+ two \[\w{12}\].*--replace-enco"):
        target.index(feed, settings=with_head(two))


def test_a_head_for_another_backbone_is_refused(target, feed, new_head, with_head):
    target.index(feed)
    path = new_head("shop", 1, backbone="0" * 32)
    before = target.contents()
    with pytest.raises(EncoderError, match=rf"{path}: made for the backbone .* \[0{{12}}\], not"):
        target.index(feed, settings=with_head(path), replace_encoder=True)
    assert target.contents() == before


def test_a_damaged_head_changes_nothing(target, feed, new_head, with_head):
    target.index(feed)
    path = new_head("shop", 1)
    path.write_bytes(path.read_bytes()[:-5])
    before = target.contents()
    with pytest.raises(WeightsError, match=f"{path}: .*damaged; get it again"):
        target.index(feed, settings=with_head(path), replace_encoder=True)
    assert target.contents() == before


def test_back_to_the_backbone_alone(target, feed, settings, new_head, with_head):
    target.index(feed)
    before = exported(target, settings)
    target.index(feed, settings=with_head(new_head("one", 1)), replace_encoder=True)
    run = target.index(feed, settings=settings, replace_encoder=True)
    assert run.images() == {"unchanged": 4}
    assert read_manifest(target.folder).encoder.head is None
    after = exported(target, settings)
    assert all(np.array_equal(before[sku], after[sku]) for sku in before)


def test_new_pictures_come_after_a_head(target, feed, new_head, with_head, settings, picture):
    target.index(feed, settings=with_head(new_head("one", 1)))
    feed.put("d.jpg", 4)
    feed.list("D", "d.jpg")
    unnamed = replace(settings, encoder=None, weights=None)
    assert target.index(feed, settings=unnamed).images() == {"encoded": 1, "unchanged": 4}
    target.contents(unnamed)
    with target.open(unnamed) as collection:
        assert collection.query(image=picture(4))[0].sku == "D"


def test_a_relative_path_names_the_same_head(
    target, feed, new_head, with_head, monkeypatch, no_encoder
):
    path = new_head("one", 1)
    monkeypatch.chdir(path.parent)
    target.index(feed, settings=with_head(path.name))
    assert read_manifest(target.folder).encoder.head == str(path)
    monkeypatch.chdir("/")
    with no_encoder():
        assert not target.index(feed, settings=with_head(path)).summary.published


def test_a_file_with_backbone_and_head(target, feed, settings, with_head, tmp_path, picture):
    from vsearch.encoder.architecture import build

    path = tmp_path / "whole.safetensors"
    tensors = build(ENCODER, seed=0).state_dict()
    write_encoder_file(path, tensors=tensors, architecture=ENCODER, head=head_of(1), name="own")
    target.index(feed)
    run = target.index(feed, settings=with_head(path), replace_encoder=True)
    # The same weights as the former encoder's, from another place.
    assert run.images() == {"unchanged": 4}
    manifest = read_manifest(target.folder)
    assert (manifest.encoder.weights, manifest.encoder.head) == (str(path), str(path))
    assert manifest.encoder.name == "own (whole.safetensors)"
    target.contents(with_head(path))
    for named in (with_head(path), replace(settings, encoder=None, weights=None)):
        with target.open(named) as collection:
            assert collection.query(image=picture(3))[0].sku == "C"


@pytest.mark.parametrize("name", ["test_vit", ENCODER])
def test_a_short_name_is_the_full_one(target, feed, settings, no_encoder, name):
    target.index(feed)
    with no_encoder():
        run = target.index(feed, settings=replace(settings, encoder=name))
        assert not run.summary.published


def test_a_collection_of_format_1_takes_a_head(
    target, feed, new_head, with_head, no_encoder, settings
):
    target.index(feed)
    path = target.folder / "manifest.json"
    fields = json.loads(path.read_text())
    for added in ("head", "backbone_fingerprint", "backbone_dim"):
        del fields["encoder"][added]
    path.write_text(json.dumps(fields | {"format_version": 1}))
    target.contents()
    with no_encoder():
        head = with_head(new_head("one", 1))
        run = target.index(feed, settings=head, replace_encoder=True)
    assert run.images() == {"unchanged": 4}
    target.contents(head)


def test_a_copy_of_the_head_is_the_same_head(target, feed, new_head, with_head, tmp_path):
    path = new_head("one", 1)
    target.index(feed, settings=with_head(path))
    copy = shutil.copy(path, tmp_path / "copy.safetensors")
    assert not target.index(feed, settings=with_head(copy)).summary.published
