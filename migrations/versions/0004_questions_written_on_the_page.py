"""questions written on the page"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TYPES = ("single", "multiple", "true_false", "fill_in", "numeric")


def upgrade() -> None:
    """What the bank holds now came from the library, so its text is what was taken over last."""
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retired_reason", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("library_digest", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("library_source", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE questions SET library_digest = COALESCE("
        "(SELECT digest FROM question_versions WHERE question_versions.id = questions.current_id), '')"
    )
    op.create_table(
        "question_drafts",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "in_review", "returned", name="draftstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("type", sa.Enum(*TYPES, name="questiontype", native_enum=False, length=40), nullable=False),
        sa.Column(
            "difficulty",
            sa.Enum("easy", "medium", "hard", name="difficulty", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("competency", sa.String(length=10), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("stem_text", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("author_ids", sa.JSON(), nullable=False),
        sa.Column("saved_by", sa.String(length=80), nullable=False),
        sa.Column("saved_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_question_drafts_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_drafts")),
        sa.UniqueConstraint("question_id", name=op.f("uq_question_drafts_question_id")),
    )
    with op.batch_alter_table("question_drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_drafts_state"), ["state"], unique=False)
    op.create_table(
        "question_tags",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_question_tags_question_id_questions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_tags")),
        sa.UniqueConstraint("question_id", "label", name=op.f("uq_question_tags_question_id")),
    )
    with op.batch_alter_table("question_tags", schema=None) as batch_op:
        batch_op.create_index("ix_question_tags_label", ["label"], unique=False)
    op.create_table(
        "question_moves",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column(
            "verb",
            sa.Enum(
                "sent", "withdrawn", "returned", "published", "discarded", "retired", "restored",
                name="verb", native_enum=False, length=40,
            ),
            nullable=False,
        ),
        sa.Column("version_number", sa.Integer(), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_label", sa.String(length=80), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_question_moves_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_moves")),
    )  # fmt: skip
    with op.batch_alter_table("question_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_moves_question_id"), ["question_id"], unique=False)


def downgrade() -> None:
    op.drop_table("question_moves")
    op.drop_table("question_tags")
    op.drop_table("question_drafts")
    with op.batch_alter_table("questions", schema=None) as batch_op:
        for name in ("library_source", "library_digest", "edition", "retired_reason"):
            batch_op.drop_column(name)
