"""Which of a catalogue's pictures are looked at, and what counts as the same product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from vsearch.catalog import image_store, product_store
from vsearch.catalog.product_views import View, views_of_images, views_of_products

#: A picture of more products than this is a placeholder, and tells none of them from another.
MOST_OWNERS = 20

_FEWEST_PHOTOS, _MOST_PHOTOS = 160, 240
_COPIES_SHARE = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """How much a catalogue of some size is looked at: half of it, at most 240 pictures."""

    pictures: int
    photos_each: int
    """Stand-ins for each picture: more than one only where the catalogue is small."""
    copies: int
    """Of the pictures, how many are also saved anew."""

    @classmethod
    def of(cls, images: int) -> Plan:
        """For an index of so many images."""
        photos = min(max(images // 2, _FEWEST_PHOTOS), _MOST_PHOTOS)
        pictures = min(images, photos)
        return cls(pictures, -(-photos // max(1, pictures)), -(-pictures // _COPIES_SHARE))


@dataclass(frozen=True, slots=True)
class Sampled:
    """A picture, and whose it is."""

    view: View

    owners: frozenset[int]
    """The products that are right: all that show it, and their variants."""

    category: tuple[str, ...]

    hashes: tuple[str, ...]
    """The contents of all pictures of the owners."""


def draw_sample(connection: Connection, backbone_id: int, plan: Plan) -> list[Sampled]:
    """Pick pictures of the index; a catalogue that grows keeps some of them.

    Args:
        connection: the catalogue.
        backbone_id: whose embeddings the index is made of.
        plan: how many.

    Returns:
        At most ``plan.pictures``, placeholders left out.
    """
    chosen = image_store.sample_ids(connection, backbone_id, plan.pictures)
    views = views_of_images(connection, chosen, each=MOST_OWNERS + 1)
    return [
        _sampled(connection, views[image_id])
        for image_id in chosen
        if 0 < len(views.get(image_id, ())) <= MOST_OWNERS
    ]


def categories_of(
    connection: Connection, product_ids: Iterable[int]
) -> Mapping[int, tuple[str, ...]]:
    """The category of each product, by id."""
    products = product_store.load(connection, sorted(set(product_ids)))
    return {product_id: product.category for product_id, product in products.items()}


def _sampled(connection: Connection, views: list[View]) -> Sampled:
    owners = frozenset(
        product_id
        for view in views
        for product_id in (
            product_store.variants(connection, view.product_id)
            if view.item_group
            else (view.product_id,)
        )
    )
    shown = views_of_products(connection, sorted(owners))
    hashes = dict.fromkeys(view.content_hash for own in shown.values() for view in own)
    first = views[0].product_id
    category = categories_of(connection, [first]).get(first, ())
    return Sampled(views[0], owners, category, tuple(hashes))
