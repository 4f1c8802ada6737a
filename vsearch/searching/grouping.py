"""What counts as one hit."""

from __future__ import annotations

from vsearch.searching.query import Grouping
from vsearch.searching.result import Hit


def counted_as(hit: Hit, group: Grouping) -> str | int:
    """What all hits that count as one share: the item group, or the product's id."""
    return group_key(hit.product.item_group, hit.product_id, group)


def group_key(item_group: str, product_id: int, group: Grouping) -> str | int:
    """The same of a product; one without variants stands for itself."""
    return (item_group or product_id) if group is Grouping.ITEM_GROUP else product_id
