"""Writes the small collection that every released format keeps a copy of.

    python tests/formats/write.py FOLDER

makes FOLDER/shop (the feed, its pictures, an encoder's weights and a head) and
FOLDER/collection. For a new format, run it with a FOLDER whose name can be public, /tmp/vsearch
say, and keep the collection as tests/formats/vN.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from vsearch.collection import Collection
from vsearch.encoder.architecture import build
from vsearch.encoder.encoder_file import BackboneReference, write_encoder_file
from vsearch.encoder.head import Head
from vsearch.encoder.load import load_encoder
from vsearch.index.exact import ExactIndex
from vsearch.index.generation import open_generation, open_generation_to_change, publish
from vsearch.index.manifest import read_manifest
from vsearch.indexing.options import IndexOptions
from vsearch.settings import Settings

SHOP = Path(__file__).parent / "shop"
ENCODER = "test_vit.r160_in1k"


def write_weights(file: Path) -> None:
    """Weights that are the same on every machine; torch's random numbers are not."""
    random = np.random.default_rng(0)
    tensors = {}
    for name, tensor in sorted(build(ENCODER, seed=0).state_dict().items()):
        # Whole numbers over a power of two: exact, whatever the processor.
        steps = random.integers(-1_024, 1_025, tuple(tensor.shape)).astype(np.float32)
        is_scale = "norm" in name and name.endswith("weight")
        tensors[name] = np.ones_like(steps) if is_scale else steps / 8_192
    save_file(tensors, file, {"architecture": ENCODER})


def head() -> Head:
    """From the backbone's 64 numbers to 16."""
    random = np.random.default_rng(1)
    return Head((random.integers(-1_024, 1_025, (16, 64)) / 8_192).astype(np.float32))


def write_head(file: Path, weights: Path) -> None:
    fingerprint = load_encoder(weights, device="cpu").backbone_fingerprint
    write_encoder_file(
        file,
        tensors={},
        architecture=ENCODER,
        head=head(),
        backbone=BackboneReference(ENCODER, str(weights), fingerprint),
    )


def write(folder: Path) -> None:
    shop, collection = folder / "shop", folder / "collection"
    shutil.copytree(SHOP, shop)
    weights = shop / "encoder.safetensors"
    write_weights(weights)
    write_head(shop / "head.safetensors", weights)
    Collection.index_into(
        collection,
        shop / "feed.csv",
        options=IndexOptions(feed_name="shop"),
        settings=Settings(encoder=str(shop / "head.safetensors"), device="cpu"),
    )
    change_a_little(collection)
    (collection / "writer.lock").unlink()


def change_a_little(collection: Path) -> None:
    """Take an image out of the index and put it back: a generation in two layers."""
    manifest = read_manifest(collection)
    saved = open_generation(collection, manifest)
    assert isinstance(saved, ExactIndex)
    ids, embeddings = saved.ids[1:2], saved.embeddings[1:2]
    index = open_generation_to_change(collection, manifest)
    index.remove(ids)
    index.add(ids, embeddings)
    publish(collection, index, manifest)
    shutil.rmtree(collection / "index" / f"{manifest.generation:08d}")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
