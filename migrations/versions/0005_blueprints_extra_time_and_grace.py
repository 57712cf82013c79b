"""blueprints, extra time and the grace of offline answers"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("papers", sa.Column("family", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("papers", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("papers", sa.Column("row_kind", sa.String(length=40), nullable=False, server_default="topic"))
    op.add_column("papers", sa.Column("locked_at", lms.db.Instant(timezone=True), nullable=True))
    op.execute("UPDATE papers SET family = code")
    op.create_index("uq_papers_family_version", "papers", ["family", "version"], unique=True)
    op.add_column("paper_sections", sa.Column("picks", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("exams", sa.Column("grace_minutes", sa.Integer(), nullable=False, server_default="10"))
    op.add_column("attempts", sa.Column("grace_until", lms.db.Instant(timezone=True), nullable=True))
    op.add_column("answers", sa.Column("given_at", lms.db.Instant(timezone=True), nullable=True))
    op.create_table(
        "extra_times",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=False),
        sa.Column("granted_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_extra_times_days")),
        sa.CheckConstraint("(percent > 0) <> (minutes > 0)", name=op.f("ck_extra_times_amount")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_extra_times_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_times")),
    )
    op.create_index(op.f("ix_extra_times_person_id"), "extra_times", ["person_id"], unique=False)
    op.create_table(
        "extra_time_endings",
        sa.Column("extra_time_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=False),
        sa.Column("ended_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["extra_time_id"], ["extra_times.id"], name=op.f("fk_extra_time_endings_extra_time_id_extra_times")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_time_endings")),
        sa.UniqueConstraint("extra_time_id", name=op.f("uq_extra_time_endings_extra_time_id")),
    )
    op.create_table(
        "attempt_extensions",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=False),
        sa.Column("granted_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("deadline_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_attempt_extensions_attempt_id_attempts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_extensions")),
    )
    op.create_index(op.f("ix_attempt_extensions_attempt_id"), "attempt_extensions", ["attempt_id"], unique=False)


def downgrade() -> None:
    for table in ("attempt_extensions", "extra_time_endings", "extra_times"):
        op.drop_table(table)
    op.drop_index("uq_papers_family_version", table_name="papers")
    for table, column in (
        ("answers", "given_at"),
        ("attempts", "grace_until"),
        ("exams", "grace_minutes"),
        ("paper_sections", "picks"),
        ("papers", "locked_at"),
        ("papers", "row_kind"),
        ("papers", "version"),
        ("papers", "family"),
    ):
        op.drop_column(table, column)
