"""Cells of a text feed that hold JSON."""

from __future__ import annotations

import json


def json_list(text: str) -> list[object] | None:
    """The list that the cell spells in JSON, or None where it is plain text."""
    found = _decoded(text) if text.startswith("[") else None
    return found if isinstance(found, list) else None


def json_object(text: str) -> dict[str, object] | None:
    """The object that the cell spells in JSON, or None where it is plain text."""
    found = _decoded(text) if text.startswith("{") else None
    return found if isinstance(found, dict) else None


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
