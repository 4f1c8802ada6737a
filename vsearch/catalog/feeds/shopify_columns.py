"""The columns of Shopify's product export, under their old and their present names."""

from __future__ import annotations

from vsearch.catalog.feeds.columns import Column, Vocabulary

SHOPIFY_COLUMNS = Vocabulary(
    (
        Column("handle", ("URL handle",), "the product's key; its rows stand together; required"),
        Column("title", (), "the product's name"),
        Column("description", ("Body (HTML)", "Body HTML", "Body"), "HTML, read as plain text"),
        Column("brand", ("Vendor",), "who makes it"),
        Column("category", ("Product category", "Standard product type"), "A > B > C"),
        Column("type", ("Custom product type", "Product type"), "the attribute product_type"),
        Column("tags", (), "separated by commas, the attribute tags"),
        Column("published", ("Published on online store",), "FALSE withdraws the product"),
        Column("status", (), "draft and archived withdraw the product"),
        Column("sku", ("Variant SKU",), "the variant's SKU; without one, handle and options"),
        Column("gtin", ("Barcode", "Variant barcode"), "EAN, UPC or ISBN"),
        Column("price", ("Variant price",), "a number; the file names no currency"),
        Column("regular_price", ("Compare-at price", "Variant compare at price"), "an attribute"),
        Column("quantity", ("Inventory quantity", "Variant inventory qty"), "how many there are"),
        Column("tracker", ("Inventory tracker", "Variant inventory tracker"), "empty: not counted"),
        Column(
            "oversell",
            ("Continue selling when out of stock", "Variant inventory policy"),
            "continue: none left is a back order",
        ),
        Column("image", ("Product image URL", "Image Src"), "one picture a row"),
        Column("image_position", (), "1 is the main picture"),
        Column("variant_image", ("Variant image URL",), "goes before the product's pictures"),
        Column("option1_name", (), "Colour, Size, …, an attribute"),
        Column("option1_value", (), "its value"),
        Column("option2_name", (), "as option1_name"),
        Column("option2_value", (), "as option1_value"),
        Column("option3_name", (), "as option1_name"),
        Column("option3_value", (), "as option1_value"),
        Column(
            "google_category",
            ("Google Shopping / Google product category",),
            "the category where there is no other",
        ),
        Column("gender", ("Google Shopping / Gender",), "an attribute"),
        Column("age_group", ("Google Shopping / Age group",), "an attribute"),
        Column(
            "mpn",
            ("Google Shopping / MPN", "Google Shopping / Manufacturer part number (MPN)"),
            "an attribute",
        ),
        Column("condition", ("Google Shopping / Condition",), "an attribute"),
    )
)
