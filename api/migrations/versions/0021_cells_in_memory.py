"""In which order cells were shared, so that a process sees what is new."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "shared_cells", sa.Column("number", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_index(
        "ix_shared_cells_site_number", "shared_cells", ["site_id", "number", "person_id"]
    )
    op.create_table(
        "cell_sharings",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_cell_sharings_site_id")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_cell_sharings")),
    )
    op.execute(
        "INSERT INTO cell_sharings (site_id, newest) SELECT DISTINCT site_id, 0 FROM shared_cells"
    )


def downgrade() -> None:
    op.drop_table("cell_sharings")
    op.drop_index("ix_shared_cells_site_number", table_name="shared_cells")
    with op.batch_alter_table("shared_cells") as cells:
        cells.drop_column("number")
