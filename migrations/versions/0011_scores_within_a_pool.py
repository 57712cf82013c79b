"""scores within a pool"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_participations_cycle_id_pool_total", "participations", ["cycle_id", "pool", "total"])
    op.drop_index("ix_participations_cycle_id_pool", "participations")


def downgrade() -> None:
    op.create_index("ix_participations_cycle_id_pool", "participations", ["cycle_id", "pool"])
    op.drop_index("ix_participations_cycle_id_pool_total", "participations")
