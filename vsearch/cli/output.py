"""How the command line speaks: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

_ERROR = "\033[31m"
_PLAIN = "\033[0m"


class Interrupted(Exception):
    """Ctrl-C ended a command that has nevertheless told what it had found by then."""


def complain(message: str) -> None:
    """Say what is wrong, on stderr."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{_ERROR}error:{_PLAIN} {message}\n")
    else:
        sys.stderr.write(f"error: {message}\n")


def note(message: str) -> None:
    """Say something beside the result, on stderr."""
    sys.stderr.write(f"{message}\n")


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object on a line of its own, on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def readable_bytes(size: float) -> str:
    """A size for people.

    >>> readable_bytes(1536)
    '1.5 KiB'
    """
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError("unreachable")
