"""Where a product's pictures are: paths inside the feed's folder, or http(s) addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from urllib.parse import unquote, urlsplit

from vsearch.catalog.feeds.fields.fault import FieldFault, quoted
from vsearch.catalog.feeds.fields.json_cell import json_list

#: Endings of files that are taken for pictures without opening them.
IMAGE_SUFFIXES = frozenset(
    {
        *(".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpe", ".jpeg", ".jpg"),
        *(".png", ".tif", ".tiff", ".webp"),
    }
)

_WEB = re.compile(r"https?://[\w\-.~]+(?:[/?#]\S*)?", re.IGNORECASE)
_WEB_START = re.compile(r"https?:", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]+:", re.IGNORECASE)
_DRIVE = re.compile(r"[a-z]:[\\/]", re.IGNORECASE)
_BETWEEN_ADDRESSES = re.compile(r"[\s,;]+(?=https?://)", re.IGNORECASE)


def parse_images(values: Iterable[object], root: PurePath) -> tuple[str, ...]:
    """Read every cell that may hold pictures, in order, without repeats.

    A cell holds one location or several: a list, a JSON list, or text separated by ``|``;
    by commas or spaces where each part is a web address; by commas where each part ends
    like a picture.

    Args:
        values: the cells: text, lists of text, or None.
        root: the feed's folder, absolute; paths must stay inside it.

    Raises:
        FieldFault: a location leads out of the folder or is no http(s) address.
    """
    found: dict[str, None] = {}
    for value in values:
        if not value:
            continue
        if isinstance(value, str):
            parts: Sequence[object] = _split(value.strip())
        elif isinstance(value, Sequence):
            parts = value
        else:
            raise FieldFault("images", f"{quoted(value)} is not the place of a picture")
        for part in parts:
            if part is None or part == "":
                continue
            if not isinstance(part, str):
                raise FieldFault("images", f"{quoted(part)} is not the place of a picture")
            location = part.strip()
            if location:
                found[parse_image_location(location, root)] = None
    return tuple(found)


def _split(text: str) -> Sequence[object]:
    listed = json_list(text)
    if listed is not None:
        return listed
    if "|" in text:
        return text.split("|")
    if _WEB_START.match(text):
        return _BETWEEN_ADDRESSES.split(text)
    if "," in text:
        parts = [part.strip() for part in text.split(",")]
        if all(not part or PurePath(part).suffix.lower() in IMAGE_SUFFIXES for part in parts):
            return parts
    return (text,)


def parse_image_location(text: str, root: PurePath) -> str:
    r"""Read one location: an http(s) address as it stands, or a ``/``-separated path.

    ``\`` counts as ``/``. An absolute path or file:// address inside the root becomes
    relative to it. This looks at the text alone; symbolic links are the reader's matter.

    Raises:
        FieldFault: it leads out of the root, has no host, or is of another scheme.
    """
    if _WEB.fullmatch(text):
        return text
    if not text.isprintable() and any(c < " " or "\ud800" <= c <= "\udfff" for c in text):
        raise FieldFault("images", f"{quoted(text)} holds a control character")
    if text.startswith("//"):
        text = "https:" + text
    if _WEB_START.match(text):
        return _checked_address(text)
    if text.lower().startswith("file:"):
        return _inside(_path_of_file_address(text), root, text)
    if _SCHEME.match(text):
        raise FieldFault("images", f"{quoted(text)} is neither a path nor an http(s) address")
    return _inside(text, root, text)


def _checked_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        has_host = False
    if not has_host:
        raise FieldFault("images", f"{quoted(text)} is not a web address")
    return text


def _path_of_file_address(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        raise FieldFault("images", f"{quoted(text)} is not a file address") from None
    if parts.netloc not in ("", "localhost"):
        raise FieldFault("images", f"{quoted(text)} is on another machine")
    path = unquote(parts.path)
    if "\0" in path:
        raise FieldFault("images", f"{quoted(text)} holds a control character")
    return path[1:] if _DRIVE.match(path[1:]) else path


def _inside(path: str, root: PurePath, text: str) -> str:
    outside = f"{quoted(text)} leads out of the feed's folder; keep pictures inside it"
    slashed = path.replace("\\", "/")
    if path.startswith("\\\\"):
        raise FieldFault("images", outside)
    absolute = slashed.startswith("/") or _DRIVE.match(path) is not None
    steps: list[str] = []
    for step in slashed.split("/"):
        if step == "..":
            if not steps:
                raise FieldFault("images", outside)
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    if absolute:
        anchor = [step for step in root.as_posix().split("/") if step]
        if steps[: len(anchor)] != anchor:
            raise FieldFault("images", outside)
        steps = steps[len(anchor) :]
    if not steps:
        raise FieldFault("images", f"{quoted(text)} names no picture")
    return "/".join(steps)
