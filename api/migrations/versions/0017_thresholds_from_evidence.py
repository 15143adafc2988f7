"""Stations hour by hour, digests of events, labels of samples, thresholds' reports and changes."""

import sqlalchemy as sa
from alembic import op

from api.database import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "threshold_work",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("wanted_at", Moment(), nullable=False),
        sa.Column("began_at", Moment(), nullable=True),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("balance", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_threshold_work_site_id")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_threshold_work")),
    )
    op.create_table(
        "sample_labels",
        sa.Column("sample_id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("is_elephant", sa.Boolean(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_sample_labels_person_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_sample_labels_site_id")),
        sa.PrimaryKeyConstraint("sample_id", name=op.f("pk_sample_labels")),
    )
    op.create_index(op.f("ix_sample_labels_site_id"), "sample_labels", ["site_id"])
    op.create_table(
        "station_hours",
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("hour", Moment(), nullable=False),
        sa.Column("battery_percent", sa.Double(), nullable=True),
        sa.Column("is_charging", sa.Boolean(), nullable=True),
        sa.Column("temperature_c", sa.Double(), nullable=True),
        sa.Column("queue_length", sa.Integer(), nullable=False),
        sa.Column("blind", sa.JSON(), nullable=False),
        sa.Column("cameras", sa.JSON(), nullable=False),
        sa.Column("sharpness", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_station_hours_station_id")
        ),
        sa.PrimaryKeyConstraint("station_id", "hour", name=op.f("pk_station_hours")),
    )
    op.create_table(
        "threshold_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.String(length=80), nullable=False),
        sa.Column("lighting", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("promised", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("reverted_at", Moment(), nullable=True),
        sa.Column("reverted_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_threshold_changes_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_threshold_changes_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threshold_changes")),
    )
    op.create_index(op.f("ix_threshold_changes_site_id"), "threshold_changes", ["site_id"])
    op.create_table(
        "threshold_reports",
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.String(length=80), nullable=False),
        sa.Column("lighting", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("as_of", Moment(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_threshold_reports_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_threshold_reports_station_id")
        ),
        sa.PrimaryKeyConstraint(
            "station_id", "deployment_id", "lighting", name=op.f("pk_threshold_reports")
        ),
    )
    op.create_index(op.f("ix_threshold_reports_site_id"), "threshold_reports", ["site_id"])
    op.create_table(
        "event_digests",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.String(length=80), nullable=False),
        sa.Column("lighting", sa.String(length=16), nullable=False),
        sa.Column("release", sa.String(length=80), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("foot_left", sa.Double(), nullable=True),
        sa.Column("foot_top", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_digests_event_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_event_digests_site_id")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_event_digests_station_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_digests")),
    )
    op.create_index(
        "ix_event_digests_place",
        "event_digests",
        ["site_id", "station_id", "started_at"],
    )


def downgrade() -> None:
    op.drop_index("ix_event_digests_place", table_name="event_digests")
    op.drop_table("event_digests")
    op.drop_index(op.f("ix_threshold_reports_site_id"), table_name="threshold_reports")
    op.drop_table("threshold_reports")
    op.drop_index(op.f("ix_threshold_changes_site_id"), table_name="threshold_changes")
    op.drop_table("threshold_changes")
    op.drop_table("station_hours")
    op.drop_index(op.f("ix_sample_labels_site_id"), table_name="sample_labels")
    op.drop_table("sample_labels")
    op.drop_table("threshold_work")
