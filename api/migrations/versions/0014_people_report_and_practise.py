"""What people report, what open apps showed, and drills."""

import sqlalchemy as sa
from alembic import op

from api.database import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("uncertainty_m", sa.Double(), nullable=False),
        sa.Column("positioned", sa.String(length=8), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(length=2), nullable=True),
        sa.Column("media_sha256", sa.String(length=64), nullable=True),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("believed_at", Moment(), nullable=True),
        sa.Column("believed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_reports_site_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_reports_person_id")),
        sa.ForeignKeyConstraint(
            ["believed_by"], ["people.id"], name=op.f("fk_reports_believed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_site_seen", "reports", ["site_id", "seen_at"])
    op.create_index("ix_reports_person_received", "reports", ["person_id", "received_at"])
    op.create_table(
        "glances",
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("shown_at", Moment(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_glances_alert_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_glances_person_id")),
        sa.PrimaryKeyConstraint("alert_id", "person_id", name=op.f("pk_glances")),
    )
    op.create_index(op.f("ix_glances_person_id"), "glances", ["person_id"])
    op.create_table(
        "drills",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("herd_id", sa.Integer(), nullable=False),
        sa.Column("ordered_by", sa.Integer(), nullable=True),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_drills_site_id")),
        sa.ForeignKeyConstraint(["herd_id"], ["herds.id"], name=op.f("fk_drills_herd_id")),
        sa.ForeignKeyConstraint(["ordered_by"], ["people.id"], name=op.f("fk_drills_ordered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drills")),
        sa.UniqueConstraint("herd_id", name=op.f("uq_drills_herd_id")),
    )
    op.create_index(op.f("ix_drills_site_id"), "drills", ["site_id"])
    op.create_table(
        "drill_people",
        sa.Column("drill_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["drill_id"], ["drills.id"], name=op.f("fk_drill_people_drill_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_drill_people_person_id")
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_drill_people_alert_id")),
        sa.PrimaryKeyConstraint("drill_id", "person_id", name=op.f("pk_drill_people")),
    )
    op.create_index(op.f("ix_drill_people_person_id"), "drill_people", ["person_id"])
    op.create_index(op.f("ix_drill_people_alert_id"), "drill_people", ["alert_id"])


def downgrade() -> None:
    for table in ("drill_people", "drills", "glances", "reports"):
        op.drop_table(table)
