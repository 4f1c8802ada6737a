"""The Dockerfile: linted, and held to the project that it builds."""

from __future__ import annotations

import fnmatch
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.deploy.image import DOCKERFILE, ROOT, image, instructions

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def copied_from_here() -> list[str]:
    """What the build takes out of the repository."""
    lines = [rest.split() for name, rest in instructions() if name == "COPY" and "--" not in rest]
    return [source.removesuffix("/") for line in lines for source in line[:-1]]


def test_the_linter_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_that_the_build_takes_is_sent_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert sent == set(copied_from_here())
    for source in sent:
        assert (ROOT / source).exists()


def test_the_wheel_has_all_that_its_description_names() -> None:
    named = {"pyproject.toml", PROJECT["readme"], *PROJECT["license-files"], "vsearch"}
    assert named == set(copied_from_here())


def test_pytorch_is_within_the_projects_bounds() -> None:
    (bound,) = [one for one in PROJECT["dependencies"] if one.startswith("torch")]
    (line,) = [rest for _, rest in instructions() if "TORCH_INDEX}" in rest]
    assert f'"{bound}"' in line


def test_the_extras_exist() -> None:
    (line,) = [rest for _, rest in instructions() if "/wheels/*.whl" in rest]
    extras = line.partition("[")[2].partition("]")[0].split(",")
    assert extras
    assert set(extras) <= set(PROJECT["optional-dependencies"])


def test_it_runs_as_nobody_in_particular() -> None:
    made = image()
    user, _, group = made.user.partition(":")
    assert int(user) > 1000
    assert int(group) > 1000
    assert made.environment["VSEARCH_COLLECTION"].startswith(made.volume)
    assert not fnmatch.filter(made.environment, "*KEY*")
