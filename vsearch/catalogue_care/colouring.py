"""What the colours of a map stand for: the most frequent values, and all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import ImageColor

from vsearch.catalog.filters.fields import nearest
from vsearch.catalog.folding import fold
from vsearch.catalog.product import Product
from vsearch.errors import QueryError

OTHER = "other"
NONE = "none"

_ATTRIBUTE = "attr."

#: Told apart on light and on dark ground, also by most of those who see fewer colours.
_COLOURS = (
    "#3b82c4",
    "#e08a1e",
    "#2f9e68",
    "#d1495b",
    "#8b6fc9",
    "#a0713c",
    "#e377b5",
    "#4bb5c1",
    "#b5a419",
    "#5c6bc0",
    "#7cb342",
)
_OTHER_COLOUR = "#8f8b83"


@dataclass(frozen=True, slots=True)
class Group:
    """One entry of the legend."""

    name: str
    colour: str
    count: int
    """Of products."""


@dataclass(frozen=True, slots=True)
class Colouring:
    """The legend, and where each product stands in it."""

    groups: tuple[Group, ...]
    of_products: tuple[int, ...]
    """An index into ``groups`` for each product."""


def value_reader(colour_by: str, attributes: Sequence[str]) -> Callable[[Product], str]:
    """What reads the value that a product is coloured by.

    Args:
        colour_by: ``category`` (its top level), ``brand``, or ``attr.NAME``, in upper or lower
            case as in a filter.
        attributes: the names that the catalogue has.

    Raises:
        QueryError: it is something else, or no product has such an attribute.
    """
    if colour_by == "category":
        return lambda product: product.category[0] if product.category else ""
    if colour_by == "brand":
        return lambda product: product.brand
    name = colour_by.removeprefix(_ATTRIBUTE)
    if name == colour_by or not name:
        raise QueryError(
            f'"{colour_by}" is nothing to colour by; take category, brand or attr.NAME'
        )

    meant = [one for one in attributes if fold(one) == fold(name)]
    if not meant:
        near = nearest(name, attributes, _ATTRIBUTE)
        remedy = f"did you mean {near}?" if near else "take category, brand or attr.NAME"
        raise QueryError(f'"{colour_by}": no product has an attribute "{name}"; {remedy}')

    def attribute(product: Product) -> str:
        value = next((product.attributes[one] for one in meant if one in product.attributes), "")
        return ", ".join(value) if isinstance(value, tuple) else str(value)

    return attribute


def colouring(values: Sequence[str]) -> Colouring:
    """Give the most frequent values a colour each, and what is left one together."""
    counts = Counter(values)
    unnamed = counts.pop("", 0)
    frequent = sorted(counts, key=lambda value: (-counts[value], value))
    if len(frequent) > len(_COLOURS):
        frequent = frequent[: len(_COLOURS)]
    groups = [
        Group(value, _named(value) or colour, counts[value])
        for value, colour in zip(frequent, _COLOURS, strict=False)
    ]
    rest = len(values) - unnamed - sum(group.count for group in groups)
    place = {group.name: number for number, group in enumerate(groups)}
    others = len(groups)
    if rest:
        groups.append(Group(OTHER, _OTHER_COLOUR, rest))
    if unnamed:
        groups.append(Group(NONE, _OTHER_COLOUR, unnamed))
    nameless = len(groups) - 1
    return Colouring(
        tuple(groups),
        tuple(place.get(value, others) if value else nameless for value in values),
    )


def _named(value: str) -> str | None:
    """The colour that a value itself is the name of, so that red isn't drawn in blue."""
    name = value.casefold()
    if name not in ImageColor.colormap:
        return None
    # Not what the table holds: Pillow replaces a name's text by numbers when it is first used.
    red, green, blue, *_ = ImageColor.getrgb(name)
    return f"#{red:02x}{green:02x}{blue:02x}"
