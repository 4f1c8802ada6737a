"""The systemd unit: read by systemd itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.image import ROOT

UNIT = ROOT / "deploy" / "vsearch.service"

#: 0 is shut tight, 10 is wide open.
MOST_EXPOSED = 2.0

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def analyze(*arguments: str | Path) -> str:
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    installed = Path(sys.executable).with_name("vsearch")
    text = UNIT.read_text(encoding="utf-8")
    assert "/opt/vsearch/bin/vsearch" in text
    here = tmp_path / UNIT.name
    here.write_text(text.replace("/opt/vsearch/bin/vsearch", str(installed)), encoding="utf-8")
    assert analyze("verify", here) == ""


def test_little_of_the_machine_is_within_its_reach() -> None:
    told = analyze("security", "--offline=true", "--no-pager", UNIT)
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert exposure is not None, told
    assert float(exposure[1]) <= MOST_EXPOSED


def test_memory_may_be_written_and_run() -> None:
    """Without it oneDNN makes no kernels, and no picture is encoded."""
    settings = re.findall(r"^(\w+)=", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    assert "NoNewPrivileges" in settings
    assert "MemoryDenyWriteExecute" not in settings
