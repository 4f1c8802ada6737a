from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .conftest import ENCODER, Run, run_in_process

SHAPES = 12
EACH = 6


def draw(folder: Path, product: int, number: int) -> str:
    """A product is a pattern of stripes; light and colour vary and mean nothing."""
    random = np.random.default_rng((product, number))
    pattern = np.random.default_rng(product).random((8, 8)) > 0.5
    field = np.kron(pattern, np.ones((12, 12)))[:, :, None] * random.uniform(0.3, 1, 3)
    pixels = field * 120 + random.uniform(0, 110, 3) + random.normal(0, 6, (96, 96, 3))
    name = f"{product}-{number}.png"
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name)
    return name


def make_shop(folder: Path, products: Sequence[dict[str, object]]) -> Path:
    folder.mkdir()
    for product in products:
        for name in product["images"]:  # type: ignore[attr-defined]
            draw(folder, *map(int, name.removesuffix(".png").split("-")))
    feed = folder / "feed.jsonl"
    feed.write_text("".join(json.dumps(product) + "\n" for product in products))
    return feed


def product(number: int, images: int = EACH, **more: object) -> dict[str, object]:
    names = [f"{number}-{picture}.png" for picture in range(images)]
    return {"sku": f"S{number}", "title": "T", "images": names, **more}


