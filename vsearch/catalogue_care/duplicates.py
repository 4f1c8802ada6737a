"""Groups of products that show the same picture, or copies of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vsearch.calibration.calibration import Calibration
from vsearch.catalog import product_store
from vsearch.catalog.product import Product
from vsearch.catalog.product_views import View, views_of_images
from vsearch.catalog.shared_images import shared_images
from vsearch.catalogue_care.copies import confirmed
from vsearch.catalogue_care.gallery import Gallery
from vsearch.catalogue_care.grouping import Pair, complete_groups, components
from vsearch.catalogue_care.near_pairs import near_pairs
from vsearch.progress import Progress

#: The cosine from which two pictures are compared, where no calibration has been fitted. On the
#: bundled encoder 98% of the copies of three sets have it, and 0.1% of pairs of different things.
DEFAULT_THRESHOLD = 0.88

#: With a calibration: how far from the cosine of different products to that of a copy. From the
#: cosine of a copy alone, a crop or a smaller file isn't found; what is lower than that by
#: mistake, the comparison of the pictures puts right.
_SHARE = 2 / 3

#: No bound: a placeholder may be shown by the whole catalogue, and that is what to say.
_EVERY_PRODUCT = 2**31 - 1

Views = Mapping[int, Sequence[View]]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """One product of a group."""

    product: Product
    view: View
    """The picture of it that the others have too."""

    similarity: float
    """The cosine between its picture and the first product's, 1 for the same file."""

    is_same_file: bool
    """Whether the first product has this very file, byte for byte."""


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Two or more products that show one picture; the oldest product is the first."""

    products: tuple[Duplicate, ...]

    pictures: int
    """How many pictures all of them have in common."""

    @property
    def is_same_file(self) -> bool:
        """Whether all of them have the very same file."""
        return all(one.is_same_file for one in self.products)

    @property
    def similarity(self) -> float:
        """The least of its products'."""
        return min(one.similarity for one in self.products)


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What was found, and in what."""

    groups: tuple[DuplicateGroup, ...]
    """Same files first, then by similarity."""

    images: int
    """How many images were looked at."""

    threshold: float
    """The cosine from which pictures were compared."""

    unreadable: int
    """Pictures that could not be compared because they can't be read any more."""


def find_duplicates(
    gallery: Gallery,
    progress: Progress,
    *,
    threshold: float | None = None,
    variants: bool = False,
) -> Duplicates:
    """Find the products that show the same picture as another one.

    Pictures with close embeddings are laid over each other and compared in colour: an encoder
    takes the same jacket in red and in blue for nearly one.

    Args:
        gallery: the collection.
        progress: told how far it has come.
        threshold: the cosine from which two pictures are compared, -1 to 1; None takes the
            collection's calibration, or ``DEFAULT_THRESHOLD``.
        variants: whether the variants of one item count as different products.
    """
    if threshold is None:
        threshold = usual_threshold(gallery.calibration)
    ids = gallery.image_ids()
    with progress.stage("pairs", len(ids), "images") as advance:
        pairs = near_pairs(gallery, ids, threshold, advance)
    near = {
        (first, second): score
        for (first, second), score in zip(pairs.ids.tolist(), pairs.scores.tolist(), strict=True)
    }
    known = set(ids.tolist())
    shared = [image_id for image_id in shared_images(gallery.connection) if image_id in known]
    views = views_of_images(
        gallery.connection,
        sorted({one for pair in near for one in pair} | set(shared)),
        each=_EVERY_PRODUCT,
    )
    near = _across_products(near, views, variants=variants)
    found = confirmed(gallery, near, views, progress)
    grouped = complete_groups(found.pairs)
    alone = set(shared).difference(*grouped)
    groups = _as_products(gallery, [*grouped, *([one] for one in alone)], views, found.pairs)
    counted = [one for one in groups if _products_of(one, variants=variants) > 1]
    counted.sort(key=_rank)
    return Duplicates(tuple(counted), len(ids), threshold, found.unreadable)


def usual_threshold(calibration: Calibration | None) -> float:
    """The cosine from which two pictures are worth comparing, -1 to 1."""
    if calibration is None:
        return DEFAULT_THRESHOLD
    different, copy = calibration.usual_rival, calibration.duplicate_threshold
    return min(copy, different + _SHARE * (copy - different))


def _rank(group: DuplicateGroup) -> tuple[bool, float, str]:
    return not group.is_same_file, -group.similarity, group.products[0].product.sku


def _across_products(
    near: Mapping[Pair, float], views: Views, *, variants: bool
) -> dict[Pair, float]:
    """Leave out pictures that only one product shows with its like: nobody need look at them."""
    wanted: set[int] = set()
    for image_ids in components(near):
        shown = [view for one in image_ids for view in views.get(one, ())]
        if len({view.product_id if variants else view.group for view in shown}) > 1:
            wanted.update(image_ids)
    return {pair: score for pair, score in near.items() if pair[0] in wanted}


def _products_of(group: DuplicateGroup, *, variants: bool) -> int:
    return len({one.view.product_id if variants else one.view.group for one in group.products})


def _as_products(
    gallery: Gallery, groups: Sequence[Sequence[int]], views: Views, pairs: Mapping[Pair, float]
) -> list[DuplicateGroup]:
    """From groups of images to groups of products; those with the same products are one."""
    by_products: dict[frozenset[int], list[dict[int, View]]] = {}
    for image_ids in groups:
        best: dict[int, View] = {}
        for image_id in image_ids:
            for view in views.get(image_id, ()):
                known = best.get(view.product_id)
                if known is None or view.position < known.position:
                    best[view.product_id] = view
        if len(best) > 1:
            by_products.setdefault(frozenset(best), []).append(best)
    wanted = sorted(set().union(*by_products))
    products = product_store.load(gallery.connection, wanted)
    found = []
    for product_ids, pictures in by_products.items():
        # The picture that stands first with most of them is shown.
        shown = min(pictures, key=lambda best: sum(view.position for view in best.values()))
        members = [shown[one] for one in sorted(product_ids) if one in products]
        if len(members) > 1:
            found.append(_group(members, products, pairs, len(pictures)))
    return found


def _group(
    members: Sequence[View],
    products: Mapping[int, Product],
    pairs: Mapping[Pair, float],
    pictures: int,
) -> DuplicateGroup:
    first = members[0].image_id
    duplicates = []
    for view in members:
        same = view.image_id == first
        pair = min(first, view.image_id), max(first, view.image_id)
        similarity = 1.0 if same else pairs[pair]
        duplicates.append(Duplicate(products[view.product_id], view, similarity, same))
    return DuplicateGroup(tuple(duplicates), pictures)
