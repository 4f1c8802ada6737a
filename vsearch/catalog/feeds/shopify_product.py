"""One Shopify product: its rows, put together as variants with pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vsearch.catalog.feeds.fields.attributes import parse_attributes
from vsearch.catalog.feeds.fields.category import parse_category
from vsearch.catalog.feeds.fields.fault import FieldFault, about
from vsearch.catalog.feeds.fields.html_text import strip_html
from vsearch.catalog.feeds.fields.image_location import parse_images
from vsearch.catalog.feeds.fields.price import parse_price
from vsearch.catalog.feeds.fields.text import parse_sku, parse_text
from vsearch.catalog.feeds.interface import FeedItem, Listed, Rejection, Withdrawn
from vsearch.catalog.feeds.progress import Progress
from vsearch.catalog.product import Availability, Product

_UNPUBLISHED = "products that aren't published in the shop are taken as withdrawn"
_DEFAULT_VARIANT = "default title"


@dataclass(frozen=True, slots=True)
class ShopifyRow:
    """One row of the export."""

    number: int
    values: Mapping[str, str]
    """Column of ``SHOPIFY_COLUMNS`` → trimmed text."""

    extra: tuple[tuple[str, str], ...]
    """(attribute name, text) of metafields and mapped columns."""

    cells: list[str]

    def text(self, name: str) -> str:
        """The column's text, empty where the file hasn't got it."""
        return self.values.get(name, "")

    @property
    def is_variant(self) -> bool:
        """Whether it describes a variant; the others only add a picture."""
        return any(self.text(name) for name in ("sku", "price", "option1_value"))


def read_group(
    rows: Sequence[ShopifyRow],
    root: Path,
    reject: Callable[[ShopifyRow, FieldFault], Rejection],
    progress: Progress,
) -> Iterator[FeedItem]:
    """Yield one item a variant; what the variants share stands in the first row.

    A picture that can't be used costs its row, not the product.
    """
    if not rows:
        return
    first = rows[0]
    pictures, unusable = _pictures(rows, root)
    for row in rows:
        if row.number in unusable:
            yield reject(row, unusable[row.number])
        elif row is first or row.is_variant:
            try:
                sku = _sku(row, first)
                if _is_withdrawn(first):
                    progress.note(_UNPUBLISHED)
                    yield Withdrawn(row.number, sku)
                else:
                    with about(sku):
                        product = _product(sku, row, first, pictures, root)
                    yield Listed(row.number, product)
            except FieldFault as fault:
                yield reject(row, fault)


def _pictures(rows: Sequence[ShopifyRow], root: Path) -> tuple[list[str], dict[int, FieldFault]]:
    """The product's pictures in their order, and the rows whose picture can't be used."""
    placed: list[tuple[int, str]] = []
    unusable: dict[int, FieldFault] = {}
    for row in rows:
        try:
            for location in parse_images([row.text("image")], root):
                position = row.text("image_position")
                placed.append((int(position) if position.isdecimal() else len(rows), location))
        except (FieldFault, ValueError) as error:
            fault = error if isinstance(error, FieldFault) else FieldFault("image", str(error))
            unusable[row.number] = fault
    placed.sort(key=lambda place: place[0])
    return [location for _, location in placed], unusable


def _product(
    sku: str, row: ShopifyRow, first: ShopifyRow, pictures: Sequence[str], root: Path
) -> Product:
    price, currency = parse_price(row.text("price"))
    variant_picture = parse_images([row.text("variant_image")], root)
    category = parse_category(
        first.text("category") or first.text("google_category") or first.text("type")
    )
    if category and category[0].isdecimal():  # the number of a category in Google's taxonomy
        category = parse_category(first.text("type"))
    return Product(
        sku=sku,
        title=parse_text(first.text("title"), "title"),
        description=strip_html(parse_text(first.text("description"), "description")),
        brand=parse_text(first.text("brand"), "brand"),
        category=category,
        price=price,
        currency=currency,
        availability=_availability(row),
        gtin=parse_text(row.text("gtin").removeprefix("'"), "gtin"),
        item_group=parse_text(first.text("handle"), "item_group"),
        attributes=parse_attributes(_attributes(row, first)),
        images=tuple(dict.fromkeys((*variant_picture, *pictures))),
    )


def _attributes(row: ShopifyRow, first: ShopifyRow) -> list[tuple[str, object]]:
    tags = [tag.strip() for tag in first.text("tags").split(",")]
    pairs: list[tuple[str, object]] = [
        ("product_type", first.text("type")),
        ("tags", [tag for tag in tags if tag]),
        ("regular_price", row.text("regular_price")),
        *((name, first.text(name)) for name in ("gender", "age_group", "mpn", "condition")),
        *first.extra,
        *((name, value) for name, value in row.extra if value),
    ]
    return [*pairs, *((name.lower(), value) for name, value in _options(row, first))]


def _options(row: ShopifyRow, first: ShopifyRow) -> list[tuple[str, str]]:
    """(name, value) of the variant; names stand in the product's first row only."""
    options = []
    for number in (1, 2, 3):
        value = row.text(f"option{number}_value")
        name = row.text(f"option{number}_name") or first.text(f"option{number}_name")
        if value and value.lower() != _DEFAULT_VARIANT:
            options.append((name or f"option{number}", value))
    return options


def _sku(row: ShopifyRow, first: ShopifyRow) -> str:
    # Shopify writes an apostrophe before codes that a spreadsheet would take for numbers.
    own = row.text("sku").removeprefix("'")
    if own:
        return parse_sku(own)
    options = [value for _, value in _options(row, first)]
    return parse_sku("-".join([first.text("handle") or first.text("title"), *options]))


def _availability(row: ShopifyRow) -> Availability | None:
    quantity = row.text("quantity")
    if "tracker" in row.values and not row.text("tracker") and row.is_variant:
        return Availability.IN_STOCK
    if not quantity:
        return None
    try:
        left = float(quantity)
    except ValueError:
        raise FieldFault("availability", f'"{quantity[:40]}" is not a quantity') from None
    if left > 0:
        return Availability.IN_STOCK
    if row.text("oversell").lower() in ("continue", "true", "yes"):
        return Availability.BACKORDER
    return Availability.OUT_OF_STOCK


def _is_withdrawn(first: ShopifyRow) -> bool:
    return first.text("published").lower() in ("false", "no", "0") or first.text(
        "status"
    ).lower() in ("draft", "archived", "unlisted")
