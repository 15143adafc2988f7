"""Paths of herds and what people put right about them; when geofences count, and how surely."""

import sqlalchemy as sa
from alembic import op

from api.database import Moment

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("herds", sa.Column("path", sa.JSON(), server_default="[]", nullable=False))
    for column in (
        sa.Column("confidence", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("schedule", sa.JSON(), nullable=True),
        sa.Column("removed_at", Moment(), nullable=True),
    ):
        op.add_column("geofences", column)
    op.create_table(
        "herd_corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("herd_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("event_ids", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_herd_corrections_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_herd_corrections_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_herd_corrections")),
    )
    op.create_index(op.f("ix_herd_corrections_site_id"), "herd_corrections", ["site_id"])


def downgrade() -> None:
    op.drop_table("herd_corrections")
    with op.batch_alter_table("geofences") as geofences:
        for column in ("removed_at", "schedule", "confidence"):
            geofences.drop_column(column)
    with op.batch_alter_table("herds") as herds:
        herds.drop_column("path")
