import errno
import json
import os
from dataclasses import replace

import pytest

from vsearch.errors import (
    CollectionDamaged,
    CollectionFormatError,
    CollectionNotFound,
    StorageError,
)
from vsearch.index.manifest import (
    FORMAT_VERSION,
    EncoderRecord,
    Manifest,
    read_manifest,
    write_manifest,
)

MANIFEST = Manifest(
    encoder=EncoderRecord(
        architecture="vit_tiny_patch16_224.augreg_in21k_ft_in1k",
        weights="/srv/gewichte/größe.safetensors",
        name="ViT-Ti/16",
        fingerprint="0123456789abcdef" * 2,
        backbone_fingerprint="fedcba9876543210" * 2,
        backbone_dim=384,
        head="/srv/köpfe/shop.safetensors",
    ),
    dim=192,
    created_at="2026-01-02T03:04:05+00:00",
    updated_at="2026-02-03T04:05:06+00:00",
    written_by="0.1.0",
    catalogue_id="c" * 32,
    generation=7,
    index_kind="hnsw",
    index_size=1234,
)


def change(folder, **fields):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_what_is_written_is_read(tmp_path):
    for manifest in (MANIFEST, replace(MANIFEST, generation=8)):
        write_manifest(tmp_path, manifest)
        assert read_manifest(tmp_path) == manifest
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_no_collection_says_how_to_make_one(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(CollectionNotFound) as caught:
            read_manifest(folder)
        assert str(caught.value) == (
            f"{folder}: no collection here; make one with"
            f" `vsearch index FEED --collection {folder}`"
        )


def test_a_newer_format_names_both(tmp_path):
    write_manifest(tmp_path, MANIFEST)
    # Whatever else a newer version may have changed.
    newer = FORMAT_VERSION + 1
    change(tmp_path, format_version=newer, written_by="9.8.7", encoder="gone", metric="other")
    with pytest.raises(
        CollectionFormatError,
        match=rf"format {newer}, written by vsearch 9\.8\.7; .* to format {FORMAT_VERSION}: upg",
    ):
        read_manifest(tmp_path)


def test_format_1_knew_no_heads(tmp_path):
    former = {"architecture": "vit", "weights": "hub", "name": "ViT", "fingerprint": "f" * 32}
    write_manifest(tmp_path, MANIFEST)
    change(tmp_path, format_version=1, encoder=former)
    read = read_manifest(tmp_path)
    assert read.encoder == EncoderRecord(
        **former, backbone_fingerprint="f" * 32, backbone_dim=192, head=None
    )
    write_manifest(tmp_path, read)
    assert json.loads((tmp_path / "manifest.json").read_text())["format_version"] == FORMAT_VERSION
    assert read_manifest(tmp_path) == replace(read, format_version=FORMAT_VERSION)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b"{}", b'{"format_version": "one"}'],
)
def test_what_is_not_a_manifest_is_damaged(tmp_path, content):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(CollectionDamaged, match=rf"{tmp_path}/manifest\.json: .*; put back"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"encoder": {"architecture": "a", "weights": "b", "name": "c"}}, "'fingerprint' is miss"),
        ({"encoder": "a name"}, "not a manifest"),
        ({"dim": "many"}, "not a manifest"),
        ({"metric": "l2"}, 'metric "l2" is not cosine'),
    ],
)
def test_a_field_that_is_wrong_is_named(tmp_path, fields, problem):
    write_manifest(tmp_path, MANIFEST)
    change(tmp_path, **fields)
    with pytest.raises(CollectionDamaged, match=problem):
        read_manifest(tmp_path)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_keeps_the_former_manifest(tmp_path, call, monkeypatch):
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    write_manifest(tmp_path, MANIFEST)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(StorageError, match=rf"{tmp_path}/manifest\.json: the disk is full"):
            write_manifest(tmp_path, replace(MANIFEST, generation=8))
    assert read_manifest(tmp_path) == MANIFEST
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]
