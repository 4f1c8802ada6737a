"""Currency codes, and the signs that stand for them."""

from __future__ import annotations

from types import MappingProxyType

from vsearch.catalog.feeds.fields.fault import FieldFault, quoted

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN
BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD
FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY
KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR
RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER
ZAR ZMW ZWG
"""

#: ISO 4217, the currencies in circulation.
CURRENCIES = frozenset(_CODES.split())

#: What a sign may stand for, the one it means on its own first.
SIGNS = MappingProxyType(
    {
        "€": ("EUR",),
        "£": ("GBP", "EGP", "FKP", "GIP", "SHP"),
        "$": (
            *("USD", "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "CLP", "COP", "FJD"),
            *("GYD", "HKD", "JMD", "KYD", "LRD", "MXN", "NAD", "NZD", "SBD", "SGD", "SRD"),
            *("TTD", "TWD", "UYU", "XCD", "ARS"),
        ),
        "US$": ("USD",),
        "C$": ("CAD", "NIO"),
        "CA$": ("CAD",),
        "A$": ("AUD",),
        "AU$": ("AUD",),
        "NZ$": ("NZD",),
        "HK$": ("HKD",),
        "S$": ("SGD",),
        "R$": ("BRL",),
        "¥": ("JPY", "CNY"),
        "₹": ("INR",),
        "₩": ("KRW", "KPW"),
        "₺": ("TRY",),
        "₽": ("RUB",),
        "₴": ("UAH",),
        "₪": ("ILS",),
        "₫": ("VND",),
        "฿": ("THB",),
        "₱": ("PHP",),
        "₦": ("NGN",),
        "₸": ("KZT",),
        "zł": ("PLN",),
        "Kč": ("CZK",),
        "Ft": ("HUF",),
        "лв": ("BGN",),
        "lei": ("RON", "MDL"),
    }
)

#: Signs that mean nothing certain without a currency column.
SHARED_SIGNS = MappingProxyType({"kr": ("DKK", "ISK", "NOK", "SEK")})

_BY_FOLDED_SIGN = {sign.casefold(): codes for sign, codes in SIGNS.items()}


def parse_currency(text: str) -> str:
    """Read a currency column: an ISO 4217 code in any case, or a sign with one meaning.

    Raises:
        FieldFault: it is neither.
    """
    code = text.upper()
    if code in CURRENCIES:
        return code
    codes = _BY_FOLDED_SIGN.get(text.casefold().removesuffix("."))
    if codes is None:
        raise FieldFault("currency", f"{quoted(text)} is not a currency; write it like EUR")
    return codes[0]


def currency_of_mark(mark: str, stated: str | None) -> str | None:
    """The currency that a mark beside a number means, given what the currency column says.

    ``"$"`` is USD on its own and agrees with a column that says CAD.

    Returns:
        A code, or None where the mark is no currency at all.

    Raises:
        FieldFault: the mark contradicts the column, or could be several.
    """
    code = mark.upper()
    folded = mark.casefold().removesuffix(".")
    meanings = (code,) if code in CURRENCIES else _BY_FOLDED_SIGN.get(folded, ())
    shared = SHARED_SIGNS.get(folded, ())
    if not meanings and not shared:
        return None
    if stated is None:
        if shared:
            choice = ", ".join(shared)
            raise FieldFault("currency", f"{quoted(mark)} could be {choice}; add a currency column")
        return meanings[0]
    if stated not in (*meanings, *shared):
        raise FieldFault("currency", f"the price says {quoted(mark)} but the currency is {stated}")
    return stated
