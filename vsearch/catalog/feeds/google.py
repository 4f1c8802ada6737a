"""Google Merchant's product attributes, from whichever file they came, become a product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from vsearch.catalog.feeds.columns import Column, Vocabulary
from vsearch.catalog.feeds.fields.attributes import parse_attributes
from vsearch.catalog.feeds.fields.availability import parse_availability
from vsearch.catalog.feeds.fields.category import parse_category
from vsearch.catalog.feeds.fields.fault import FieldFault, about
from vsearch.catalog.feeds.fields.html_text import strip_html
from vsearch.catalog.feeds.fields.image_location import parse_images
from vsearch.catalog.feeds.fields.price import parse_price
from vsearch.catalog.feeds.fields.text import parse_page_url, parse_sku, parse_text
from vsearch.catalog.product import Product

GOOGLE_COLUMNS = Vocabulary(
    (
        Column("id", ("g:id", "sku"), "the product's own key; required"),
        Column("title", ("g:title", "structured_title"), "its name"),
        Column("description", ("g:description",), "plain text or HTML"),
        Column("brand", ("g:brand",), "who makes it"),
        Column(
            "google_product_category",
            ("g:google_product_category", "category"),
            "A > B > C becomes the category; a bare number becomes an attribute",
        ),
        Column(
            "product_type",
            ("g:product_type",),
            "the shop's own A > B > C, the category where Google's is no path",
            many=True,
        ),
        Column("price", ("g:price",), "12.50 EUR"),
        Column(
            "sale_price",
            ("g:sale_price",),
            "becomes the price; the price then becomes the attribute regular_price",
        ),
        Column("availability", ("g:availability",), "in_stock, out_of_stock, preorder, backorder"),
        Column("link", ("g:link", "url"), "its page in the shop"),
        Column("gtin", ("g:gtin", "ean"), "EAN, UPC or ISBN"),
        Column("item_group_id", ("g:item_group_id", "item_group"), "what its variants share"),
        Column("image_link", ("g:image_link", "image", "images"), "the main picture", many=True),
        Column(
            "additional_image_link",
            ("g:additional_image_link", "additional_image_links"),
            "more pictures, separated by commas",
            many=True,
        ),
        Column(
            "product_detail",
            ("g:product_detail",),
            "section:name:value becomes an attribute called name",
            many=True,
        ),
    )
)

# What one order or one campaign is about, not the thing itself.
_NOT_ABOUT_THE_PRODUCT = ("shipping", "tax", "installment", "subscription_cost", "loyalty_program")


def google_product(
    single: Mapping[str, str],
    many: Mapping[str, Sequence[str]],
    attributes: Iterable[tuple[str, object]],
    details: Iterable[tuple[str, object]],
    root: Path,
) -> Product:
    """Build a product.

    Args:
        single: column name of ``GOOGLE_COLUMNS`` → text, for those with one value.
        many: column name → texts, for those with several.
        attributes: (name, text) of everything else.
        details: (name, value) from ``product_detail``.
        root: the folder that image paths start from, absolute.

    Raises:
        FieldFault: the first value that can't be used.
    """
    get = single.get
    sku = parse_sku(get("id"))
    with about(sku):
        regular, currency = parse_price(get("price"))
        price = regular
        extra: list[tuple[str, object]] = []
        try:
            sale, sale_currency = parse_price(get("sale_price"), currency)
        except FieldFault as fault:
            raise FieldFault("sale_price", fault.problem) from None
        if sale is not None and (regular is None or sale < regular):
            price, currency = sale, sale_currency
            if regular is not None:
                extra.append(("regular_price", str(regular)))
        category, unused = _category(
            get("google_product_category", ""), many.get("product_type", ())
        )
        return Product(
            sku=sku,
            title=parse_text(get("title"), "title"),
            description=strip_html(parse_text(get("description"), "description")),
            brand=parse_text(get("brand"), "brand"),
            category=category,
            price=price,
            currency=currency,
            availability=parse_availability(get("availability")),
            url=parse_page_url(get("link")),
            gtin=parse_text(get("gtin"), "gtin"),
            item_group=parse_text(get("item_group_id"), "item_group"),
            attributes=parse_attributes(
                [
                    *(pair for pair in attributes if not _is_noise(pair[0])),
                    *details,
                    *extra,
                    *unused,
                ]
            ),
            images=parse_images(
                [*many.get("image_link", ()), *many.get("additional_image_link", ())], root
            ),
        )


def detail_of_text(text: str) -> tuple[str, str] | None:
    """``section:name:value`` as (name, value); None where it has another shape."""
    parts = [part.strip() for part in text.split(":", 2)]
    return (parts[1], parts[2]) if len(parts) == 3 and parts[1] else None


def _category(
    taxonomy: str, product_types: Sequence[str]
) -> tuple[tuple[str, ...], list[tuple[str, object]]]:
    """The path, and what of both then remains as attributes."""
    own = next((text for text in product_types if text.strip()), "")
    remaining: list[tuple[str, object]] = []
    if taxonomy.strip() and not taxonomy.strip().isdecimal():
        if own:
            remaining.append(("product_type", own))
        return parse_category(_as_path(taxonomy)), remaining
    if taxonomy.strip():
        remaining.append(("google_product_category", taxonomy.strip()))
    return parse_category(_as_path(own)), remaining


def _as_path(text: str) -> list[object]:
    # Google's taxonomy has names with slashes in them: only > separates here.
    return [part.strip() for part in text.split(">")]


def _is_noise(name: str) -> bool:
    return name.startswith(_NOT_ABOUT_THE_PRODUCT)
