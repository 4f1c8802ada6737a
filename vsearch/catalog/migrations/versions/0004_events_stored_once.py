"""Events that are stored once however often they are sent, read by shopper, forgotten visibly."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SHOPPERS = ("user_id", "session_id")


def upgrade() -> None:
    op.add_column(
        "events",
        sa.Column(
            "digest",
            sa.LargeBinary(length=16),
            nullable=True,
            comment="of all that was told, the moment first; null where no moment was told",
        ),
    )
    op.create_index("uq_events_digest", "events", ["digest"], unique=True)
    # Nobody asks for the events of one product.
    op.drop_index("ix_events_sku", table_name="events")
    for column in _SHOPPERS:
        op.drop_index(f"ix_events_{column}", table_name="events")
        is_known = sa.text(f"{column} <> ''")
        op.create_index(
            f"ix_events_{column}",
            "events",
            [column, "at"],
            sqlite_where=is_known,
            postgresql_where=is_known,
        )
    removals = op.create_table(
        "event_removals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "number",
            sa.BigInteger(),
            nullable=False,
            comment="how many transactions have removed events",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_removals"),
    )
    op.bulk_insert(removals, [{"id": 1, "number": 0}])


def downgrade() -> None:
    op.drop_table("event_removals")
    for column in _SHOPPERS:
        op.drop_index(f"ix_events_{column}", table_name="events")
        op.create_index(f"ix_events_{column}", "events", [column], unique=False)
    op.create_index("ix_events_sku", "events", ["sku"], unique=False)
    op.drop_index("uq_events_digest", table_name="events")
    op.drop_column("events", "digest")
