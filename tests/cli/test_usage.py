"""Wrong usage exits with 2 and says what is wrong; help and version exit with 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from vsearch import __version__
from vsearch.cli.app import app


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


_ROOT = get_command(app)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sing",), "sing"),
        (("--loud",), "--loud"),
        (("query",), "give a PHOTO, --sku, --text or --words"),
        (("query", "a.jpg", "b.jpg", "--box", "0,0,1,1"), "part of one photo; 2 were given"),
        (("query", "a.jpg", "-k", "0"), "-k"),
        (("query", "a.jpg", "-k", "many"), "-k"),
        (("index",), "FEED"),
        (("index", "feed.csv", "--map", "art_no"), '"art_no" is not COLUMN=FIELD'),
        (("index", "feed.csv", "--map", "=sku"), '"=sku" is not COLUMN=FIELD'),
        (("index", "feed.csv", "--map", "art_no="), '"art_no=" is not COLUMN=FIELD'),
        (("index", "feed.csv", "--batch-size", "0"), "--batch-size"),
        (("remove",), "SKU"),
        (("export",), "FILE"),
        (("export", "products.xlsx"), '"xlsx" is no format'),
        (("export", "products"), "is no format"),
        (("export", "products.csv", "--format", "csv"), '"csv" is no format'),
        (("export", "-", "--format", "parquet"), "Parquet needs a file"),
        (("formats", "xlsx"), '"xlsx" is none of'),
    ],
)
def test_wrong_usage(vsearch, arguments: tuple[str, ...], said: str) -> None:
    outcome = vsearch(*arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert said in " ".join(outcome.err.replace("│", " ").split())
    assert "Traceback" not in outcome.err


def test_version(vsearch) -> None:
    assert vsearch("--version").out == f"vsearch {__version__}\n"


def test_help_of_each_command_has_examples(vsearch) -> None:
    root = vsearch("--help")
    assert root.code == 0
    for command in (
        "index", "query", "status", "remove", "export", "formats", "encoders", "doctor"
    ):  # fmt: skip
        assert command in root.out.split()
        outcome = vsearch(command, "--help")
        assert outcome.code == 0
        assert "Examples" in outcome.out
        assert f"vsearch {command}" in outcome.out


@pytest.mark.parametrize(
    ("path", "command"), [pytest.param(*one, id=" ".join(one[0])) for one in _commands(_ROOT)]
)
def test_help_shows_every_word_that_was_written(
    vsearch, path: tuple[str, ...], command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in brackets would be taken for markup, and left out."""
    monkeypatch.setenv("COLUMNS", "200")
    shown = set(vsearch(*path, "--help").out.replace("│", " ").split())
    texts = [command.help, *(parameter.help for parameter in command.params)]
    written = {word for text in texts for word in (text or "").replace("\\[", "[").split()}
    assert written - shown == set()


@pytest.mark.parametrize(
    "command", [pytest.param(command, id=" ".join(path)) for path, command in _commands(_ROOT)]
)
def test_help_fits_a_terminal_of_80_columns(command: Any) -> None:
    prose = (line for line in command.help.splitlines()[1:] if not line.startswith("  "))
    assert max(map(len, prose)) <= 78


def test_no_arguments_show_the_help(vsearch) -> None:
    outcome = vsearch()
    assert "Usage" in outcome.out + outcome.err
    assert outcome.code in (0, 2)
