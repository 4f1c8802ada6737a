"""Types of columns that SQLite and PostgreSQL keep in ways of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

#: A key that counts up. SQLite gives one out by itself for INTEGER only.
Id = BigInteger().with_variant(Integer, "sqlite")

Json = JSON().with_variant(JSONB(), "postgresql")


class Money(TypeDecorator[Decimal]):
    """A price, kept as a whole number of ten-thousandths.

    SQLite has no decimal type: a price kept as a float compares and sums wrongly.
    """

    impl = BigInteger
    cache_ok = True
    _SCALE = 10_000

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """From a price to ten-thousandths."""
        return None if value is None else int(value * self._SCALE)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """From ten-thousandths to a price with two decimal places, or more if it has them."""
        if value is None:
            return None
        price = Decimal(value) / self._SCALE
        cents = price.quantize(Decimal("0.01"))
        return cents if cents == price else price.normalize()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite drops the zone, so it is taken off and put back here."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Drop the zone, in UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)
