"""Where the commands that make encoders refuse to write, before they begin."""

from __future__ import annotations

from pathlib import Path

import pytest

COMMANDS = {
    "tune": ["tune", "-c", "shop"],
    "distil": ["distil", "photos", "--teacher", "bundled"],
    "quantise": ["quantise", "bundled", "photos"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_that_would_be_taken_for_a_timm_name_is_refused(vsearch, command: str) -> None:
    outcome = vsearch("train", *COMMANDS[command], "-o", "plain")
    assert outcome.code == 2
    assert "end in .safetensors" in " ".join(outcome.err.split())
    assert not Path("plain").exists()


def test_tuning_refuses_a_folder_before_it_learns(vsearch, collection: Path, tmp_path) -> None:
    (tmp_path / "there.safetensors").mkdir()
    outcome = vsearch("train", "tune", "-c", collection, "-o", tmp_path / "there.safetensors")
    assert outcome.code == 1
    assert outcome.error.endswith("there.safetensors: a folder; name a file to write")
