"""How often animals were told of in an event, and how many in all."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("looks", sa.Integer(), nullable=False, server_default="0"))
        events.add_column(sa.Column("animals", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("events") as events:
        events.alter_column("looks", server_default=None)
        events.alter_column("animals", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("events") as events:
        events.drop_column("animals")
        events.drop_column("looks")
