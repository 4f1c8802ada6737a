"""The products that are looked at for one shopper: some hundreds of however many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from sqlalchemy import ColumnElement

from vsearch.behaviour.behaviour import Behaviour
from vsearch.encoder.interface import Embeddings
from vsearch.encoder.unit_length import unit_length
from vsearch.recommending.company import KnownCompany
from vsearch.recommending.evidence import Asking
from vsearch.recommending.traits import Codes, TraitReader, Traits
from vsearch.searching.reading import Reading

#: Pictures that are nearest to each interest; products met together with it; popular ones.
_NEAREST = 100
_TOGETHER = 300
_POPULAR = 500

#: More would take long to look through: who has met so much has met what is near.
_MOST_PICTURES = 2_000


def pool_of(
    reading: Reading,
    traits: TraitReader,
    behaviour: Behaviour,
    company: KnownCompany,
    asking: Asking,
    labels: Codes,
    *,
    k: int,
    where: str,
    condition: ColumnElement[bool] | None,
    without: Collection[int],
) -> Traits:
    """What looks like each interest, what is met together with all of them, what is popular.

    Args:
        reading: the collection.
        traits: reads its products.
        behaviour: what its events say.
        company: of the asking products.
        asking: q products.
        labels: (q,) the interest of each, from 0.
        k: how many recommendations are wanted.
        where: a filter; empty for none.
        condition: the same for the catalogue.
        without: the ids of products that are no answer.
    """
    interests = [asking.only(labels == number) for number in range(labels.max(initial=-1) + 1)]
    near = _nearest(reading, traits, interests, max(_NEAREST, 2 * k), where, without)
    numbers = company.nearest(asking.weights, max(_TOGETHER, 2 * k)).tolist()
    numbers += behaviour.popular[: max(_POPULAR, 2 * k)].tolist()
    skus = behaviour.skus
    ids = traits.ids_of([*dict.fromkeys(skus[number] for number in numbers)])
    found = [one for one in dict.fromkeys([*near, *ids.values()]) if one not in without]
    return traits.of(reading.passing(found, condition))


def _nearest(
    reading: Reading,
    traits: TraitReader,
    interests: Sequence[Asking],
    number: int,
    where: str,
    without: Collection[int],
) -> list[int]:
    """The ids of the products whose pictures are nearest to any of the interests."""
    queries = [_query(one) for one in interests]
    asked = np.concatenate(queries) if queries else np.empty((0, 0), np.float32)
    if reading.index is None or not len(asked):
        return []
    allowed = reading.filters.allowed(reading.connection, reading.index, where)
    images = None if allowed is None else allowed.images
    # Those that are left out are the nearest of all.
    looked_at = min(number + len(without), _MOST_PICTURES, len(reading.index))
    if not looked_at:
        return []
    _, found = reading.index.search(asked, looked_at, images)
    ids = [one for one in dict.fromkeys(found.ravel().tolist()) if one >= 0]
    return traits.shown_by(ids)


def _query(interest: Asking) -> Embeddings:
    """(1, dim) the mean of an interest; (0, dim) where none of its products has a picture."""
    seen = interest.only(interest.traits.is_seen)
    # Only how they compare counts; the weights of what is long past are too small for 32 bits.
    shares = seen.weights / seen.weights.max(initial=1e-300)
    mean = (shares @ seen.traits.embeddings).astype(np.float32)
    return unit_length(mean[None]) if len(seen.traits) else mean[None][:0]
