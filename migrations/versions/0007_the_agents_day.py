"""the agent's day: policy updates with receipts, practice, topics of notices"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TOPICS = {  # as lms/notices/rules.py read on the day of this change
    "learning": ("course", "lesson", "hour_entry"),
    "exam": ("exam", "attempt"),
    "certificate": ("award",),
    "policy": ("policy",),
    "appraisal": ("participation",),
    "work": ("person", "job"),
}


def upgrade() -> None:
    op.create_table(
        "policy_updates",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("version_label", sa.String(length=40), nullable=False),
        sa.Column("clause_number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("change", sa.String(length=200), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_for_all", sa.Boolean(), nullable=False),
        sa.Column("lesson_code", sa.String(length=60), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.String(length=300), nullable=False),
        sa.Column("published_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("published_label", sa.String(length=80), nullable=False),
        sa.Column("withdrawn_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["policy_documents.id"], name=op.f("fk_policy_updates_document_id_policy_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_updates")),
    )
    with op.batch_alter_table("policy_updates", schema=None) as batch_op:
        batch_op.create_index("ix_policy_updates_document_id", ["document_id"], unique=False)
        batch_op.create_index("ix_policy_updates_due_on", ["due_on"], unique=False)
    op.create_table(
        "policy_update_units",
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["update_id"], ["policy_updates.id"], name=op.f("fk_policy_update_units_update_id_policy_updates")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_policy_update_units_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_update_units")),
        sa.UniqueConstraint("update_id", "unit_id", name=op.f("uq_policy_update_units_update_id")),
    )
    with op.batch_alter_table("policy_update_units", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_update_units_unit_id"), ["unit_id"], unique=False)
    op.create_table(
        "policy_receipts",
        sa.Column("update_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("version_label", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("confirmed_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["update_id"], ["policy_updates.id"], name=op.f("fk_policy_receipts_update_id_policy_updates")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_policy_receipts_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_receipts")),
    )
    with op.batch_alter_table("policy_receipts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_policy_receipts_person_id"), ["person_id"], unique=False)
        batch_op.create_index("uq_policy_receipts_update_person", ["update_id", "person_id"], unique=True)
    op.create_table(
        "practice_answers",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("daily_on", sa.Date(), nullable=True),
        sa.Column("set_key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("answered_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_practice_answers_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_practice_answers_question_id_questions")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["question_versions.id"], name=op.f("fk_practice_answers_version_id_question_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_answers")),
    )
    with op.batch_alter_table("practice_answers", schema=None) as batch_op:
        batch_op.create_index("uq_practice_answers_person_daily_on", ["person_id", "daily_on"], unique=True)
        batch_op.create_index(
            "uq_practice_answers_person_set_question", ["person_id", "set_key", "question_id"], unique=True
        )
    op.create_table(
        "notice_preferences",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_notice_preferences_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_preferences")),
    )
    with op.batch_alter_table("notice_preferences", schema=None) as batch_op:
        batch_op.create_index("uq_notice_preferences_person_topic", ["person_id", "topic"], unique=True)
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topic", sa.String(length=20), nullable=False, server_default="general"))
    notices = sa.table("notices", sa.column("topic", sa.String), sa.column("kind", sa.String))
    for topic, kinds in TOPICS.items():
        op.execute(notices.update().where(notices.c.kind.in_(kinds)).values(topic=topic))
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.alter_column("topic", server_default=None)
    with op.batch_alter_table("access_records", schema=None) as batch_op:
        batch_op.add_column(sa.Column("viewed_as", sa.String(length=40), nullable=False, server_default=""))
    with op.batch_alter_table("access_records", schema=None) as batch_op:
        batch_op.alter_column("viewed_as", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("access_records", schema=None) as batch_op:
        batch_op.drop_column("viewed_as")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_column("topic")
    for table in ("notice_preferences", "practice_answers", "policy_receipts", "policy_update_units", "policy_updates"):
        op.drop_table(table)
