"""lessons edited in the browser"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = lms.db.Instant(timezone=True)



def upgrade() -> None:
    op.add_column("courses", sa.Column("needs_review", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("courses", sa.Column("is_local", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("courses", sa.Column("source_digest", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("courses", sa.Column("edited_at", INSTANT, nullable=True))

    op.add_column("course_units", sa.Column("is_local", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("course_units", sa.Column("source_digest", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("course_units", sa.Column("saves", sa.Integer(), nullable=False, server_default="0"))

    op.add_column(
        "lesson_versions",
        sa.Column(
            "origin",
            sa.Enum("library", "browser", name="versionorigin", native_enum=False, length=40),
            nullable=False,
            server_default="library",
        )
    )
    op.add_column("lesson_versions", sa.Column("title_en", sa.String(length=120), nullable=False, server_default=""))
    op.add_column("lesson_versions", sa.Column("note", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("lesson_versions", sa.Column("author", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("lesson_versions", sa.Column("reviewer", sa.String(length=80), nullable=False, server_default=""))
    for name in ("author_id", "reviewer_id"):
        _refer_to_persons("lesson_versions", name)

    op.create_table(
        "lesson_drafts",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column(
            "state", sa.Enum("editing", "in_review", name="draftstate", native_enum=False, length=40), nullable=False
        ),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("competencies", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("author_ids", sa.JSON(), nullable=False),
        sa.Column("editor_id", sa.Integer(), nullable=True),
        sa.Column("editor", sa.String(length=80), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("edited_at", INSTANT, nullable=False),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("submitter", sa.String(length=80), nullable=False),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["course_units.id"], name=op.f("fk_lesson_drafts_unit_id_course_units")),
        sa.ForeignKeyConstraint(["editor_id"], ["persons.id"], name=op.f("fk_lesson_drafts_editor_id_persons")),
        sa.ForeignKeyConstraint(["submitter_id"], ["persons.id"], name=op.f("fk_lesson_drafts_submitter_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_drafts")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_lesson_drafts_unit_id")),
    )
    with op.batch_alter_table("lesson_drafts", schema=None) as batch_op:
        batch_op.create_index("ix_lesson_drafts_state", ["state"], unique=False)

    op.create_table(
        "draft_copies",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum("conflict", "discarded", "restored", name="copyreason", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("competencies", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["course_units.id"], name=op.f("fk_draft_copies_unit_id_course_units")),
        sa.ForeignKeyConstraint(["author_id"], ["persons.id"], name=op.f("fk_draft_copies_author_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_copies")),
    )
    with op.batch_alter_table("draft_copies", schema=None) as batch_op:
        batch_op.create_index("ix_draft_copies_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "pictures",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("suffix", sa.String(length=4), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", INSTANT, nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["persons.id"], name=op.f("fk_pictures_author_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("digest", name=op.f("uq_pictures_digest")),
    )


def _refer_to_persons(table: str, name: str) -> None:
    """Add a column that may name a person. SQLite would have to make the table anew, which its readings forbid."""
    key = f"fk_{table}_{name}_persons"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} INTEGER CONSTRAINT {key} REFERENCES persons (id)")
        return
    op.add_column(table, sa.Column(name, sa.Integer(), nullable=True))
    op.create_foreign_key(key, table, "persons", [name], ["id"])


def downgrade() -> None:
    for table in ("pictures", "draft_copies", "lesson_drafts"):
        op.drop_table(table)
    for table, names in (
        ("lesson_versions", ("reviewer", "reviewer_id", "author", "author_id", "note", "title_en", "origin")),
        ("course_units", ("saves", "source_digest", "is_local")),
        ("courses", ("edited_at", "source_digest", "is_local", "needs_review")),
    ):
        for name in names:
            op.drop_column(table, name)
