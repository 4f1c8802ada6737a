"""What would take the first caller's time is done as soon as the service stands."""

from __future__ import annotations

import logging

from vsearch.collection import Collection
from vsearch.errors import VsearchError
from vsearch.recommending.asked import ForShopper, GoesWith, Popular

_log = logging.getLogger(__name__)


def warm_recommender(collection: Collection) -> None:
    """Count the events, and read what the recommender keeps of the catalogue.

    Meant for a thread of its own: queries are answered meanwhile. What goes wrong stands in the
    log; it will be told to whoever asks.
    """
    try:
        recommender = collection.recommender
        for one in recommender.popular(Popular(k=1)).hits:
            recommender.recommend(ForShopper(like=(one.hit.sku,), k=1))
            recommender.complete(GoesWith((one.hit.sku,), k=1))
    except VsearchError as error:
        _log.warning("the recommender isn't ready: %s", error)
