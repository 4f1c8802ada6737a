"""An index, its database and its encoder are told apart from others that merely look alike."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from vsearch import Collection, CollectionDamaged, EncoderMismatch, IndexOptions, Settings
from vsearch.catalog import database
from vsearch.encoder.architecture import build

ENCODER = "test_vit.r160_in1k"
UNTRAINED = Settings(encoder=ENCODER, weights="random:0", device="cpu")


def shop(folder: Path, *names: str, seed: int = 0) -> Path:
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    for name in names:
        pixels = random.integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


def weights(file: Path, seed: int) -> Path:
    tensors = build(ENCODER, seed=seed).state_dict()
    save_file({name: tensor.numpy() for name, tensor in tensors.items()}, file)
    return file


def test_another_database_in_its_place_is_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    Collection.index_into(one, shop(tmp_path / "a", "a", "b"), settings=UNTRAINED)
    Collection.index_into(other, shop(tmp_path / "c", "c", "d", seed=1), settings=UNTRAINED)
    shutil.copy(other / "products.db", one / "products.db")
    with pytest.raises(CollectionDamaged, match="made from another database"):
        Collection.open(one, settings=UNTRAINED)
    with pytest.raises(CollectionDamaged, match="made from another database"):
        Collection.index_into(one, tmp_path / "a", settings=UNTRAINED)


def test_a_lost_database_is_not_begun_anew(tmp_path: Path) -> None:
    collection = tmp_path / "collection"
    Collection.index_into(collection, shop(tmp_path / "a", "a"), settings=UNTRAINED)
    (collection / "products.db").unlink()
    with pytest.raises(CollectionDamaged, match="no such file"):
        Collection.index_into(collection, tmp_path / "a", settings=UNTRAINED)
    assert not (collection / "products.db").exists()


def test_two_collections_share_no_database(tmp_path: Path) -> None:
    shared = replace(UNTRAINED, database_url=database.sqlite_url(tmp_path / "shared.db"))
    Collection.index_into(tmp_path / "one", shop(tmp_path / "a", "a"), settings=shared)
    with pytest.raises(CollectionDamaged, match="another collection's"):
        Collection.index_into(tmp_path / "two", tmp_path / "a", settings=shared)


def test_a_forgotten_database_url_is_noticed(tmp_path: Path) -> None:
    elsewhere = replace(UNTRAINED, database_url=database.sqlite_url(tmp_path / "elsewhere.db"))
    Collection.index_into(tmp_path / "one", shop(tmp_path / "a", "a"), settings=elsewhere)
    with pytest.raises(CollectionDamaged, match="VSEARCH_DATABASE_URL"):
        Collection.index_into(tmp_path / "one", tmp_path / "a", settings=UNTRAINED)


@pytest.mark.parametrize("broken", ["B,Lamp,1,b.png,too,many\n", '"B,Lamp,1,b.png\n'])
def test_prune_spares_all_where_a_row_cannot_be_told(tmp_path: Path, broken: str) -> None:
    folder = shop(tmp_path / "a", "a", "b")
    feed = folder / "feed.csv"
    feed.write_text("sku,title,price,image\nA,Lamp,1,a.png\nB,Lamp,1,b.png\n")
    Collection.index_into(tmp_path / "c", feed, settings=UNTRAINED)
    feed.write_text(f"sku,title,price,image\nA,Lamp,1,a.png\n{broken}")
    options = IndexOptions(prune=True)
    summary = Collection.index_into(tmp_path / "c", feed, settings=UNTRAINED, options=options)
    assert (summary.products.rejected, summary.products.removed) == (1, 0)
    assert summary.notes[-1].startswith("--prune removed nothing: 1 rejected rows")


def test_weights_that_changed_in_place_can_be_moved_to(tmp_path: Path) -> None:
    file = weights(tmp_path / "weights.safetensors", seed=0)
    settings = Settings(encoder=ENCODER, weights=str(file), device="cpu")
    folder = shop(tmp_path / "a", "a", "b")
    Collection.index_into(tmp_path / "c", folder, settings=settings)
    weights(file, seed=1)
    own = Settings(device="cpu")
    with Collection.open(tmp_path / "c", settings=own) as before:
        with pytest.raises(EncoderMismatch, match="--replace-encoder"):
            before.query(image=folder / "a.png")
        options = IndexOptions(replace_encoder=True)
        summary = Collection.index_into(tmp_path / "c", folder, settings=own, options=options)
        assert summary.images.encoded == 2
        # The reader that was open goes over to the new encoder by itself.
        assert before.query(image=folder / "a.png")[0].sku == "a"


def test_weights_that_moved_are_named_without_their_encoder(tmp_path: Path) -> None:
    file = weights(tmp_path / "model.safetensors", seed=0)
    folder = shop(tmp_path / "a", "a", "b")
    first = Settings(encoder=ENCODER, weights=str(file), device="cpu")
    Collection.index_into(tmp_path / "c", folder, settings=first)
    moved = file.rename(tmp_path / "moved.safetensors")
    with Collection.open(
        tmp_path / "c", settings=Settings(weights=str(moved), device="cpu")
    ) as collection:
        assert collection.query(image=folder / "b.png")[0].sku == "b"


def test_a_picture_that_was_too_large_is_tried_again(tmp_path: Path) -> None:
    folder = shop(tmp_path / "a", "a")
    small = replace(UNTRAINED, max_megapixels=0.001)
    assert Collection.index_into(tmp_path / "c", folder, settings=small).images.rejected == 1
    assert Collection.index_into(tmp_path / "c", folder, settings=UNTRAINED).images.encoded == 1


def test_lost_embeddings_are_told(tmp_path: Path) -> None:
    Collection.index_into(tmp_path / "c", shop(tmp_path / "a", "a"), settings=UNTRAINED)
    shutil.rmtree(tmp_path / "c" / "embeddings")
    with Collection.open(tmp_path / "c", settings=UNTRAINED) as collection:
        with pytest.raises(CollectionDamaged, match="1 embeddings are gone"):
            collection.verify()
        with pytest.raises(CollectionDamaged, match="are gone"):
            collection.query(sku="a")
