"""Who follows a geofence is found without looking at every phone."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_follows_geofence_id", "follows", ["geofence_id"])


def downgrade() -> None:
    op.drop_index("ix_follows_geofence_id", table_name="follows")
