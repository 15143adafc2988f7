"""Frames below the threshold."""

import sqlalchemy as sa
from alembic import op

from api.database import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "samples",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.String(length=80), nullable=False),
        sa.Column("captured_at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("clock", sa.String(length=16), nullable=False),
        sa.Column("lighting", sa.String(length=16), nullable=False),
        sa.Column("release", sa.String(length=80), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("floor", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("boxes", sa.JSON(), nullable=False),
        sa.Column("stratum", sa.String(length=16), nullable=False),
        sa.Column("window_began_at", Moment(), nullable=False),
        sa.Column("inclusion_probability", sa.Double(), nullable=False),
        sa.Column("media_sha256", sa.String(length=64), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_samples_site_id")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_samples_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
    )
    op.create_index("ix_samples_site_captured", "samples", ["site_id", "captured_at"])
    op.create_index(op.f("ix_samples_station_id"), "samples", ["station_id"])


def downgrade() -> None:
    op.drop_table("samples")
