"""Why a query has no hits, for people."""

from __future__ import annotations

from vsearch.searching.query import Query
from vsearch.searching.result import Result


def why_nothing(query: Query, result: Result) -> str:
    """The likeliest reason that a result has no hits, as a sentence without its full stop."""
    if query.offset:
        return f"no hits past the first {query.offset}: there are no more"
    if query.min_confidence:
        if result.nothing_alike:
            return "nothing like this in the catalogue"
        return f"no hit with a confidence of {query.min_confidence:g} or more"
    if query.where and query.words.strip() and not query.examples:
        return f'no product that passes the filter {query.where} has the words "{query.words}"'
    if query.where:
        return f"no product with a usable image passes the filter {query.where}"
    if query.words and not query.examples:
        return f'no product has the words "{query.words}"'
    skus = [example.sku for example in query.examples if example.sku is not None]
    if skus:
        return f"{', '.join(skus)} has no usable image, or no other product has one"
    return "no product of the collection has a usable image"
