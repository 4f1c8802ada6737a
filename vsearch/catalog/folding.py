"""When two texts are the same but for upper and lower case: one answer for every database.

SQLite's ``lower`` knows the letters of ASCII only, PostgreSQL's depends on how the server was
set up. So the rule is our own, a character at a time: what has one lower-case character
becomes that; nothing outside ASCII becomes a letter of ASCII. Thereby a text without letters
beyond ASCII can be compared by a ``lower`` that knows no others, which every database has.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

#: What ``fold`` is called in the SQL of SQLite; ``database`` puts it there.
SQLITE_FOLD = "vsearch_fold"


def fold(text: str) -> str:
    """The text in lower case.

    >>> fold("TÖPFEREI"), fold("Straße"), fold("ΟΔΟΣ") == fold("οδος")
    ('töpferei', 'straße', True)
    """
    return text.lower() if text.isascii() else "".join(map(_folded, text))


def fold_or_null(text: str | bytes | int | float | None) -> str | bytes | int | float | None:
    """As SQLite calls it: what is no text stays what it is."""
    return fold(text) if isinstance(text, str) else text


def other_cases(folded: str) -> str:
    """The characters beyond ASCII that become ``folded``, one character, without itself.

    >>> other_cases("ö"), other_cases("s")
    ('Ö', '')
    """
    return _other_cases().get(folded, "")


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    for lowered in (character.casefold(), character.lower()):
        if len(lowered) == 1 and (character.isascii() or not lowered.isascii()):
            return lowered
    return character


@lru_cache(maxsize=1)
def _other_cases() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for number in range(128, sys.maxunicode + 1):
        character = chr(number)
        if character.isalpha() or character.islower() or character.isupper():
            lowered = _folded.__wrapped__(character)
            if lowered != character:
                found[lowered] = found.get(lowered, "") + character
    return MappingProxyType(found)
