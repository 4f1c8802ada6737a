"""Which products of a collection are right for each query, by SKU or by category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vsearch.catalog.feeds.fields.category import parse_category
from vsearch.collection import Collection
from vsearch.evaluation.labelled_queries import LabelledQuery

CategoryPath = tuple[str, ...]
"""From the widest category to the narrowest."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a collection has to find."""

    categories: Mapping[str, CategoryPath]
    """Of every product, by SKU; empty where the feed names none."""

    without_image: frozenset[str]
    """SKUs that no picture can find."""


@dataclass(frozen=True, slots=True)
class Truth:
    """For each query the SKUs that are right; empty where none is."""

    right: tuple[frozenset[str], ...]

    refused: tuple[str, ...]
    """``FILE:LINE: why`` for every SKU and category that the collection doesn't have."""


def read_listing(collection: Collection) -> Listing:
    """Read every product's category."""
    categories: dict[str, CategoryPath] = {}
    without_image = set()
    for exported in collection.export():
        categories[exported.product.sku] = exported.product.category
        if not exported.image_ids:
            without_image.add(exported.product.sku)
    return Listing(categories, frozenset(without_image))


def resolve(queries: Iterable[LabelledQuery], listing: Listing) -> Truth:
    """Look up what queries want.

    A category is right for every product in it or below: its names stand one after another in
    the product's category, wherever that begins.
    """
    lookup = _Lookup(listing)
    right = tuple(lookup.wanted(query) for query in queries)
    return Truth(right, tuple(lookup.refused))


def group_names(right: Sequence[frozenset[str]], listing: Listing) -> list[str]:
    """For each query the category that it is counted under: that of all its right products.

    The widest categories, or narrower ones where all queries are in one.
    """
    shared = {wanted: _shared_path(wanted, listing) for wanted in set(right)}
    paths = [shared[wanted] for wanted in right]
    depth = 1
    while len({path[:depth] for path in paths}) == 1 and any(len(path) > depth for path in paths):
        depth += 1
    return [" > ".join(path[:depth]) or "several or none" for path in paths]


class _Lookup:
    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._within: dict[CategoryPath, frozenset[str]] = {}
        self.refused: list[str] = []

    def wanted(self, query: LabelledQuery) -> frozenset[str]:
        if query.skus:
            return self._products(query)
        return frozenset().union(
            *(self._category(name, query, "category") for name in sorted(query.categories)),
            *(self._label(name, query) for name in sorted(query.labels)),
        )

    def _products(self, query: LabelledQuery) -> frozenset[str]:
        known = query.skus & self._listing.categories.keys()
        for sku in sorted(query.skus - known):
            self.refused.append(f'{query.where}: no product has the SKU "{sku}"')
        return frozenset(known)

    def _label(self, name: str, query: LabelledQuery) -> frozenset[str]:
        if name in self._listing.categories:
            return frozenset({name})
        return self._category(name, query, "SKU or category")

    def _category(self, name: str, query: LabelledQuery, what: str) -> frozenset[str]:
        path = parse_category(name)
        if path not in self._within:
            self._within[path] = frozenset(
                sku for sku, own in self._listing.categories.items() if _contains(own, path)
            )
        found = self._within[path]
        if not found:
            self.refused.append(f'{query.where}: no product has the {what} "{name}"')
        return found


def _contains(path: CategoryPath, part: CategoryPath) -> bool:
    return any(
        path[start : start + len(part)] == part for start in range(len(path) - len(part) + 1)
    )


def _shared_path(skus: frozenset[str], listing: Listing) -> CategoryPath:
    """The narrowest category that all of the products are in."""
    # Between the first and the last in order, all others agree on what these two agree on.
    paths = [listing.categories[sku] for sku in skus]
    first, last = min(paths, default=()), max(paths, default=())
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    return first[:length]
