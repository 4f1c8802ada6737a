"""The documented columns of CSV, TSV, JSON Lines and Parquet feeds."""

from __future__ import annotations

from vsearch.catalog.feeds.columns import Column, Vocabulary

_NUMBERED_IMAGES = tuple(f"{name}_{n}" for n in range(1, 11) for name in ("image", "image_url"))
_RUN_TOGETHER_IMAGES = tuple(f"image{n}" for n in range(1, 11))

PRODUCT_COLUMNS = Vocabulary(
    (
        Column(
            "sku",
            ("id", "product_id", "item_id", "article_number", "article_no", "item_number"),
            "the product's own key, unique, 1 to 255 characters; required",
        ),
        Column("title", ("name", "product_name", "product_title", "item_name"), "its name"),
        Column("description", ("body", "long_description", "desc"), "a text of any length"),
        Column("brand", ("manufacturer", "vendor", "make"), "who makes it"),
        Column(
            "category",
            ("categories", "category_path", "product_category", "product_type"),
            "from wide to narrow: A > B > C, or A/B/C, or a JSON list",
        ),
        Column("price", ("unit_price", "regular_price"), "12.50, 12,50, 12.50 EUR, € 1.299,00"),
        Column("currency", ("currency_code", "price_currency"), "ISO 4217: EUR"),
        Column(
            "availability",
            ("in_stock", "stock_status", "stock", "stock_quantity", "inventory_quantity", "qty"),
            "in stock, out of stock, preorder, backorder, yes or no, or how many there are",
        ),
        Column("url", ("link", "product_url", "product_link", "page_url"), "its page in the shop"),
        Column("gtin", ("ean", "upc", "isbn", "barcode", "ean13"), "EAN, UPC or ISBN"),
        Column(
            "item_group",
            ("item_group_id", "group_id", "parent_sku", "parent_id"),
            "what the variants of one product share",
        ),
        Column(
            "images",
            (
                *("image", "image_link", "image_url", "image_path", "image_file", "picture"),
                *("photo", "img", "image_src", "main_image", "pictures", "photos", "image_links"),
                *("image_urls", *_NUMBERED_IMAGES, *_RUN_TOGETHER_IMAGES),
                *("additional_images", "additional_image_link", "additional_image_links"),
            ),
            "paths relative to the feed or http(s) addresses, separated by | or a JSON list",
            many=True,
        ),
        Column(
            "attributes",
            ("attrs",),
            "a JSON object of free attributes; columns with other names become one each",
        ),
    ),
    # What `vsearch export` knows of the images besides: it is derived from them.
    ignored=("image_ids", "embeddings"),
)
