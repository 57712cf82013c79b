"""found by what they came from"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_awards_released_from_id", "awards", ["released_from_id"])
    op.create_index("ix_attempts_result_id", "attempts", ["result_id"])


def downgrade() -> None:
    op.drop_index("ix_attempts_result_id", "attempts")
    op.drop_index("ix_awards_released_from_id", "awards")
