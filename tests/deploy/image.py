"""The Dockerfile, taken apart."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"


@dataclass(frozen=True)
class Image:
    """What the last stage makes."""

    environment: dict[str, str]
    command: list[str]
    """Entry point and arguments."""
    health: list[str]
    user: str
    stop_signal: str
    volume: str


def instructions() -> list[tuple[str, str]]:
    """(instruction, all that follows it), lines that are continued put together."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    split = [line.split(None, 1) for line in lines if line.strip()]
    return [(name.upper(), rest) for name, rest in split]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    start = max(number for number, (name, _) in enumerate(found) if name == "FROM")
    return found[start:]


def image() -> Image:
    stage = dict(last_stage())
    variables = [rest for name, rest in last_stage() if name == "ENV"]
    pairs = [pair.partition("=") for line in variables for pair in shlex.split(line)]
    return Image(
        environment={name: value for name, _, value in pairs},
        command=json.loads(stage["ENTRYPOINT"]) + json.loads(stage["CMD"]),
        health=json.loads(stage["HEALTHCHECK"].partition("CMD ")[2]),
        user=stage["USER"],
        stop_signal=stage["STOPSIGNAL"],
        volume=stage["VOLUME"],
    )
