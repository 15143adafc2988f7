"""Wishes, shared cells, further ways to reach people, repeats and escalation."""

import sqlalchemy as sa
from alembic import op

from api.database import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("channel", sa.String(length=16), server_default="web_push", nullable=False),
        sa.Column("rings_from", sa.String(length=16), server_default="watch", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
    ):
        op.add_column("phones", column)
    op.add_column(
        "deliveries", sa.Column("rings", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("deliveries", sa.Column("repeat_at", Moment(), nullable=True))
    op.create_index(op.f("ix_deliveries_repeat_at"), "deliveries", ["repeat_at"])
    _wishes_and_cells()
    _escalation()


def downgrade() -> None:
    for table in ("escalations", "escalation_steps", "shared_cells", "wishes"):
        op.drop_table(table)
    op.drop_index(op.f("ix_deliveries_repeat_at"), "deliveries")
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.drop_column("repeat_at")
        deliveries.drop_column("rings")
    with op.batch_alter_table("phones") as phones:
        for column in ("sealed", "rings_from", "channel"):
            phones.drop_column(column)


def _wishes_and_cells() -> None:
    op.create_table(
        "wishes",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("quiet_from_min", sa.Integer(), nullable=True),
        sa.Column("quiet_until_min", sa.Integer(), nullable=True),
        sa.Column("cooldown_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_wishes_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_wishes")),
    )
    op.create_table(
        "shared_cells",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("cell", sa.String(length=16), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_shared_cells_person_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_shared_cells_site_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_shared_cells")),
    )
    op.create_index("ix_shared_cells_site_cell", "shared_cells", ["site_id", "cell"])
    op.create_index(op.f("ix_shared_cells_expires_at"), "shared_cells", ["expires_at"])


def _escalation() -> None:
    op.create_table(
        "escalation_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("geofence_id", sa.Integer(), nullable=True),
        sa.Column("from_level", sa.String(length=16), nullable=False),
        sa.Column("after_s", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("person_ids", sa.JSON(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["geofence_id"], ["geofences.id"], name=op.f("fk_escalation_steps_geofence_id")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_escalation_steps_site_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_steps")),
    )
    op.create_index(op.f("ix_escalation_steps_site_id"), "escalation_steps", ["site_id"])
    op.create_table(
        "escalations",
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("waited_s", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("ended_because", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_escalations_alert_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_escalations_site_id")),
        sa.PrimaryKeyConstraint("alert_id", "level", name=op.f("pk_escalations")),
    )
    op.create_index(op.f("ix_escalations_due_at"), "escalations", ["due_at"])
