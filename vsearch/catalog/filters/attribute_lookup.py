"""Which attributes of the catalogue a name means."""

from __future__ import annotations

from collections.abc import Sequence

from vsearch.catalog.filters.faults import Fault, shown
from vsearch.catalog.filters.fields import nearest
from vsearch.catalog.filters.syntax import Field
from vsearch.catalog.folding import fold

_LISTED = 20


def attributes_meant(known: Sequence[str], field: Field) -> list[str]:
    """The attributes of this name: two feeds may write it in upper and in lower case.

    Args:
        known: the names that the catalogue has.
        field: an attribute.

    Raises:
        Fault: there is none.
    """
    wanted = fold(field.name)
    found = [name for name in known if fold(name) == wanted]
    if found:
        return found
    near = nearest(field.name, known, "attr.")
    if near:
        remedy = f"did you mean {near}?"
    elif known:
        rest = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
        remedy = f"there are {', '.join(map(shown, known[:_LISTED]))}{rest}"
    else:
        remedy = "none has any attributes"
    problem = f"no product has an attribute {shown(field.name)}; {remedy}"
    raise Fault(field.position, field.width, problem)
