"""Individuals, jobs, and where imported frames come from."""

import sqlalchemy as sa
from alembic import op

from api.database import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "individuals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("life_stage", sa.String(length=16), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("digit", sa.Integer(), nullable=True),
        sa.Column("added_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_individuals_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_individuals")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_individuals_site_id_name")),
    )
    op.create_table(
        "reference_pictures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("individual_id", sa.Integer(), nullable=False),
        sa.Column("detection_id", sa.String(length=36), nullable=False),
        sa.Column("box", sa.JSON(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["detection_id"], ["detections.id"], name=op.f("fk_reference_pictures_detection_id")
        ),
        sa.ForeignKeyConstraint(
            ["individual_id"], ["individuals.id"], name=op.f("fk_reference_pictures_individual_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_pictures")),
        sa.UniqueConstraint(
            "individual_id",
            "detection_id",
            name=op.f("uq_reference_pictures_individual_id_detection_id"),
        ),
    )
    op.create_table(
        "individual_sightings",
        sa.Column("individual_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_individual_sightings_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["individual_id"],
            ["individuals.id"],
            name=op.f("fk_individual_sightings_individual_id"),
        ),
        sa.PrimaryKeyConstraint("individual_id", "event_id", name=op.f("pk_individual_sightings")),
    )
    op.create_index(op.f("ix_individual_sightings_event_id"), "individual_sightings", ["event_id"])
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("wishes", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("beat_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_jobs_person_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_jobs_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_site_id"), "jobs", ["site_id"])
    op.create_index("ix_jobs_state", "jobs", ["state", "asked_at"])
    op.create_table(
        "imported_frames",
        sa.Column("detection_id", sa.String(length=36), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("foreign_id", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["detection_id"], ["detections.id"], name=op.f("fk_imported_frames_detection_id")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_imported_frames_job_id")),
        sa.PrimaryKeyConstraint("detection_id", name=op.f("pk_imported_frames")),
    )
    op.create_index(op.f("ix_imported_frames_job_id"), "imported_frames", ["job_id"])


def downgrade() -> None:
    for table in (
        "imported_frames",
        "jobs",
        "individual_sightings",
        "reference_pictures",
        "individuals",
    ):
        op.drop_table(table)
