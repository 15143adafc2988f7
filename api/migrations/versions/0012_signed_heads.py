"""Signatures under the ends of the ledger's chains."""

import sqlalchemy as sa
from alembic import op

from api.database import Moment

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_signatures",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("signed_at", Moment(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_ledger_signatures_site_id")
        ),
        sa.PrimaryKeyConstraint("site_id", "signed_at", name=op.f("pk_ledger_signatures")),
    )


def downgrade() -> None:
    op.drop_table("ledger_signatures")
