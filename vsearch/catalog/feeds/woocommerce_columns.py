"""The columns of WooCommerce's product export, by their English names."""

from __future__ import annotations

from vsearch.catalog.feeds.columns import Column, Vocabulary

WOOCOMMERCE_COLUMNS = Vocabulary(
    (
        Column("id", (), "WordPress's number; id:NUMBER is the SKU where there is none"),
        Column("type", (), "simple, variable, variation, grouped or external, and more words"),
        Column("sku", (), "the product's own key"),
        Column("gtin", ("GTIN, UPC, EAN, or ISBN",), "EAN, UPC or ISBN"),
        Column("title", ("Name",), "its name; required"),
        Column("published", (), "1; 0 and -1 withdraw the product"),
        Column("short_description", (), "used where there is no description"),
        Column("description", (), "HTML, read as plain text"),
        Column("in_stock", ("In stock?",), "1, 0 or backorder"),
        Column("stock", (), "how many there are, empty where they aren't counted"),
        Column("backorders", ("Backorders allowed?",), "1 or notify: none left is a back order"),
        Column("sale_price", (), "becomes the price; regular_price then becomes an attribute"),
        Column("regular_price", ("price",), "a number; the file names no currency"),
        Column("category", ("Categories",), "A > B, A > C: the longest counts"),
        Column("tags", (), "separated by commas, the attribute tags"),
        Column("brand", ("Brands", "Brand"), "the first counts"),
        Column("images", ("image",), "web addresses, separated by commas", many=True),
        Column("parent", ("item_group",), "of a variation: the parent's SKU, or id:NUMBER"),
        Column("url", ("External URL",), "where an external product is sold"),
    )
)
