"""The tables, for SQLite and PostgreSQL alike; ``migrations/`` creates and changes them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

#: What stands between the parts of a category path in the database.
CATEGORY_SEPARATOR = " > "


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


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# An id is never given twice (sqlite_autoincrement): an older generation of the index may still
# be open, and must not take a new image for a removed one.
_Id = BigInteger().with_variant(Integer, "sqlite")
_Json = JSON().with_variant(JSONB(), "postgresql")

catalogue = Table(
    "catalogue",
    metadata,
    Column("id", String(32), primary_key=True, comment="random; the collection's manifest has it"),
    Column(
        "revision",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="how many transactions have changed something",
    ),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("root", Text, nullable=False, comment="the folder its relative image paths start from"),
    Column("format", String(32), nullable=False),
    Column("run", BigInteger, nullable=False, comment="how often it has been read"),
    Column("read_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

products = Table(
    "products",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("sku", String(255), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("brand", Text, nullable=False),
    Column("category", Text, nullable=False, comment="path, joined by ' > '"),
    Column("price", Money),
    Column("currency", String(3)),
    Column("availability", String(16)),
    Column("url", Text, nullable=False),
    Column("gtin", Text, nullable=False),
    Column("item_group", Text, nullable=False),
    Column("attributes", _Json, nullable=False),
    Column("digest", String(32), nullable=False, comment="over all that the feed said of it"),
    Column("feed_id", _Id, ForeignKey("feeds.id"), nullable=False),
    Column("seen_run", BigInteger, nullable=False, comment="the feed's run that last listed it"),
    Column("seen_row", BigInteger, nullable=False, comment="the row of the feed in that run"),
    Column("added_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_products_item_group", "item_group"),
    Index("ix_products_brand", "brand"),
    Index("ix_products_category", "category"),
    Index("ix_products_price", "price"),
    Index("ix_products_feed_id", "feed_id"),
    sqlite_autoincrement=True,
)

attribute_names = Table(
    "attribute_names",
    metadata,
    Column("name", Text, primary_key=True),
    comment="every name that an attribute of some product has or had",
)

images = Table(
    "images",
    metadata,
    Column("id", _Id, primary_key=True, comment="the id in the index"),
    Column("content_hash", String(64), nullable=False, unique=True),
    Column("size", BigInteger, nullable=False, comment="bytes"),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    sqlite_autoincrement=True,
)

image_sources = Table(
    "image_sources",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("feed_id", _Id, ForeignKey("feeds.id"), nullable=False),
    Column("location", Text, nullable=False, comment="path relative to the feed's root, or URL"),
    Column("status", String(16), nullable=False),
    Column("reason", Text, nullable=False, comment="why it is rejected"),
    Column("size", BigInteger, comment="of the file when it was read, bytes"),
    Column("mtime_ns", BigInteger, comment="of the file when it was read"),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("image_id", _Id, ForeignKey("images.id"), index=True),
    UniqueConstraint("feed_id", "location"),
    sqlite_autoincrement=True,
)

product_images = Table(
    "product_images",
    metadata,
    Column("product_id", _Id, ForeignKey("products.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("source_id", _Id, ForeignKey("image_sources.id"), nullable=False, index=True),
)

encoders = Table(
    "encoders",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("dim", Integer, nullable=False),
    sqlite_autoincrement=True,
)

encodings = Table(
    "encodings",
    metadata,
    Column("encoder_id", _Id, ForeignKey("encoders.id"), primary_key=True),
    Column("image_id", _Id, ForeignKey("images.id"), primary_key=True, index=True),
    comment="which image has been encoded by which encoder",
)

#: What finds products by their words: of each database its own, and so not in ``metadata``.
#: In SQLite a virtual table beside ``products``, kept in step by triggers; in PostgreSQL a
#: generated column of ``products`` with an index of its own.
WORDS_TABLE = "product_words"
WORDS_COLUMN = "words"
WORDS_INDEX = "ix_products_words"
