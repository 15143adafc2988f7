"""Labels, what is worked out from them, and the queue of events."""

import sqlalchemy as sa
from alembic import op

from api.database import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "labels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("detection_id", sa.String(length=36), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("said_by", sa.String(length=200), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("takes_back", sa.Integer(), nullable=True),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("settles", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("behaviour", sa.Text(), nullable=False),
        sa.Column("individuals", sa.JSON(), nullable=False),
        sa.Column("boxes", sa.JSON(), nullable=True),
        sa.Column("network", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["detection_id"], ["detections.id"], name=op.f("fk_labels_detection_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_labels_event_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_labels_person_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_labels_site_id")),
        sa.ForeignKeyConstraint(["takes_back"], ["labels.id"], name=op.f("fk_labels_takes_back")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sa.UniqueConstraint("key", name=op.f("uq_labels_key")),
        sa.UniqueConstraint("takes_back", name=op.f("uq_labels_takes_back")),
    )
    op.create_index(op.f("ix_labels_event_id"), "labels", ["event_id"])
    op.create_index(op.f("ix_labels_person_id"), "labels", ["person_id"])
    op.create_index(op.f("ix_labels_site_id"), "labels", ["site_id"])
    op.create_table(
        "readings",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(length=220), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("settles", sa.Boolean(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_readings_event_id")),
        sa.ForeignKeyConstraint(["label_id"], ["labels.id"], name=op.f("fk_readings_label_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_readings_person_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_readings_site_id")),
        sa.PrimaryKeyConstraint("event_id", "reader", name=op.f("pk_readings")),
    )
    op.create_index(op.f("ix_readings_person_id"), "readings", ["person_id"])
    op.create_index(op.f("ix_readings_site_id"), "readings", ["site_id"])
    op.create_table(
        "event_reviews",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.String(length=80), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("lighting", sa.String(length=16), nullable=False),
        sa.Column("doubt", sa.Double(), nullable=False),
        sa.Column("is_new_camera", sa.Boolean(), nullable=False),
        sa.Column("is_new_night", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("readers_wanted", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_reviews_event_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_event_reviews_site_id")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name=op.f("fk_event_reviews_station_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_reviews")),
    )
    op.create_index("ix_event_reviews_camera", "event_reviews", ["station_id", "deployment_id"])
    op.create_index(
        "ix_event_reviews_teaching", "event_reviews", ["site_id", "state", "simulated", "priority"]
    )
    op.create_index(
        "ix_event_reviews_time", "event_reviews", ["site_id", "state", "simulated", "started_at"]
    )
    op.create_table(
        "review_rules",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("second_share", sa.Double(), nullable=False),
        sa.Column("consensus", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_review_rules_site_id")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_review_rules")),
    )
    op.create_index("ix_events_site_started", "events", ["site_id", "started_at"])


def downgrade() -> None:
    op.drop_index("ix_events_site_started", "events")
    for table in ("review_rules", "event_reviews", "readings", "labels"):
        op.drop_table(table)
