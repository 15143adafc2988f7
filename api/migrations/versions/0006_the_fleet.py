"""Desired configs of stations, releases they are offered, and what they answer."""

import sqlalchemy as sa
from alembic import op

from api.database import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "station_configs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("told_at", Moment(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_station_configs_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_configs")),
        sa.UniqueConstraint(
            "station_id", "version", name=op.f("uq_station_configs_station_id_version")
        ),
    )
    op.create_table(
        "release_offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("release", sa.String(length=80), nullable=False),
        sa.Column("offer", sa.JSON(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("told_at", Moment(), nullable=True),
        sa.Column("step", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("reported_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_release_offers_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_offers")),
        sa.UniqueConstraint(
            "station_id", "digest", name=op.f("uq_release_offers_station_id_digest")
        ),
    )
    op.create_table(
        "station_reports",
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=True),
        sa.Column("config_at", Moment(), nullable=True),
        sa.Column("update", sa.JSON(), nullable=True),
        sa.Column("update_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_station_reports_station_id")
        ),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_station_reports")),
    )


def downgrade() -> None:
    for table in ("station_reports", "release_offers", "station_configs"):
        op.drop_table(table)
