"""Merchant feeds: one reader for each format, one iterator of items out."""

from vsearch.catalog.feeds.columns import Column
from vsearch.catalog.feeds.interface import Feed, FeedItem, Listed, Rejection, Withdrawn
from vsearch.catalog.feeds.opening import documented_columns, open_feed
from vsearch.catalog.feeds.recognise import FORMATS

__all__ = [
    "FORMATS",
    "Column",
    "Feed",
    "FeedItem",
    "Listed",
    "Rejection",
    "Withdrawn",
    "documented_columns",
    "open_feed",
]
