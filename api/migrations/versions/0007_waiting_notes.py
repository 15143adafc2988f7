"""Notes that wait to be chained."""

import sqlalchemy as sa
from alembic import op

from api.database import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_waiting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_ledger_waiting_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_waiting")),
    )
    op.create_index(op.f("ix_ledger_waiting_site_id"), "ledger_waiting", ["site_id"])


def downgrade() -> None:
    op.drop_table("ledger_waiting")
