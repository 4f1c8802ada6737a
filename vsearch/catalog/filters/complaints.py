"""What to say where a filter goes on as no filter can."""

from __future__ import annotations

from vsearch.catalog.filters.faults import shown

_VALUES = frozenset({"WORD", "STRING"})
_OPERATORS = frozenset({"OPERATOR", "COLON"})
# As word processors write them.
_LOOSE_QUOTES = "\u201c\u201d\u201e\u2018\u2019"


def unexpected(text: str, position: int, expected: frozenset[str]) -> str:
    """The problem and the remedy.

    Args:
        text: the whole filter.
        position: where it stops making sense; its length for the end.
        expected: the names of the tokens that could have stood there.
    """
    rest = text[position:].lstrip()
    if rest[:1] in ('"', "'"):
        if expected & _VALUES or "STRING" in expected:
            return f"this quotation mark {rest[0]} is never closed; put another behind the text"
        return f"a text in quotes can't stand here; {_remedy(expected)}"
    if rest and rest[0] in _LOOSE_QUOTES:
        return f'{rest[0]} is no quotation mark here; use "'
    if not rest:
        return f"the filter breaks off; {_remedy(expected)}"
    if rest[0] == ")" and expected == {"$END"}:
        return 'no "(" stands before this ")"; take it out'
    word = rest.split(maxsplit=1)[0]
    return f"{shown(word)} can't stand here; {_remedy(expected)}"


def _remedy(expected: frozenset[str]) -> str:
    if expected == {"$END"}:
        return "take it out, and what follows"
    if "ATTRIBUTE" in expected:
        return 'the name of an attribute comes next: attr.colour, attr."odd name"'
    if "WORD" in expected:
        return 'a value comes next; put one of several words into quotes: "Acme & Co"'
    if expected & _OPERATORS:
        return "an operator comes next: = != < <= > >= : IN, BETWEEN, IS EMPTY"
    if "COMMA" in expected:
        return 'a comma or ")" comes next; put a value of several words into quotes'
    if "NAME" in expected:
        return "a condition comes next, brand = Acme say"
    if "RPAR" in expected and "$END" not in expected:
        return 'AND, OR or ")" comes next; put a value of several words into quotes'
    if "AND" in expected and "OR" in expected:
        return "AND or OR comes next; put a value of several words into quotes"
    if "AND" in expected:
        return "AND comes next: price BETWEEN 10 AND 20"
    if "LPAR" in expected:
        return 'a list in parentheses comes next: brand IN ("A", "B")'
    if "EMPTY" in expected:
        return "EMPTY or NOT EMPTY comes next"
    return "IN or BETWEEN comes next"
