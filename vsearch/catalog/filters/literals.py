"""A value as it stands in a filter, before it is known what it is compared with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

# A code such as 007 is no number; one of more digits than a double holds is none either.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
MAX_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Literal:
    """A bare word or a text in quotes."""

    text: str
    """What it says, without quotes and backslashes."""
    escaped: frozenset[int]
    """Which characters of the text a backslash kept from having a meaning."""
    position: int
    width: int


def word(token: str, position: int) -> Literal:
    """A value without quotes."""
    return Literal(token, frozenset(), position, len(token))


def quoted(token: str, position: int) -> Literal:
    r"""A text in quotes, in which a backslash keeps the next character as it is.

    >>> quoted(r'"3.5\" disk, 5\* star"', 0).text
    '3.5" disk, 5* star'
    """
    text: list[str] = []
    escaped: set[int] = set()
    characters = iter(token[1:-1])
    for character in characters:
        if character == "\\":
            escaped.add(len(text))
            character = next(characters)
        text.append(character)
    return Literal("".join(text), frozenset(escaped), position, len(token))


def in_quotes(text: str, special: str = "") -> str:
    r"""The text as ``quoted`` reads it, the special characters without their meaning.

    >>> in_quotes('5* "star"', special="*")
    '"5\\* \\"star\\""'
    """
    return '"' + "".join(f"\\{c}" if c in ('"', "\\", *special) else c for c in text) + '"'


def split(literal: Literal, separator: str) -> list[Literal]:
    """The parts between the separators, one character, that no backslash precedes."""
    cuts = [
        index
        for index, character in enumerate(literal.text)
        if character == separator and index not in literal.escaped
    ]
    starts, ends = [0, *(cut + 1 for cut in cuts)], [*cuts, len(literal.text)]
    return [_slice(literal, start, end) for start, end in zip(starts, ends, strict=True)]


def stripped(literal: Literal) -> Literal:
    """Without the spaces around it."""
    start = len(literal.text) - len(literal.text.lstrip())
    return _slice(literal, start, max(start, len(literal.text.rstrip())))


def head(literal: Literal, end: int) -> Literal:
    """Up to a character, which may be counted from the end."""
    return _slice(literal, 0, end % len(literal.text))


def tail(literal: Literal, start: int) -> Literal:
    """From a character on."""
    return _slice(literal, start, len(literal.text))


def _slice(literal: Literal, start: int, end: int) -> Literal:
    escaped = frozenset(at - start for at in literal.escaped if start <= at < end)
    return Literal(literal.text[start:end], escaped, literal.position, literal.width)


def number(text: str) -> Decimal | None:
    """The number that a text looks like; None for none.

    >>> number("12.50"), number("007"), number("12 g")
    (Decimal('12.50'), None, None)
    """
    if len(text) > MAX_DIGITS + 2 or not _NUMBER.fullmatch(text):
        return None
    digits = sum(character.isdigit() for character in text)
    return Decimal(text) if digits <= MAX_DIGITS else None
