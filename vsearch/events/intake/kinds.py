"""What shops call the things that shoppers do."""

from __future__ import annotations

from collections.abc import Mapping

from vsearch.catalog.feeds.columns import folded
from vsearch.events.event import EventKind

_WORDS: Mapping[EventKind, tuple[str, ...]] = {
    EventKind.VIEW: (
        *("view", "views", "viewed", "pageview", "page_view", "product_view", "product_viewed"),
        *("view_item", "viewed_item", "item_view", "detail", "detail_view", "product_detail"),
        *("product_detail_view", "pdp_view", "pv"),
    ),
    EventKind.CLICK: (
        *("click", "clicks", "clicked", "select_item", "select_content", "product_click"),
        *("product_clicked", "item_click", "click_item"),
    ),
    EventKind.BASKET: (
        *("basket", "cart", "add_to_cart", "addtocart", "added_to_cart", "cart_add"),
        *("add_to_basket", "added_to_basket", "basket_add", "product_added", "to_cart"),
    ),
    EventKind.PURCHASE: (
        *("purchase", "purchases", "purchased", "buy", "bought", "order", "ordered", "sale"),
        *("transaction", "conversion", "order_completed", "product_purchased"),
    ),
}

#: Word → kind, as shops and what they measure themselves with call them.
KNOWN_WORDS: Mapping[str, EventKind] = {
    word: kind for kind, words in _WORDS.items() for word in words
}


def kind_words(own: Mapping[str, EventKind]) -> dict[str, EventKind]:
    """The known words with a shop's own over them; folded, as ``folded`` does.

    >>> kind_words({"Like It": EventKind.CLICK})["like_it"]
    <EventKind.CLICK: 'click'>
    """
    return {**KNOWN_WORDS, **{folded(word): kind for word, kind in own.items()}}
