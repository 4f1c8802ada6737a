"""Words to find products by, the names of attributes, and a count of changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = ("title", "brand", "category", "description")

# FTS5 reads the texts from products itself (external content), so that they are kept once. The
# three triggers are the ones its manual asks for. Re-reading an unchanged feed touches none of
# the columns, and so none of the triggers.
_SQLITE = (
    """
    CREATE VIRTUAL TABLE product_words USING fts5(
        title, brand, category, description, content='products', content_rowid='id',
        tokenize='unicode61 remove_diacritics 2'
    )
    """,
    # Fewer merges while a feed is read, a tenth of what the words cost there.
    "INSERT INTO product_words(product_words, rank) VALUES ('automerge', 8)",
    """
    CREATE TRIGGER product_words_added AFTER INSERT ON products BEGIN
        INSERT INTO product_words(rowid, title, brand, category, description)
        VALUES (new.id, new.title, new.brand, new.category, new.description);
    END
    """,
    """
    CREATE TRIGGER product_words_removed AFTER DELETE ON products BEGIN
        INSERT INTO product_words(product_words, rowid, title, brand, category, description)
        VALUES ('delete', old.id, old.title, old.brand, old.category, old.description);
    END
    """,
    """
    CREATE TRIGGER product_words_changed
    AFTER UPDATE OF title, brand, category, description ON products
    WHEN old.title <> new.title OR old.brand <> new.brand
        OR old.category <> new.category OR old.description <> new.description
    BEGIN
        INSERT INTO product_words(product_words, rowid, title, brand, category, description)
        VALUES ('delete', old.id, old.title, old.brand, old.category, old.description);
        INSERT INTO product_words(rowid, title, brand, category, description)
        VALUES (new.id, new.title, new.brand, new.category, new.description);
    END
    """,
    "INSERT INTO product_words(product_words) VALUES ('rebuild')",
    "INSERT INTO attribute_names SELECT DISTINCT a.key FROM products, json_each(attributes) a",
)


# In PostgreSQL, upper case beyond ASCII is a matter of how the database was set up.
_CAPITALS = "".join(
    chr(code)
    for start, end in ((0x0391, 0x03AA), (0x0400, 0x0430), (0x0531, 0x0557))  # Greek, Cyrillic, …
    for code in range(start, end)
    if len(chr(code).lower()) == 1
)
_PUNCTUATION = r"[!-/:-@\[-`{-~\u00b7\u2013\u2014\u2019]+"


def _vector(column: str, weight: str) -> str:
    # The bound keeps the longest of texts within what a tsvector holds.
    text = f"left({column}, 50000)"
    # Letters lose their accents. Most texts have none, and translate is slow.
    letters = f"regexp_replace(normalize({text}, NFKD), '[\\u0300-\\u036f]', '', 'g')"
    folded = (
        f"CASE WHEN {column} ~ '[\\u0370-\\u0556]'"
        f" THEN translate({letters}, '{_CAPITALS}', '{_CAPITALS.lower()}')"
        f" WHEN {column} ~ '[^\\u0001-\\u007f]' THEN {letters} ELSE {text} END"
    )
    # PostgreSQL's parser would take "0.3-l/bottle" for a path and "shop.example" for a host:
    # punctuation becomes spaces, as FTS5 has it.
    words = f"regexp_replace({folded}, '{_PUNCTUATION}', ' ', 'g')"
    return f"setweight(to_tsvector('simple', {words}), '{weight}')"


def _postgresql() -> tuple[str, ...]:
    vectors = (_vector(name, weight) for name, weight in zip(_COLUMNS, "ABCD", strict=True))
    words = f"words tsvector GENERATED ALWAYS AS ({' || '.join(vectors)}) STORED"
    return (
        f"ALTER TABLE products ADD COLUMN {words}",
        "CREATE INDEX ix_products_words ON products USING gin (words)",
        "INSERT INTO attribute_names SELECT DISTINCT jsonb_object_keys(attributes) FROM products",
    )


def upgrade() -> None:
    op.add_column(
        "catalogue",
        sa.Column(
            "revision",
            sa.BigInteger(),
            nullable=False,
            server_default=sa.text("0"),
            comment="how many transactions have changed something",
        ),
    )
    op.create_table(
        "attribute_names",
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_attribute_names"),
        comment="every name that an attribute of some product has or had",
    )
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _postgresql():
        # Not op.execute: it would take a colon in a statement for a parameter.
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for trigger in ("added", "removed", "changed"):
            connection.exec_driver_sql(f"DROP TRIGGER product_words_{trigger}")
        connection.exec_driver_sql("DROP TABLE product_words")
    else:
        connection.exec_driver_sql("DROP INDEX ix_products_words")
        connection.exec_driver_sql("ALTER TABLE products DROP COLUMN words")
    op.drop_table("attribute_names")
    op.drop_column("catalogue", "revision")
