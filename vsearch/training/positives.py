"""Which pictures show the same thing, by what a catalogue says of its products."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vsearch.catalog.product import Product
from vsearch.errors import TrainingError

_ATTRIBUTE = "attribute:"
_SEPARATOR = " > "


@dataclass(frozen=True)
class Positives:
    """A rule that gives each product a label; pictures of one label belong together."""

    name: str
    """As the user writes it."""

    label: Callable[[Product], str]
    """Empty where the product has none."""

    is_of_one_thing: bool
    """Whether a label stands for one thing, which is held out whole. A category or brand stands
    for many: then a product's own pictures don't count as an answer to it."""


_RULES = {
    rule.name: rule
    for rule in (
        Positives("images", lambda product: product.sku, is_of_one_thing=True),
        Positives("item-group", lambda product: product.item_group, is_of_one_thing=True),
        Positives(
            "category", lambda product: _SEPARATOR.join(product.category), is_of_one_thing=False
        ),
        Positives("brand", lambda product: product.brand, is_of_one_thing=False),
    )
}

IMAGES = _RULES["images"]


def parse_positives(text: str) -> Positives:
    """Read what ``--positives`` says.

    Raises:
        TrainingError: there is no such rule.
    """
    attribute = text.removeprefix(_ATTRIBUTE)
    if text.startswith(_ATTRIBUTE) and attribute:
        return Positives(text, lambda product: _attribute(product, attribute), False)
    if text not in _RULES:
        raise TrainingError(
            f'--positives: "{text}" is unknown; write {", ".join(_RULES)} or attribute:NAME'
        )
    return _RULES[text]


def suggestions(products: Sequence[Product]) -> str:
    """Say what else of these products could be positives, for a message."""
    found = []
    for rule in _RULES.values():
        shared = _shared(rule, products)
        if shared and rule is not IMAGES:
            found.append(f"--positives {rule.name} ({shared:,} shared by several products)")
    names = Counter(name for product in products for name in product.attributes)
    for name, _ in names.most_common():
        shared = _shared(parse_positives(f"{_ATTRIBUTE}{name}"), products)
        if shared:
            found.append(f"--positives attribute:{name} ({shared:,})")
    found.append("--pairs FILE (query,sku)")
    return ", ".join(found[:5] if len(found) <= 5 else [*found[:4], found[-1]])


def _shared(rule: Positives, products: Sequence[Product]) -> int:
    counts = Counter(rule.label(product) for product in products)
    return sum(count > 1 for label, count in counts.items() if label)


def _attribute(product: Product, name: str) -> str:
    value = product.attributes.get(name, "")
    return _SEPARATOR.join(value) if isinstance(value, tuple) else str(value)
