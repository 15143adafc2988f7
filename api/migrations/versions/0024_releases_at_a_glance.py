"""What readers said of each release is counted from an index, not from every event's row."""

from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

_NAME, _TABLE = "ix_event_digests_release", "event_digests"


def upgrade() -> None:
    op.create_index(_NAME, _TABLE, ["site_id", "release", "lighting"])


def downgrade() -> None:
    op.drop_index(_NAME, _TABLE)
