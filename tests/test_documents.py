"""The documents are held to the program: commands parse, names exist, nothing is left out."""

from __future__ import annotations

import ast
import functools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

import vsearch
from vsearch.catalog.feeds import FORMATS, documented_columns
from vsearch.cli.app import app
from vsearch.service_settings import ServiceSettings
from vsearch.settings import Settings

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ASSIGNMENT = re.compile(r"^[A-Z_]+=\S*$")


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """(language, text) of each fenced block."""
    yield from _FENCE.findall(page.read_text(encoding="utf-8"))


def commands_in(line: str) -> Iterator[list[str]]:
    """The words of each ``vsearch`` command of a shell's line, without ``vsearch`` itself."""
    lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:  # What a program prints need not be a shell's words.
        return
    command: list[str] = []
    for word in [*words, "|"]:
        if word and set(word) <= set("|&;<>"):
            if command[:1] == ["vsearch"]:
                yield command[1:]
            command = []
        elif command or not _ASSIGNMENT.match(word):
            command.append(word)


def commands(page: Path) -> Iterator[list[str]]:
    """Every ``vsearch`` command in a page's blocks."""
    for language, block in blocks(page):
        if language != "python":
            for line in block.replace("\\\n", " ").splitlines():
                yield from commands_in(line)


SHOWN = [(page.name, words) for page in PAGES for words in commands(page)]


@functools.cache
def subcommands() -> dict[str, Any]:
    """Every command that does something, by all of its name: ``query``, ``train compare``."""
    root: Any = typer.main.get_command(app)
    return dict(leaves(root, ()))


def leaves(group: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


def parse(words: list[str]) -> str:
    """Let the real app take a command apart, without running it; return the command's name."""
    commands_by_name = subcommands()
    length = 1 if words[0] in commands_by_name else 2
    name = " ".join(words[:length])
    commands_by_name[name].make_context(name, words[length:])
    return name


def test_there_are_commands_to_check() -> None:
    assert len([words for page, words in SHOWN if page == "README.md"]) >= 10


@pytest.mark.parametrize(("page", "words"), SHOWN, ids=lambda part: str(part)[:60])
def test_a_command_that_is_shown_parses(page: str, words: list[str]) -> None:
    assert parse(words) in subcommands()


@pytest.mark.parametrize("words", [["index"], ["query", "--colour"], ["query", "-k", "x", "a.jpg"]])
def test_one_that_does_not_parse_would_be_noticed(words: list[str]) -> None:
    with pytest.raises(Exception) as refused:  # noqa: PT011 (Typer's own error, not a public one)
        parse(words)
    assert getattr(refused.value, "exit_code", None) == 2


@functools.cache
def shown_in_the_readme() -> set[str]:
    return {parse(words) for page, words in SHOWN if page == "README.md"}


@pytest.mark.parametrize("name", sorted(subcommands()))
def test_the_readme_shows_each_command(name: str) -> None:
    assert name in shown_in_the_readme()


@pytest.mark.parametrize("name", sorted(subcommands()))
def test_each_command_and_option_has_help(name: str) -> None:
    command = subcommands()[name]
    assert command.help.strip()
    assert command.help.strip().splitlines()[0].endswith(".")
    for parameter in command.params:
        assert (parameter.help or "").strip(), f"{name}: {parameter.name} has no help"


@pytest.mark.parametrize("name", sorted(subcommands()))
def test_the_examples_of_a_commands_help_parse(name: str) -> None:
    _, _, examples = subcommands()[name].help.partition("Examples:")
    shown = [words for line in examples.splitlines() for words in commands_in(line.strip())]
    assert len(shown) == len([line for line in examples.splitlines() if line.strip()])
    assert {parse(words) for words in shown} == {name}


def python_blocks() -> list[str]:
    return [text for page in PAGES for language, text in blocks(page) if language == "python"]


@pytest.mark.parametrize("text", python_blocks(), ids=lambda text: text.splitlines()[-1][:40])
def test_python_that_is_shown_uses_names_that_exist(text: str) -> None:
    tree = ast.parse(text)
    imported = {
        alias.name: getattr(vsearch, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "vsearch"
        for alias in node.names
    }
    assert imported
    assert set(imported) <= set(vsearch.__all__)
    called = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    answers = (vsearch.Hit, vsearch.Result, vsearch.Recommended, vsearch.Neighbours)
    known = {name for thing in (*imported.values(), *answers) for name in dir(thing)}
    assert called <= known


def test_the_settings_are_all_documented() -> None:
    shown = set(re.findall(r"VSEARCH_[A-Z_]+", "".join(page.read_text() for page in PAGES)))
    own = {f"VSEARCH_{name.upper()}" for name in Settings.__dataclass_fields__}
    service = {f"VSEARCH_SERVE_{name.upper()}" for name in ServiceSettings.__dataclass_fields__}
    assert shown == own | service


def test_every_format_and_its_columns_are_documented() -> None:
    text = (ROOT / "docs" / "feeds.md").read_text(encoding="utf-8")
    for name in FORMATS:
        assert f"`{name}`" in text
        for column in documented_columns(name):
            assert f"`{column.name}`" in text, (name, column.name)


def test_links_between_the_documents_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"
