"""What the service keeps: API keys, jobs, what shoppers did, and how far the index has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    for name, comment in (
        ("indexed_revision", "the revision that the index was last known to agree with"),
        ("indexed_generation", "the generation that it agreed with"),
    ):
        op.add_column("catalogue", sa.Column(name, sa.BigInteger(), nullable=True, comment=comment))
    op.create_table(
        "api_keys",
        sa.Column(
            "id",
            sa.String(length=16),
            nullable=False,
            comment="random; the part that may be shown",
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the secret"),
        sa.Column("scopes", sa.Text(), nullable=False, comment="joined by commas"),
        sa.Column(
            "per_minute",
            sa.Integer(),
            nullable=True,
            comment="how many requests; the service's own bound where null",
        ),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=32), nullable=False, comment="random"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("spec", _JSON, nullable=False, comment="what is to be done"),
        sa.Column("progress", _JSON, nullable=False, comment="stage, done, total, unit"),
        sa.Column("summary", _JSON, nullable=True, comment="what was done"),
        sa.Column("problem", sa.Text(), nullable=False, comment="why it failed"),
        sa.Column("worker", sa.Text(), nullable=False, comment="host and process that runs it"),
        sa.Column("created_by", sa.Text(), nullable=False, comment="id of an API key"),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "created_at"], unique=False)
    op.create_table(
        "job_rejections",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "place", sa.Text(), nullable=False, comment="row of the feed, or location of an image"
        ),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_rejections_job_id_jobs"),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_job_rejections"),
    )
    op.create_table(
        "events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "sku",
            sa.String(length=255),
            nullable=False,
            comment="may have left the catalogue",
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("query_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True, comment="among the hits, from 1"),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    for column in ("sku", "at", "user_id", "session_id"):
        op.create_index(f"ix_events_{column}", "events", [column], unique=False)


def downgrade() -> None:
    for table in ("events", "job_rejections", "jobs", "api_keys"):
        op.drop_table(table)
    for name in ("indexed_generation", "indexed_revision"):
        op.drop_column("catalogue", name)
