"""Category paths, from the widest to the narrowest."""

from __future__ import annotations

from collections.abc import Sequence

from vsearch.catalog.feeds.fields.json_cell import json_list
from vsearch.catalog.feeds.fields.text import parse_text


def parse_category(value: object) -> tuple[str, ...]:
    """Read ``A > B > C``; without a ``>``, ``A/B/C``; a list, or a JSON list, as it is.

    Use ``>`` or a list where a name has a slash of its own (``TV/Video``).

    Raises:
        FieldFault: a name in it is no text.
    """
    if not value:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _names(value)
    text = parse_text(value, "category")
    listed = json_list(text)
    if listed is not None:
        return _names(listed)
    return _names(text.split(">" if ">" in text else "/"))


def _names(parts: Sequence[object]) -> tuple[str, ...]:
    return tuple(name for name in (parse_text(part, "category") for part in parts) if name)
