"""The ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_ledger_site_id")),
        sa.PrimaryKeyConstraint("site_id", "number", name=op.f("pk_ledger")),
    )
    op.create_index(op.f("ix_ledger_alert_id"), "ledger", ["alert_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_ledger_alert_id"), table_name="ledger")
    op.drop_table("ledger")
