"""``vsearch train quantise`` as it is typed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vsearch.encoder.encoder_file import read_encoder_file

SMALL = "test_vit.r160_in1k@random:0"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty pictures of blocks, and a file that is none."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(20):
        blocks = np.random.default_rng(number).integers(0, 256, (4, 4, 3), dtype=np.uint8)
        image = Image.fromarray(blocks).resize((96, 80), Image.Resampling.NEAREST)
        image.save(folder / f"{number:02}.png")
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


def test_what_it_prints_and_writes(vsearch, pictures: Path, tmp_path: Path) -> None:
    output = tmp_path / "small.safetensors"

    outcome = vsearch("train", "quantise", SMALL, pictures, "-o", output)

    assert outcome.code == 0, outcome.err
    assert "mean cosine to float32" in outcome.out
    assert "ms an image, 32 at once" in outcome.out
    assert "broken.jpg" in outcome.err
    assert "calibrated on 15 pictures, of 256 asked for; checked on 5 others" in outcome.err
    assert f"wrote {output}" in outcome.err
    assert read_encoder_file(output).quantised == "int8"


def test_json_and_the_record_agree(vsearch, pictures: Path, tmp_path: Path) -> None:
    output = tmp_path / "small.safetensors"

    outcome = vsearch("train", "quantise", SMALL, pictures, "-o", output, "--json")

    (record,) = outcome.objects
    assert record["output"] == str(output)
    assert record["bytes"] == output.stat().st_size
    assert (record["images"], record["held_out"], record["recall_at_1"]) == (15, 5, None)
    assert 0.99 < record["cosine"]["worst"] <= record["cosine"]["mean"]
    assert record["before"]["ms_alone"] > 0
    assert [Path(one["path"]).name for one in record["refused"]] == ["broken.jpg"]


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        ("test_resnet.r160_in1k@random:0", "can't be quantised: it has another architecture"),
        ("open_clip:ViT-B-32/laion2b_s34b_b79k", "only timm's plain ViTs can be quantised"),
    ],
)
def test_other_encoders_end_with_one_line(
    vsearch, pictures: Path, tmp_path: Path, encoder: str, message: str
) -> None:
    output = tmp_path / "small.safetensors"

    outcome = vsearch("train", "quantise", encoder, pictures, "-o", output)

    assert message in outcome.error
    assert not output.exists()


def test_missing_pictures_end_with_one_line(vsearch, tmp_path: Path) -> None:
    output = tmp_path / "x.safetensors"
    outcome = vsearch("train", "quantise", SMALL, tmp_path / "none", "-o", output)

    assert outcome.error == f"{tmp_path / 'none'}: no such folder or CSV file"
