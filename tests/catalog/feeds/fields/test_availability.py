from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsearch.catalog.feeds.fields.availability import parse_availability
from vsearch.catalog.feeds.fields.fault import FieldFault
from vsearch.catalog.product import Availability


@pytest.mark.parametrize(
    ("meaning", "spellings"),
    [
        (
            Availability.IN_STOCK,
            [
                *("in stock", "in_stock", "In Stock", "InStock", "IN-STOCK", "available"),
                *("https://schema.org/InStock", "http://schema.org/LimitedAvailability"),
                *("limited availability", "yes", "true", "TRUE", "1", "25", "3.0", 7, 0.5, True),
            ],
        ),
        (
            Availability.OUT_OF_STOCK,
            [
                *("out of stock", "out_of_stock", "OutOfStock", "sold out", "no", "false", "0"),
                *("schema.org/SoldOut", "https://schema.org/Discontinued", "-3", 0, -1, False),
            ],
        ),
        (Availability.PREORDER, ["preorder", "pre-order", "Pre Order", "schema.org/PreSale"]),
        (
            Availability.BACKORDER,
            ["backorder", "on backorder", "back-order", "available for order", "made to order"],
        ),
    ],
)
def test_spellings(meaning: Availability, spellings: list[object]) -> None:
    assert {str(spelling): parse_availability(spelling) for spelling in spellings} == {
        str(spelling): meaning for spelling in spellings
    }


@pytest.mark.parametrize("empty", ["", "  ", None, float("nan")])
def test_empty_is_none(empty: object) -> None:
    assert parse_availability(empty) is None


@pytest.mark.parametrize("word", ["maybe", "in stok", "1 2", "12 pieces", "٣"])
def test_other_words_are_refused_with_the_choice(word: str) -> None:
    with pytest.raises(FieldFault, match=rf'"{word}".*write in stock, out of stock, preorder'):
        parse_availability(word)


@given(st.sampled_from(list(Availability)), st.sampled_from(["_", " ", "-", ""]), st.booleans())
def test_our_own_words_in_any_dress(word: Availability, gap: str, capitals: bool) -> None:
    text = word.value.replace("_", gap)
    assert parse_availability(text.upper() if capitals else text) is word
