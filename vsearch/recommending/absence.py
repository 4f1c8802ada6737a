"""Why nothing is recommended, for people."""

from __future__ import annotations

from vsearch.recommending.asked import CategoryScope, SimilarTo

_CATEGORIES = {
    CategoryScope.SAME: "is of its category",
    CategoryScope.OTHER: "is of another category",
}


def why_nothing_similar(asked: SimilarTo) -> str:
    """The likeliest reason that nothing looks like a product, without its full stop."""
    if asked.offset:
        return f"no hits past the first {asked.offset}: there are no more"
    conditions = [
        _CATEGORIES.get(asked.category, ""),
        "" if asked.price_band is None else f"costs within {asked.price_band:.0%} of it",
        "is in stock" if asked.in_stock else "",
        f"passes the filter {asked.where}" if asked.where else "",
        f"has a confidence of {asked.min_confidence:g}" if asked.min_confidence else "",
    ]
    told = " and ".join(filter(None, conditions))
    if told:
        return f"no other product with a usable image {told}"
    return f"{asked.sku} has no usable image, or no product but its variants and copies has one"
