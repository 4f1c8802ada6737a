"""``vsearch train distil``: from pictures to an encoder file, and what is said where it can't."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

TEACHER, STUDENT = "test_vit@random:0", "test_vit@random:1"
QUICK = ("--steps", "2", "--batch-size", "4", "--held-out", "0.3", "--device", "cpu")


@pytest.fixture
def pictures(tmp_path: Path, catalog: Path) -> Path:
    """Twenty pictures of the sample, and one that is none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for picture in sorted((catalog / "images").iterdir())[:20]:
        shutil.copy(picture, folder)
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def test_from_pictures_to_an_encoder(vsearch, pictures: Path, tmp_path: Path) -> None:
    output = tmp_path / "mine.safetensors"
    command = ("train", "distil", pictures, "-o", output, "--teacher", TEACHER)
    views = ("--views", "centre, zoom")
    outcome = vsearch(*command, "--student", STUDENT, *views, *QUICK, "--json")

    assert outcome.code == 0, outcome.err
    assert "step 0, held out: cosine" in outcome.err
    assert "broken.png" in outcome.err
    (result,) = outcome.objects
    assert result["output"] == str(output)
    assert result["after"]["step"] == 2
    assert [Path(one["path"]).name for one in result["refused"]] == ["broken.png"]
    used = vsearch("index", pictures, "-c", tmp_path / "c", "--encoder", output, "--device", "cpu")
    assert used.code == 0, used.err


@pytest.mark.parametrize(
    ("output", "more", "code", "message"),
    [
        ("mine", (), 2, "Invalid value: --output:"),
        ("mine.safetensors", ("--teacher-weight", "0"), 1, "0 for every teacher"),
        ("mine.safetensors", ("--views", "centre,zom"), 1, 'view "zom": not one of'),
    ],
)
def test_what_can_not_work_is_said(
    vsearch, pictures: Path, tmp_path: Path, output: str, more: tuple[str, ...], code: int,
    message: str,
) -> None:  # fmt: skip
    command = ("train", "distil", pictures, "-o", tmp_path / output, "--teacher", TEACHER)
    outcome = vsearch(*command, "--student", STUDENT, *QUICK, *more)

    assert outcome.code == code
    assert message in " ".join(outcome.err.split())
