"""Visual product search: index a shop's catalogue, find its products by photo.

The names below are the public surface; everything else may change. They are imported when
they are first used, so that ``import vsearch`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vsearch._version import __version__
from vsearch.errors import (
    AccessDenied,
    CollectionDamaged,
    CollectionError,
    CollectionFormatError,
    CollectionLocked,
    CollectionNotFound,
    EncoderError,
    EncoderMismatch,
    EventRejected,
    FeedError,
    FilterError,
    ImageRejected,
    JobNotFound,
    Overloaded,
    PictureNotFound,
    ProductNotFound,
    ProductRejected,
    QueryError,
    RateLimited,
    ServiceError,
    ServiceUnreachable,
    SettingsError,
    StorageError,
    VsearchError,
    WeightsError,
)

if TYPE_CHECKING:
    from vsearch.catalog.product import Availability, Product
    from vsearch.client import Client
    from vsearch.collection import Collection
    from vsearch.encoder.interface import Encoder
    from vsearch.encoder.load import load_encoder
    from vsearch.events.event import Event, EventKind
    from vsearch.events.intake.options import IntakeOptions
    from vsearch.events.selection import EventSelection
    from vsearch.images.box import Box
    from vsearch.indexing.changes import ProductChange
    from vsearch.indexing.options import IndexOptions
    from vsearch.indexing.summary import IndexSummary
    from vsearch.neighbours.neighbours import Neighbours
    from vsearch.neighbours.options import NeighbourOptions
    from vsearch.recommending.asked import (
        CategoryScope,
        ForShopper,
        GoesWith,
        Popular,
        SimilarTo,
    )
    from vsearch.recommending.recommended import Basis, Interest, Recommendations, Recommended
    from vsearch.recommending.recommender import Recommender
    from vsearch.searching.boost import Boost
    from vsearch.searching.query import Example, Grouping, Query
    from vsearch.searching.result import Hit, Region, Result
    from vsearch.searching.serving import ServingOptions
    from vsearch.settings import Settings

_HOMES = {
    "Availability": "vsearch.catalog.product",
    "Basis": "vsearch.recommending.recommended",
    "Boost": "vsearch.searching.boost",
    "Box": "vsearch.images.box",
    "CategoryScope": "vsearch.recommending.asked",
    "Client": "vsearch.client",
    "Collection": "vsearch.collection",
    "Encoder": "vsearch.encoder.interface",
    "Event": "vsearch.events.event",
    "EventKind": "vsearch.events.event",
    "EventSelection": "vsearch.events.selection",
    "Example": "vsearch.searching.query",
    "ForShopper": "vsearch.recommending.asked",
    "GoesWith": "vsearch.recommending.asked",
    "Grouping": "vsearch.searching.query",
    "Hit": "vsearch.searching.result",
    "IndexOptions": "vsearch.indexing.options",
    "IndexSummary": "vsearch.indexing.summary",
    "IntakeOptions": "vsearch.events.intake.options",
    "Interest": "vsearch.recommending.recommended",
    "NeighbourOptions": "vsearch.neighbours.options",
    "Neighbours": "vsearch.neighbours.neighbours",
    "Popular": "vsearch.recommending.asked",
    "Product": "vsearch.catalog.product",
    "ProductChange": "vsearch.indexing.changes",
    "Query": "vsearch.searching.query",
    "Recommendations": "vsearch.recommending.recommended",
    "Recommended": "vsearch.recommending.recommended",
    "Recommender": "vsearch.recommending.recommender",
    "Region": "vsearch.searching.result",
    "Result": "vsearch.searching.result",
    "ServingOptions": "vsearch.searching.serving",
    "Settings": "vsearch.settings",
    "SimilarTo": "vsearch.recommending.asked",
    "load_encoder": "vsearch.encoder.load",
}

__all__ = [
    "AccessDenied",
    "Availability",
    "Basis",
    "Boost",
    "Box",
    "CategoryScope",
    "Client",
    "Collection",
    "CollectionDamaged",
    "CollectionError",
    "CollectionFormatError",
    "CollectionLocked",
    "CollectionNotFound",
    "Encoder",
    "EncoderError",
    "EncoderMismatch",
    "Event",
    "EventKind",
    "EventRejected",
    "EventSelection",
    "Example",
    "FeedError",
    "FilterError",
    "ForShopper",
    "GoesWith",
    "Grouping",
    "Hit",
    "ImageRejected",
    "IndexOptions",
    "IndexSummary",
    "IntakeOptions",
    "Interest",
    "JobNotFound",
    "NeighbourOptions",
    "Neighbours",
    "Overloaded",
    "PictureNotFound",
    "Popular",
    "Product",
    "ProductChange",
    "ProductNotFound",
    "ProductRejected",
    "Query",
    "QueryError",
    "RateLimited",
    "Recommendations",
    "Recommended",
    "Recommender",
    "Region",
    "Result",
    "ServiceError",
    "ServiceUnreachable",
    "ServingOptions",
    "Settings",
    "SettingsError",
    "SimilarTo",
    "StorageError",
    "VsearchError",
    "WeightsError",
    "__version__",
    "load_encoder",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
