"""What a catalogue says of its products, in numbers that a simulation can compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.catalog.product import AttributeValue, Product
from vsearch.errors import EvaluationError

#: Stands where a product doesn't have a trait. It agrees with nothing.
NONE = -1

_COLOURS = ("colour", "color")

#: How many products share a theme.
_THEME_PRODUCTS = 10

#: An attribute with more values than this isn't a style: it is a name or a measure.
_STYLE_VALUES = 40

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """n products by SKU, each trait as a number that equal values share; ``NONE`` without one."""

    skus: tuple[str, ...]
    wide: Codes
    """(n,) the category's first level."""
    narrow: Codes
    """(n,) its first two levels."""
    brand: Codes
    """(n,)"""
    colour: Codes
    """(n,)"""
    style: Codes
    """(n, a) other attributes that have few values: material, audience."""
    theme: Codes
    """(n,) what no catalogue says: drawn at random."""
    price: npt.NDArray[np.float64]
    """(n,) log price in standard deviations from the mean of the widest category; 0 without."""

    def __len__(self) -> int:
        """How many products."""
        return len(self.skus)


def read_traits(products: Iterable[Product], random: np.random.Generator) -> Traits:
    """Read what products are told apart by.

    Args:
        products: of the catalogue.
        random: themes are drawn from it.

    Raises:
        EvaluationError: there is no product, or nothing is said of any.
    """
    known = sorted(products, key=lambda product: product.sku)
    if not known:
        raise EvaluationError("no products: a shop without any can't be simulated")
    wide = _codes([product.category[:1] for product in known])
    traits = Traits(
        skus=tuple(product.sku for product in known),
        wide=wide,
        narrow=_codes([product.category[:2] for product in known]),
        brand=_codes([product.brand for product in known]),
        colour=_codes([_colour(product) for product in known]),
        style=_style(known),
        theme=random.permutation(len(known)) // _THEME_PRODUCTS,
        price=_price_levels(known, wide),
    )
    told = (traits.wide, traits.brand, traits.colour, traits.style)
    if all((codes == NONE).all() for codes in told):
        raise EvaluationError(
            "the products have no category, brand or attribute; simulated shoppers choose by those"
        )
    return traits


def _codes(values: Sequence[object]) -> Codes:
    numbers: dict[object, int] = {}
    return np.array(
        [numbers.setdefault(value, len(numbers)) if value else NONE for value in values], np.int64
    )


def _colour(product: Product) -> AttributeValue:
    return next((product.attributes[name] for name in _COLOURS if name in product.attributes), "")


def _style(products: Sequence[Product]) -> Codes:
    names = sorted({name for product in products for name in product.attributes} - {*_COLOURS})
    columns = []
    for name in names:
        values = [product.attributes.get(name, "") for product in products]
        if not all(isinstance(value, str | tuple) for value in values):
            continue
        codes = _codes(values)
        if 1 <= codes.max(initial=NONE) < _STYLE_VALUES:
            columns.append(codes)
    return np.stack(columns, axis=1) if columns else np.full((len(products), 0), NONE, np.int64)


def _price_levels(products: Sequence[Product], wide: Codes) -> npt.NDArray[np.float64]:
    levels = np.zeros(len(products))
    logs = np.array([float(product.price or 0) for product in products])
    has_price = logs > 0
    logs[has_price] = np.log(logs[has_price])
    for category in np.unique(wide):
        rows = np.flatnonzero((wide == category) & has_price)
        spread = logs[rows].std() if len(rows) else 0.0
        if spread > 0:
            levels[rows] = (logs[rows] - logs[rows].mean()) / spread
    return levels
