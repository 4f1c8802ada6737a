"""Writes the small collection that every released format keeps a copy of.

    python tests/formats/write.py FOLDER

makes FOLDER/shop (the feed, its pictures and an encoder's weights) and FOLDER/collection. For a
new format, run it with a FOLDER whose name can be public, /tmp/vsearch say, and keep the
collection as tests/formats/vN.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from vsearch.collection import Collection
from vsearch.encoder.architecture import build
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


def write(folder: Path) -> None:
    shop, collection = folder / "shop", folder / "collection"
    shutil.copytree(SHOP, shop)
    write_weights(shop / "encoder.safetensors")
    Collection.index_into(
        collection,
        shop / "feed.csv",
        options=IndexOptions(feed_name="shop"),
        settings=Settings(weights=str(shop / "encoder.safetensors"), device="cpu"),
    )
    (collection / "writer.lock").unlink()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
