"""Which column of a table means which field of an event."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from vsearch.catalog.feeds.columns import Column, Vocabulary, folded, require

# RecBole writes a column's type behind its name.
_TYPE = re.compile(r":(token|float)(_seq)?$")

EVENT_COLUMNS = Vocabulary(
    (
        Column(
            "sku",
            (
                *("item_id", "product_id", "item", "product", "asin", "parent_asin"),
                *("lineitem_sku", "item_sku", "product_sku", "variant_sku"),
                *("article_id", "stock_code", "stockcode", "goods_id", "itemid", "productid"),
                *("movieid", "movie_id"),
            ),
            "the product",
        ),
        Column(
            "kind",
            (
                *("event", "event_type", "event_name", "action", "interaction", "behavior"),
                *("behaviour", "behavior_type", "eventtype", "type"),
            ),
            "what was done with it",
        ),
        Column(
            "at",
            (
                *("timestamp", "time", "ts", "datetime", "event_time", "event_timestamp"),
                *("occurred_at", "created_at", "order_date", "ordered_at", "purchased_at"),
                *("invoicedate", "invoice_date", "t_dat", "paid_at", "date", "event_date"),
            ),
            "when: ISO 8601, or seconds, milliseconds or microseconds since 1970",
        ),
        Column(
            "user_id",
            (
                *("user", "userid", "visitor_id", "visitorid", "customer_id", "customerid"),
                *("user_pseudo_id", "client_id", "shopper_id", "shopper", "customer", "uid"),
                *("buyer_id", "account_id", "member_id", "reviewerid", "email"),
            ),
            "who; a pseudonym is best",
        ),
        Column(
            "session_id",
            (
                *("session", "sessionid", "user_session", "visit_id", "ga_session_id"),
                *("basket_id", "cart_id", "outfit_id", "set_id", "look_id", "order_id"),
                *("orderid", "order", "order_number", "order_no", "transaction_id"),
                *("transactionid", "invoiceno", "invoice_no", "invoice"),
            ),
            "the visit, the order or the outfit: what has one of these belongs together",
        ),
        Column("query_id", ("query", "search_id"), "of the answer that showed the product"),
        Column(
            "position",
            ("rank", "item_list_index", "list_position"),
            "the product's rank in that answer, from 1",
        ),
        Column(
            "quantity",
            ("qty", "lineitem_quantity", "item_quantity", "units"),
            "how many were put into the basket, or bought",
        ),
    )
)

# Shopify's export of orders calls the order's number, which each of its lines repeats, "Name".
_SHOPIFY_SKU, _SHOPIFY_ORDER = "lineitem_sku", "name"

#: Columns that say that a row is a line of an order, folded.
_OF_ORDERS = frozenset(
    {
        *("order_id", "orderid", "order", "order_number", "order_no", "invoice", "invoiceno"),
        *("invoice_no", _SHOPIFY_SKU, "transaction_id", "transactionid"),
    }
)


def fields_of(
    header: Sequence[str], mapping: Mapping[str, str], where: object, *, strict: bool = True
) -> dict[str, int]:
    """Which cell of a row fills each field.

    Args:
        header: the columns as they stand.
        mapping: column → field, where the known names don't fit.
        where: the table, for messages.
        strict: whether there must be a column for each of ``mapping``.

    Raises:
        FeedError: a column is missing, or ``mapping`` names what isn't there.
    """
    names = [_TYPE.sub("", name.strip()) for name in header]
    layout = EVENT_COLUMNS.lay_out(names, mapping, where, strict=strict)
    require(layout, "sku", where)
    fields = dict(layout.fields)
    if "session_id" not in fields and folded(names[fields["sku"]]) == _SHOPIFY_SKU:
        places = (place for place, name in enumerate(names) if folded(name) == _SHOPIFY_ORDER)
        for place in set(places) - set(fields.values()):
            fields["session_id"] = place
    return fields


def are_order_lines(column: str) -> bool:
    """Whether what fills ``session_id`` or ``sku`` says that a row is a line of an order.

    >>> are_order_lines("Order ID"), are_order_lines("session")
    (True, False)
    """
    return folded(_TYPE.sub("", column)) in _OF_ORDERS
