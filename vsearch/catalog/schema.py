"""The tables, for SQLite and PostgreSQL alike; ``migrations/`` creates and changes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)

from vsearch.catalog.column_types import Id, Json, Money, UtcDateTime

#: What stands between the parts of a category path in the database.
CATEGORY_SEPARATOR = " > "

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
    Column(
        "indexed_revision",
        BigInteger,
        comment="the revision that the index was last known to agree with",
    ),
    Column("indexed_generation", BigInteger, comment="the generation that it agreed with"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Id, primary_key=True),
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
    Column("id", Id, primary_key=True),
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
    Column("attributes", Json, nullable=False),
    Column("digest", String(32), nullable=False, comment="over all that the feed said of it"),
    Column("feed_id", Id, ForeignKey("feeds.id"), nullable=False),
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
    Column("id", Id, primary_key=True, comment="the id in the index"),
    Column("content_hash", String(64), nullable=False, unique=True),
    Column("size", BigInteger, nullable=False, comment="bytes"),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    sqlite_autoincrement=True,
)

image_sources = Table(
    "image_sources",
    metadata,
    Column("id", Id, primary_key=True),
    Column("feed_id", Id, ForeignKey("feeds.id"), nullable=False),
    Column("location", Text, nullable=False, comment="path relative to the feed's root, or URL"),
    Column("status", String(16), nullable=False),
    Column("reason", Text, nullable=False, comment="why it is rejected"),
    Column("size", BigInteger, comment="of the file when it was read, bytes"),
    Column("mtime_ns", BigInteger, comment="of the file when it was read"),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("image_id", Id, ForeignKey("images.id"), index=True),
    UniqueConstraint("feed_id", "location"),
    sqlite_autoincrement=True,
)

product_images = Table(
    "product_images",
    metadata,
    Column("product_id", Id, ForeignKey("products.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("source_id", Id, ForeignKey("image_sources.id"), nullable=False, index=True),
)

encoders = Table(
    "encoders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("dim", Integer, nullable=False),
    sqlite_autoincrement=True,
)

encodings = Table(
    "encodings",
    metadata,
    Column("encoder_id", Id, ForeignKey("encoders.id"), primary_key=True),
    Column("image_id", Id, ForeignKey("images.id"), primary_key=True, index=True),
    comment="which image has been encoded by which encoder",
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(16), primary_key=True, comment="random; the part that may be shown"),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False, unique=True, comment="SHA-256 of the secret"),
    Column("scopes", Text, nullable=False, comment="joined by commas"),
    Column("per_minute", Integer, comment="how many requests; the service's own bound where null"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True, comment="random"),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("spec", Json, nullable=False, comment="what is to be done"),
    Column("progress", Json, nullable=False, comment="stage, done, total, unit"),
    Column("summary", Json, comment="what was done"),
    Column("problem", Text, nullable=False, comment="why it failed"),
    Column("worker", Text, nullable=False, comment="host and process that runs it"),
    Column("created_by", Text, nullable=False, comment="id of an API key"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Index("ix_jobs_state", "state", "created_at"),
)

job_rejections = Table(
    "job_rejections",
    metadata,
    Column("job_id", String(32), ForeignKey("jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("place", Text, nullable=False, comment="row of the feed, or location of an image"),
    Column("field", Text, nullable=False),
    Column("problem", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("sku", String(255), nullable=False, comment="may have left the catalogue"),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("user_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("query_id", Text, nullable=False),
    Column("position", Integer, comment="among the hits, from 1"),
    Column("quantity", Integer),
    Column("received_at", UtcDateTime, nullable=False),
    Column(
        "digest",
        LargeBinary(16),
        comment="of all that was told, the moment first; null where no moment was told",
    ),
    Index("uq_events_digest", "digest", unique=True),
    # What has been read by id stays read: an id is never given again.
    sqlite_autoincrement=True,
)
for _shopper in (events.c.user_id, events.c.session_id):
    # A shopper's newest, at once; of events that are nobody's the index has nothing.
    Index(
        f"ix_events_{_shopper.name}",
        _shopper,
        events.c.at,
        sqlite_where=_shopper != literal_column("''"),
        postgresql_where=_shopper != literal_column("''"),
    )

event_removals = Table(
    "event_removals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "number",
        BigInteger,
        nullable=False,
        comment="how many transactions have removed events",
    ),
)

#: What finds products by their words: of each database its own, and so not in ``metadata``.
#: In SQLite a virtual table beside ``products``, kept in step by triggers; in PostgreSQL a
#: generated column of ``products`` with an index of its own.
WORDS_TABLE = "product_words"
WORDS_COLUMN = "words"
WORDS_INDEX = "ix_products_words"