def indexed(folder: Path, products: Sequence[dict[str, object]]) -> Path:
    feed = make_shop(folder / "shop", products)
    outcome = run_in_process("index", feed, "-c", folder / "collection", *ENCODER, "--quiet")
    assert outcome.code == 0, outcome.err
    return folder / "collection"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop of patterns; every group of two is one in two colours."""
    products = [
        product(number, category=f"C{number % 4}", item_group=f"G{number // 2}")
        for number in range(SHAPES)
    ]
    return indexed(tmp_path_factory.mktemp("tune"), products)


def test_a_tuned_head_moves_the_collection_without_encoding(vsearch: Run, tmp_path: Path) -> None:
    collection = indexed(tmp_path, [product(number) for number in range(SHAPES)])
    feed = tmp_path / "shop" / "feed.jsonl"
    tuned = tmp_path / "tuned.safetensors"

    outcome = vsearch("train", "tune", "-c", collection, "-o", tuned, "--allow-worse", "--json")

    assert outcome.code == 0, outcome.err
    (record,) = outcome.objects
    assert record["measured"][0]["set"] == "held-out products"
    assert record["images"] == SHAPES * EACH
    moved = vsearch(
        "index", feed, "-c", collection, "--encoder", tuned, "--replace-encoder", "--json"
    )
    assert moved.code == 0, moved.err
    assert moved.objects[0]["images"]["encoded"] == 0
    assert moved.objects[0]["index_size"] == SHAPES * EACH
    found = vsearch("query", tmp_path / "shop" / "3-0.png", "-c", collection, "--json", "-k", "1")
    assert found.code == 0, found.err
    assert found.objects[0]["sku"] == "S3"
    # The head has learned from the held-out products: the next tuning isn't compared with it.
    again = vsearch(
        "train", "tune", "-c", collection, "-o", tmp_path / "again.safetensors", "--json"
    )
    assert again.code == 0, again.err
    assert again.objects[0]["measured"] == record["measured"]
    assert any("has been tuned before" in sentence for sentence in again.objects[0]["notes"])


def test_the_file_tells_how_it_was_made_and_is_the_same_again(
    vsearch: Run, shop: Path, tmp_path: Path
) -> None:
    from vsearch.encoder.encoder_file import read_encoder_file

    heads = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        file = tmp_path / f"{name}.safetensors"
        options = ("--seed", seed, "--allow-worse")
        assert vsearch("train", "tune", "-c", shop, "-o", file, *options).code == 0
        heads.append(read_encoder_file(file))

    assert heads[0].head is not None
    assert heads[0].head.digest == heads[1].head.digest
    training = heads[0].training
    assert (training["command"], training["seed"]) == ("tune", 1)
    assert training["configuration"]["positives"] == "images"
    assert training["data"]["images"] == SHAPES * EACH
    assert {figure["metric"] for figure in training["measured"]} == {"R@1", "mAP"}
    assert heads[0].backbone is not None


@pytest.mark.parametrize("rule", ["item-group", "category"])
def test_other_positives_do_as_well(vsearch: Run, shop: Path, tmp_path: Path, rule: str) -> None:
    options = ("--positives", rule, "--allow-worse", "--held-out", "0.4", "--json")

    outcome = vsearch("train", "tune", "-c", shop, "-o", tmp_path / "t.safetensors", *options)

    assert outcome.code == 0, outcome.err
    assert outcome.objects[0]["labels"] == {"item-group": SHAPES // 2, "category": 4}[rule]


def test_an_unknown_rule_names_those_there_are(vsearch: Run, shop: Path, tmp_path: Path) -> None:
    output = tmp_path / "t.safetensors"
    outcome = vsearch("train", "tune", "-c", shop, "-o", output, "--positives", "colour")

    assert '"colour" is unknown; write images, item-group, category, brand or attr' in outcome.error


def test_without_positives_the_options_are_named(vsearch: Run, tmp_path: Path) -> None:
    products = [product(number, images=1, category=f"C{number % 2}") for number in range(4)]
    collection = indexed(tmp_path, products)

    outcome = vsearch("train", "tune", "-c", collection, "-o", tmp_path / "t.safetensors")

    assert "no positives: no two pictures belong together by --positives images" in outcome.error
    assert "--positives category (2 shared by several products)" in outcome.error
    assert "--pairs FILE" in outcome.error
    assert not (tmp_path / "t.safetensors").exists()


def test_a_single_product_is_not_enough(vsearch: Run, tmp_path: Path) -> None:
    collection = indexed(tmp_path, [product(0)])

    outcome = vsearch("train", "tune", "-c", collection, "-o", tmp_path / "t.safetensors")

    assert "has a single product, so that every answer is right" in outcome.error


def test_two_products_are_too_few_to_hold_one_out(vsearch: Run, tmp_path: Path) -> None:
    collection = indexed(tmp_path, [product(0), product(1)])

    outcome = vsearch("train", "tune", "-c", collection, "-o", tmp_path / "t.safetensors")

    assert "2 labels with several pictures are too few to hold some out" in outcome.error


def test_without_a_collection_it_says_how_to_make_one(vsearch: Run, tmp_path: Path) -> None:
    outcome = vsearch("train", "tune", "-c", tmp_path / "none", "-o", tmp_path / "t.safetensors")

    assert "no collection here; make one with `vsearch index FEED" in outcome.error


def test_a_collection_without_embeddings_is_named(vsearch: Run, tmp_path: Path) -> None:
    import shutil

    collection = indexed(tmp_path, [product(0), product(1)])
    shutil.rmtree(collection / "embeddings")

    outcome = vsearch("train", "tune", "-c", collection, "-o", tmp_path / "t.safetensors")

    assert "none of its 2 products has an encoded picture; run `vsearch index" in outcome.error


def test_pairs_teach_products_with_one_picture(vsearch: Run, tmp_path: Path) -> None:
    collection = indexed(tmp_path, [product(number, images=1) for number in range(SHAPES)])
    photos = tmp_path / "photos"
    photos.mkdir()
    rows = [("query", "sku", "weight")]
    for number in range(SHAPES):
        rows += [(f"photos/{draw(photos, number, n)}", f"S{number}", "2") for n in (7, 8)]
    rows += [("photos/none.png", "S1", ""), ("photos/0-7.png", "GONE", ""), ("S0", "S1", "1")]
    (photos / "broken.png").write_bytes(b"no picture")
    rows += [("photos/broken.png", "S2", ""), ("photos/0-7.png", "S0", "-1")]
    with (tmp_path / "pairs.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)

    options = ("--pairs", tmp_path / "pairs.csv", "--allow-worse", "--json")
    output = tmp_path / "t.safetensors"
    outcome = vsearch("train", "tune", "-c", collection, "-o", output, *options)

    assert outcome.code == 0, outcome.err
    (record,) = outcome.objects
    assert record["images"] == 3 * SHAPES + 1
    reasons = {one["row"]: one["reason"] for one in record["skipped"]}
    first = 2 * SHAPES + 2
    assert '"photos/none.png" is neither a picture beside the file nor a SKU' in reasons[first]
    assert 'no product with the SKU "GONE"' in reasons[first + 1]
    assert "broken.png" in reasons[first + 3]
    assert 'the weight "-1" is not a positive number' in reasons[first + 4]
    assert len(reasons) == 4


def test_pairs_of_which_none_is_usable_are_an_error(
    vsearch: Run, shop: Path, tmp_path: Path
) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("query,sku\na.jpg,NONE\n")

    output = tmp_path / "t.safetensors"
    outcome = vsearch("train", "tune", "-c", shop, "-o", output, "--pairs", pairs)

    assert 'none of its 1 rows can be used: row 2: no product with the SKU "NONE"' in outcome.error


def test_pairs_without_their_columns_are_an_error(vsearch: Run, shop: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("photo,sku\na.jpg,S1\n")

    output = tmp_path / "t.safetensors"
    outcome = vsearch("train", "tune", "-c", shop, "-o", output, "--pairs", pairs)

    assert 'no column "query"; the first line names the columns: query,sku' in outcome.error


@pytest.mark.parametrize("method", ["lora", "blocks"])
def test_blocks_learn_and_make_a_whole_encoder_file(
    vsearch: Run, shop: Path, tmp_path: Path, method: str
) -> None:
    from vsearch.encoder.encoder_file import read_encoder_file

    output = tmp_path / "tuned.safetensors"
    options = ("--method", method, "--steps", "2", "--batch-size", "4", "--blocks", "1")

    outcome = vsearch("train", "tune", "-c", shop, "-o", output, *options, "--allow-worse")

    assert outcome.code == 0, outcome.err
    assert "step 2, loss" in outcome.err
    file = read_encoder_file(output)
    assert file.has_backbone
    assert file.head is not None
    assert file.training["configuration"]["method"] == method
    assert file.training["configuration"]["steps_taken"] == 2


def test_an_unknown_method_is_wrong_usage(vsearch: Run, shop: Path, tmp_path: Path) -> None:
    output = tmp_path / "t.safetensors"
    outcome = vsearch("train", "tune", "-c", shop, "-o", output, "--method", "magic")

    assert outcome.code == 2
    assert '"magic" is not head, lora, blocks' in outcome.err
