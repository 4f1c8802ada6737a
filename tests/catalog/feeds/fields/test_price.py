from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsearch.catalog.feeds.fields.currency import CURRENCIES, SIGNS
from vsearch.catalog.feeds.fields.fault import FieldFault
from vsearch.catalog.feeds.fields.price import parse_price

AMOUNTS = st.decimals(min_value=0, max_value=10**12 - 1, places=2, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("12.50", "12.50", None),
        ("12.50 EUR", "12.50", "EUR"),
        ("EUR 12.50", "12.50", "EUR"),
        ("EUR12.50", "12.50", "EUR"),
        ("12.50eur", "12.50", "EUR"),
        ("€12.50", "12.50", "EUR"),
        ("12,50 €", "12.50", "EUR"),
        ("12,50\u00a0€", "12.50", "EUR"),
        ("$12.50", "12.50", "USD"),
        ("$12.50 CAD", "12.50", "CAD"),
        ("C$ 12.50", "12.50", "CAD"),
        ("¥1200", "1200", "JPY"),
        ("99 zł", "99", "PLN"),
        ("1.299,00", "1299", None),
        ("1,299.00", "1299", None),
        ("1 299,00", "1299", None),
        ("1\u202f299,00 €", "1299", "EUR"),
        ("1'299.00", "1299", None),
        ("CHF 1\u2019299.-", "1299", "CHF"),
        ("1.299.000", "1299000", None),
        ("1,00,000.00", "100000", None),
        ("1299.500", "1299.5", None),
        ("0,299", "0.299", None),
        ("12.500 KWD", "12.5", "KWD"),
        (".99", "0.99", None),
        ("12,-", "12", None),
        ("12.50000", "12.5", None),
        (" 0 ", "0", None),
        (12, "12", None),
        (12.5, "12.5", None),
        (0.1 + 0.2, "0.3", None),
        (Decimal("12.3456"), "12.3456", None),
        ("999999999999.99", "999999999999.99", None),
    ],
)
def test_prices_are_read(text: object, amount: str, currency: str | None) -> None:
    assert parse_price(text) == (Decimal(amount), currency)


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_empty_price_is_none(empty: object) -> None:
    assert parse_price(empty, "EUR") == (None, "EUR")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("abc", "not a price"),
        ("NaN", "not a price"),
        ("inf", "not a price"),
        (float("nan"), "not a price"),
        (float("inf"), "not a price"),
        (True, "not a price"),
        ([1], "not a price"),
        ("1e3", "not a price"),
        ("12 Euro", "not a price"),
        ("☃ 12", "not a price"),
        ("12..5", "not a price"),
        ("1,2,3", "not a price"),
        ("1 2", "not a price"),
        ("٣", "not a price"),
        ("1" * 1000, "not a price"),
        ("-5", "negative"),
        ("€ -5", "negative"),
        (-0.01, "negative"),
        ("1,299", "could be 1299 or 1.299"),
        ("€1.299", "could be 1299 or 1.299"),
        ("12.34567", "more than 4 decimal places"),
        ("1000000000000", "too large"),
        (10.0**300, "too large"),
        ("12 XXX", "not a currency"),
        ("kr 50", "could be DKK, ISK, NOK, SEK"),
    ],
)
def test_what_is_no_certain_price_is_refused(value: object, problem: str) -> None:
    with pytest.raises(FieldFault, match=problem):
        parse_price(value)


def test_a_shared_sign_means_what_the_currency_column_says() -> None:
    assert parse_price("50 kr.", "sek") == (50, "SEK")
    assert parse_price("$50", "AUD") == (50, "AUD")
    assert parse_price("50", "€") == (50, "EUR")


@pytest.mark.parametrize(("text", "column"), [("12 EUR", "USD"), ("€12", "USD"), ("$12", "EUR")])
def test_price_and_currency_column_must_agree(text: str, column: str) -> None:
    with pytest.raises(FieldFault, match=f"but the currency is {column}") as caught:
        parse_price(text, column)
    assert caught.value.field == "currency"


@given(AMOUNTS, st.sampled_from(sorted(CURRENCIES)), st.booleans())
def test_written_plainly_a_price_comes_back(amount: Decimal, code: str, code_first: bool) -> None:
    text = f"{code} {amount}" if code_first else f"{amount} {code}"
    assert parse_price(text) == (amount, code)


@given(AMOUNTS, st.sampled_from([",", ".", " ", "'", "\u202f"]), st.sampled_from(sorted(SIGNS)))
def test_grouped_and_signed_a_price_comes_back(amount: Decimal, group: str, sign: str) -> None:
    decimal_mark = "," if group != "," else "."
    english = f"{amount:,}"
    text = english.translate(str.maketrans({",": group, ".": decimal_mark}))
    assert parse_price(f"{text} {sign}") == (amount, SIGNS[sign][0])


@given(st.text(max_size=80), st.text(max_size=5))
def test_no_text_gets_past_the_bounds(text: str, currency_column: str) -> None:
    try:
        price, currency = parse_price(text, currency_column)
    except FieldFault:
        return
    assert currency is None or currency in CURRENCIES
    if price is not None:
        assert 0 <= price < 10**12
        assert price == round(price, 4)
        assert parse_price(str(price) if price % 1 else f"{price:.2f}", currency) == (
            price,
            currency,
        )
