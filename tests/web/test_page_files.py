"""The files of the page: nothing is missing, nothing comes from elsewhere, nothing is unused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vsearch.web import STATIC

SCRIPTS = STATIC / "scripts"
OWN = [path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.parts]

_IMPORT = re.compile(r'(?:from|import) "(\.[^"]+)"')


def reached(script: Path, seen: set[Path] | None = None) -> set[Path]:
    """A script, and all that it imports."""
    seen = set() if seen is None else seen
    if script not in seen:
        seen.add(script)
        for name in _IMPORT.findall(script.read_text(encoding="utf-8")):
            reached((script.parent / name).resolve(), seen)
    return seen


def test_every_script_is_there_and_used() -> None:
    modules = {path.resolve() for path in SCRIPTS.rglob("*.js")}
    used = reached((SCRIPTS / "main.js").resolve())
    assert modules - used == {(SCRIPTS / "scheme-first.js").resolve()}


def test_scripts_are_fetched_at_once_and_not_one_after_the_other() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r'rel="modulepreload" href="/static/([^"]+)"', page)) | {
        "scripts/main.js"
    }
    used = reached((SCRIPTS / "main.js").resolve())
    assert named == {str(path.relative_to(STATIC.resolve())) for path in used}


def test_the_page_names_only_files_of_its_own() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert len(named) > 10
    for name in named:
        assert (STATIC / name.removeprefix("/static/")).is_file(), name


def test_styles_and_scripts_stand_in_files_as_the_policy_wants() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script>", page)
    for path in OWN:
        if path.suffix in {".js", ".css", ".html"}:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"https?://(?!www\.w3\.org/)\w", text), path
            assert "innerHTML" not in text, path


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    strings = (SCRIPTS / "strings.js").read_text(encoding="utf-8")
    known = set(re.findall(r"^  (\w+):", strings, re.MULTILINE))
    others = [path for path in SCRIPTS.rglob("*.js") if path.name != "strings.js"]
    used = {
        name
        for path in others
        for name in re.findall(r"\btext\.(\w+)", path.read_text(encoding="utf-8"))
    } | set(re.findall(r"\btext\.(\w+)", strings))
    assert used == known


def test_every_icon_is_used_and_every_used_icon_is_there() -> None:
    icons = (STATIC / "vendor/lucide-static/icons.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'<symbol id="([^"]+)"', icons))
    scripts = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS.rglob("*.js"))
    assert {name for name in known if f'"{name}"' not in scripts} == set()
    assert set(re.findall(r'(?:<\$\{Icon\} name|\bicon)="([^"]+)"', scripts)) <= known


@pytest.mark.parametrize("package", ["htm", "instrument-sans", "lucide-static"])
def test_what_is_borrowed_brings_its_licence(package: str) -> None:
    folder = STATIC / "vendor" / package
    assert (folder / "LICENSE").stat().st_size > 500
    assert f"`{package}/`" in (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")


def test_the_page_is_light() -> None:
    """What a first visit loads, without pictures; a phone on a train has to wait for it."""
    assert sum(path.stat().st_size for path in OWN) < 180_000
