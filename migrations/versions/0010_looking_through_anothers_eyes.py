"""looking through another's eyes"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("user_sessions") as table:
        table.add_column(sa.Column("viewing_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("viewing_until", lms.db.Instant(timezone=True), nullable=True))
        table.create_foreign_key(op.f("fk_user_sessions_viewing_id_persons"), "persons", ["viewing_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("user_sessions") as table:
        table.drop_constraint(op.f("fk_user_sessions_viewing_id_persons"), type_="foreignkey")
        table.drop_column("viewing_until")
        table.drop_column("viewing_id")
