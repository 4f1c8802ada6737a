"""The first tables: feeds, products, images and what has been encoded.

Types are spelt out here and not taken from ``schema``: a migration says what was true when it
was written.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "catalogue",
        sa.Column(
            "id",
            sa.String(length=32),
            nullable=False,
            comment="random; the collection's manifest has it",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue"),
    )
    op.create_table(
        "encoders",
        sa.Column("id", _ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dim", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_encoders"),
        sa.UniqueConstraint("fingerprint", name="uq_encoders_fingerprint"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feeds",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "root",
            sa.Text(),
            nullable=False,
            comment="the folder its relative image paths start from",
        ),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False, comment="how often it has been read"),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
        sa.UniqueConstraint("name", name="uq_feeds_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "images",
        sa.Column("id", _ID, nullable=False, comment="the id in the index"),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="bytes"),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_images"),
        sa.UniqueConstraint("content_hash", name="uq_images_content_hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "encodings",
        sa.Column("encoder_id", _ID, nullable=False),
        sa.Column("image_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["encoder_id"], ["encoders.id"], name="fk_encodings_encoder_id_encoders"
        ),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_encodings_image_id_images"),
        sa.PrimaryKeyConstraint("encoder_id", "image_id", name="pk_encodings"),
        comment="which image has been encoded by which encoder",
    )
    op.create_index("ix_encodings_image_id", "encodings", ["image_id"], unique=False)
    op.create_table(
        "image_sources",
        sa.Column("id", _ID, nullable=False),
        sa.Column("feed_id", _ID, nullable=False),
        sa.Column(
            "location",
            sa.Text(),
            nullable=False,
            comment="path relative to the feed's root, or URL",
        ),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it is rejected"),
        sa.Column(
            "size", sa.BigInteger(), nullable=True, comment="of the file when it was read, bytes"
        ),
        sa.Column(
            "mtime_ns", sa.BigInteger(), nullable=True, comment="of the file when it was read"
        ),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("image_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_image_sources_feed_id_feeds"),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name="fk_image_sources_image_id_images"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_image_sources"),
        sa.UniqueConstraint("feed_id", "location", name="uq_image_sources_feed_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_image_sources_image_id", "image_sources", ["image_id"], unique=False)
    op.create_table(
        "products",
        sa.Column("id", _ID, nullable=False),
        sa.Column("sku", sa.String(length=255), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False, comment="path, joined by ' > '"),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("availability", sa.String(length=16), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=False),
        sa.Column("item_group", sa.Text(), nullable=False),
        sa.Column("attributes", _JSON, nullable=False),
        sa.Column(
            "digest",
            sa.String(length=32),
            nullable=False,
            comment="over all that the feed said of it",
        ),
        sa.Column("feed_id", _ID, nullable=False),
        sa.Column(
            "seen_run",
            sa.BigInteger(),
            nullable=False,
            comment="the feed's run that last listed it",
        ),
        sa.Column(
            "seen_row", sa.BigInteger(), nullable=False, comment="the row of the feed in that run"
        ),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_products_feed_id_feeds"),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("sku", name="uq_products_sku"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_products_brand", "products", ["brand"], unique=False)
    op.create_index("ix_products_category", "products", ["category"], unique=False)
    op.create_index("ix_products_feed_id", "products", ["feed_id"], unique=False)
    op.create_index("ix_products_item_group", "products", ["item_group"], unique=False)
    op.create_index("ix_products_price", "products", ["price"], unique=False)
    op.create_table(
        "product_images",
        sa.Column("product_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_product_images_product_id_products"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["image_sources.id"], name="fk_product_images_source_id_image_sources"
        ),
        sa.PrimaryKeyConstraint("product_id", "position", name="pk_product_images"),
    )
    op.create_index("ix_product_images_source_id", "product_images", ["source_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_product_images_source_id", table_name="product_images")
    op.drop_table("product_images")
    op.drop_index("ix_products_price", table_name="products")
    op.drop_index("ix_products_item_group", table_name="products")
    op.drop_index("ix_products_feed_id", table_name="products")
    op.drop_index("ix_products_category", table_name="products")
    op.drop_index("ix_products_brand", table_name="products")
    op.drop_table("products")
    op.drop_index("ix_image_sources_image_id", table_name="image_sources")
    op.drop_table("image_sources")
    op.drop_index("ix_encodings_image_id", table_name="encodings")
    op.drop_table("encodings")
    op.drop_table("images")
    op.drop_table("feeds")
    op.drop_table("encoders")
    op.drop_table("catalogue")
