"""Wrong usage exits with 2 and says what is wrong; help and version exit with 0."""

from __future__ import annotations

import pytest

from vsearch import __version__


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


def test_no_arguments_show_the_help(vsearch) -> None:
    outcome = vsearch()
    assert "Usage" in outcome.out + outcome.err
    assert outcome.code in (0, 2)
