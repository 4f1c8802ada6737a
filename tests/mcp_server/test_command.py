"""``vsearch mcp`` where it can't start."""

from __future__ import annotations

import subprocess
import sys

from typer.testing import CliRunner

from vsearch.cli.app import app

_WITHOUT_THE_LIBRARY = """\
import sys
sys.modules["mcp"] = None
sys.argv = ["vsearch", "mcp"]
from vsearch.cli import main
main()
"""


def test_a_folder_and_a_service_are_one_too_many() -> None:
    done = CliRunner().invoke(app, ["mcp", "--collection", "shop", "--url", "http://127.0.0.1:1"])
    assert done.exit_code == 2
    assert "--collection and --url: give one of the two" in " ".join(done.output.split())


def test_without_the_library_it_says_how_to_get_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_THE_LIBRARY], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert 'pip install "vsearch-engine[mcp]"' in done.stderr
    assert "Traceback" not in done.stderr
