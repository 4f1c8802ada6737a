"""Plain text out of the HTML that shops keep descriptions in."""

from __future__ import annotations

import html
import re

# One scan, no backtracking: the standard library's HTMLParser takes time that grows with
# the square of a malformed description, and raises AssertionError on some.
_TAG = re.compile(r"<([/!?]?)([a-zA-Z][a-zA-Z0-9]*)?[^<>]*>")
_BLOCKS = frozenset(
    {
        *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "hr"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "section", "table"),
        *("td", "th", "tr", "ul"),
    }
)
_HIDDEN = frozenset({"script", "style", "template"})
_BLANKS = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r"\s*\n\s*")


def strip_html(text: str) -> str:
    """Remove tags, comments, scripts and styles; decode entities; one line a block."""
    if "<" in text:
        text = _without_tags(_without_comments(text))
    if "&" in text:
        text = html.unescape(text)
    return _BREAKS.sub("\n", _BLANKS.sub(" ", text)).strip()


def _without_comments(text: str) -> str:
    kept = []
    position = 0
    while (start := text.find("<!--", position)) >= 0:
        end = text.find("-->", start + 4)
        if end < 0:
            break
        kept.append(text[position:start])
        position = end + 3
    kept.append(text[position:])
    return "".join(kept)


def _without_tags(text: str) -> str:
    kept = []
    position = 0
    hidden_by = ""
    for tag in _TAG.finditer(text):
        mark, name = tag.group(1), (tag.group(2) or "").lower()
        if not name and not mark:  # "a < b > c" is no tag
            continue
        if not hidden_by:
            kept.append(text[position : tag.start()])
            if name in _BLOCKS:
                kept.append("\n")
            if name in _HIDDEN and not mark:
                hidden_by = name
        elif mark == "/" and name == hidden_by:
            hidden_by = ""
        position = tag.end()
    if not hidden_by:
        kept.append(text[position:])
    return "".join(kept)
