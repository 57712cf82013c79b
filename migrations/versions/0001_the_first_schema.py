"""the first schema"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_lines",
        sa.Column("at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_label", sa.String(length=80), nullable=False),
        sa.Column("origin", sa.String(length=80), nullable=False),
        sa.Column("verb", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ref_id", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_lines")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_lines_hash")),
    )
    with op.batch_alter_table("audit_lines", schema=None) as batch_op:
        batch_op.create_index("ix_audit_lines_actor_id_at", ["actor_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_lines_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_lines_kind_ref_id", ["kind", "ref_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_lines_verb"), ["verb"], unique=False)

    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_days")),
        sa.UniqueConstraint("day", name=op.f("uq_calendar_days_day")),
    )
    op.create_table(
        "courses",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("track", sa.String(length=1), nullable=False),
        sa.Column("hours_target", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("competencies", sa.JSON(), nullable=False),
        sa.Column("is_mandatory", sa.Boolean(), nullable=False),
        sa.Column("validity_months", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("summary_html", sa.Text(), nullable=False),
        sa.Column("summary_text", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("updated_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.UniqueConstraint("code", name=op.f("uq_courses_code")),
    )
    op.create_table(
        "cycles",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column(
            "kind", sa.Enum("quarterly", "annual", name="cyclekind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("grading_due_on", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("period_to > period_from", name=op.f("ck_cycles_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycles")),
        sa.UniqueConstraint("code", name=op.f("uq_cycles_code")),
    )
    op.create_table(
        "hour_requirements",
        sa.Column(
            "form",
            sa.Enum(
                "civil_servant",
                "institution",
                "direct_contract",
                "dispatch",
                "outsourced",
                name="employmentform",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("hours", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("policy_ref", sa.String(length=60), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hour_requirements")),
    )
    with op.batch_alter_table("hour_requirements", schema=None) as batch_op:
        batch_op.create_index("uq_hour_requirements_form_valid_from", ["form", "valid_from"], unique=True)

    op.create_table(
        "hour_rules",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("activity", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("bands", sa.JSON(), nullable=False),
        sa.Column("minimum_share", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("daily_maximum", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("policy_ref", sa.String(length=60), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hour_rules")),
    )
    with op.batch_alter_table("hour_rules", schema=None) as batch_op:
        batch_op.create_index("uq_hour_rules_code_valid_from", ["code", "valid_from"], unique=True)

    op.create_table(
        "jobs",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("queued", "running", "done", "failed", "cancelled", name="jobstatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("is_cancel_wanted", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("started_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("finished_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_created_by"), ["created_by"], unique=False)
        batch_op.create_index("ix_jobs_status_leased_until", ["status", "leased_until"], unique=False)

    op.create_table(
        "measures",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("unit_label", sa.String(length=20), nullable=False),
        sa.Column("is_rate", sa.Boolean(), nullable=False),
        sa.Column("definition", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measures")),
        sa.UniqueConstraint("code", name=op.f("uq_measures_code")),
    )
    op.create_table(
        "outbox_mails",
        sa.Column("to", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("next_try_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("sent_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mails")),
    )
    with op.batch_alter_table("outbox_mails", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_mails_next_try", ["sent_at", "next_try_at"], unique=False)

    op.create_table(
        "papers",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.Enum("fixed", "drawn", name="paperkind", native_enum=False, length=40), nullable=False),
        sa.Column("course_codes", sa.JSON(), nullable=False),
        sa.Column("has_shuffled_options", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        sa.UniqueConstraint("code", name=op.f("uq_papers_code")),
    )
    op.create_table(
        "persons",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("given_name", sa.String(length=40), nullable=False),
        sa.Column("sort_key", sa.String(length=120), nullable=False),
        sa.Column("certificate_name", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
    )
    with op.batch_alter_table("persons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_persons_sort_key"), ["sort_key"], unique=False)

    op.create_table(
        "policy_documents",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.String(length=120), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("supersedes", sa.JSON(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_documents")),
        sa.UniqueConstraint("code", name=op.f("uq_policy_documents_code")),
        sa.UniqueConstraint("ref", name=op.f("uq_policy_documents_ref")),
    )
    op.create_table(
        "posts",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("is_front_line", sa.Boolean(), nullable=False),
        sa.Column("is_leader", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 9", name=op.f("ck_posts_level")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("code", name=op.f("uq_posts_code")),
    )
    op.create_table(
        "questions",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("course_code", sa.String(length=20), nullable=False),
        sa.Column("current_id", sa.Integer(), nullable=True),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["current_id"], ["question_versions.id"], name="fk_questions_current_id_question_versions", use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("code", name=op.f("uq_questions_code")),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index("ix_questions_course_code_is_retired", ["course_code", "is_retired"], unique=False)

    op.create_table(
        "rate_counts",
        sa.Column("bucket", sa.String(length=80), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_counts")),
    )
    with op.batch_alter_table("rate_counts", schema=None) as batch_op:
        batch_op.create_index("uq_rate_counts_bucket_minute", ["bucket", "minute"], unique=True)

    op.create_table(
        "schemes",
        sa.Column(
            "form",
            sa.Enum(
                "civil_servant",
                "institution",
                "direct_contract",
                "dispatch",
                "outsourced",
                name="employmentform",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("work", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("policy_ref", sa.String(length=60), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schemes")),
    )
    with op.batch_alter_table("schemes", schema=None) as batch_op:
        batch_op.create_index("uq_schemes_form_work_valid_from", ["form", "work", "valid_from"], unique=True)

    op.create_table(
        "search_entries",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("ref_id", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("bigrams", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entries")),
    )
    with op.batch_alter_table("search_entries", schema=None) as batch_op:
        batch_op.create_index("uq_search_entries_kind_ref", ["kind", "ref_id"], unique=True)

    op.create_table(
        "units",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "organ", "institution", "department", "team", "district", name="unitkind", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("line_parent_id", sa.Integer(), nullable=True),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["line_parent_id"], ["units.id"], name=op.f("fk_units_line_parent_id_units")),
        sa.ForeignKeyConstraint(["territory_id"], ["units.id"], name=op.f("fk_units_territory_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_units_line_parent_id"), ["line_parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_units_territory_id"), ["territory_id"], unique=False)

    op.create_table(
        "vendors",
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("contract_number", sa.String(length=60), nullable=False),
        sa.Column("contract_from", sa.Date(), nullable=True),
        sa.Column("contract_to", sa.Date(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "contract_to IS NULL OR contract_to >= contract_from", name=op.f("ck_vendors_contract_days")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendors")),
        sa.UniqueConstraint("code", name=op.f("uq_vendors_code")),
    )
    op.create_table(
        "access_records",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("viewer_id", sa.Integer(), nullable=False),
        sa.Column("viewer_label", sa.String(length=80), nullable=False),
        sa.Column("page", sa.String(length=80), nullable=False),
        sa.Column("at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_access_records_person_id_persons")),
        sa.ForeignKeyConstraint(["viewer_id"], ["persons.id"], name=op.f("fk_access_records_viewer_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_records")),
    )
    with op.batch_alter_table("access_records", schema=None) as batch_op:
        batch_op.create_index("ix_access_records_person_id_at", ["person_id", "at"], unique=False)

    op.create_table(
        "accounts",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("password_changed_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("welcomed_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("size", sa.String(length=10), nullable=False),
        sa.Column("theme", sa.String(length=10), nullable=False),
        sa.Column("has_shortcuts", sa.Boolean(), nullable=False),
        sa.Column(
            "active_role",
            sa.Enum(
                "learner",
                "trainer",
                "line_leader",
                "hr",
                "committee",
                "system_admin",
                "security_admin",
                "audit_admin",
                name="role",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_accounts_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("person_id", name=op.f("uq_accounts_person_id")),
    )
    op.create_table(
        "awards",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("source_kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column(
            "status", sa.Enum("issued", "held", name="awardstatus", native_enum=False, length=40), nullable=False
        ),
        sa.Column("held_reason", sa.String(length=300), nullable=False),
        sa.Column("holder_name", sa.String(length=40), nullable=False),
        sa.Column("post_title", sa.String(length=60), nullable=False),
        sa.Column("unit_name", sa.String(length=60), nullable=False),
        sa.Column("score", lms.db.Exact(precision=14, scale=4), nullable=True),
        sa.Column("hours", lms.db.Exact(precision=14, scale=4), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("endorsing_department", sa.String(length=80), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("facts_hash", sa.String(length=64), nullable=False),
        sa.Column("pdf_hash", sa.String(length=64), nullable=True),
        sa.Column("issued_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("released_from_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'issued') = (pdf_hash IS NOT NULL)", name=op.f("ck_awards_pdf")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_awards_person_id_persons")),
        sa.ForeignKeyConstraint(["released_from_id"], ["awards.id"], name=op.f("fk_awards_released_from_id_awards")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("number", name=op.f("uq_awards_number")),
    )
    with op.batch_alter_table("awards", schema=None) as batch_op:
        batch_op.create_index("ix_awards_person_id_issued_on", ["person_id", "issued_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_awards_subject"), ["subject"], unique=False)
        batch_op.create_index("uq_awards_source", ["source_kind", "source_id"], unique=True)

    op.create_table(
        "citations",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("clause_number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ref_id", sa.String(length=60), nullable=False),
        sa.Column("cited_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["policy_documents.id"], name=op.f("fk_citations_document_id_policy_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citations")),
    )
    with op.batch_alter_table("citations", schema=None) as batch_op:
        batch_op.create_index("ix_citations_document_id_kind", ["document_id", "kind"], unique=False)
        batch_op.create_index("ix_citations_kind_ref_id", ["kind", "ref_id"], unique=False)

    op.create_table(
        "course_completions",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("course_version", sa.Integer(), nullable=False),
        sa.Column("completed_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_completions_course_id_courses")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_course_completions_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_completions")),
        sa.UniqueConstraint("person_id", "course_id", "course_version", name=op.f("uq_course_completions_person_id")),
    )
    with op.batch_alter_table("course_completions", schema=None) as batch_op:
        batch_op.create_index("ix_course_completions_course_id", ["course_id"], unique=False)

    op.create_table(
        "course_units",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.Enum("lesson", "exam", name="unitkind", native_enum=False, length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_units_course_id_courses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_units")),
        sa.UniqueConstraint("code", name=op.f("uq_course_units_code")),
    )
    with op.batch_alter_table("course_units", schema=None) as batch_op:
        batch_op.create_index("ix_course_units_course_id_position", ["course_id", "position"], unique=False)

    op.create_table(
        "course_versions",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contents", sa.JSON(), nullable=False),
        sa.Column("published_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_versions_course_id_courses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_versions")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_course_versions_course_id")),
    )
    op.create_table(
        "cycle_moves",
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("from_state", sa.String(length=30), nullable=False),
        sa.Column("to_state", sa.String(length=30), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_label", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("moved_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_cycle_moves_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle_moves")),
    )
    with op.batch_alter_table("cycle_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cycle_moves_cycle_id"), ["cycle_id"], unique=False)

    op.create_table(
        "enrolments",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("started_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("is_assigned", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_enrolments_course_id_courses")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_enrolments_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("person_id", "course_id", name=op.f("uq_enrolments_person_id")),
    )
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.create_index("ix_enrolments_course_id", ["course_id"], unique=False)

    op.create_table(
        "hour_entries",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=160), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("hours", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("calculation", sa.String(length=200), nullable=False),
        sa.Column("source_kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=60), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("reversal_of_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(reversal_of_id IS NULL) = (hours >= 0)", name=op.f("ck_hour_entries_sign")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_hour_entries_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["reversal_of_id"], ["hour_entries.id"], name=op.f("fk_hour_entries_reversal_of_id_hour_entries")
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["hour_rules.id"], name=op.f("fk_hour_entries_rule_id_hour_rules")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hour_entries")),
    )
    with op.batch_alter_table("hour_entries", schema=None) as batch_op:
        batch_op.create_index("ix_hour_entries_person_id_year", ["person_id", "year"], unique=False)
        batch_op.create_index("uq_hour_entries_reversal_of", ["reversal_of_id"], unique=True)
        batch_op.create_index("uq_hour_entries_source", ["person_id", "source_kind", "source_id"], unique=True)

    op.create_table(
        "measure_rows",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("value", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("sample_size", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("recorded_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("period_to >= period_from", name=op.f("ck_measure_rows_period")),
        sa.ForeignKeyConstraint(["measure_id"], ["measures.id"], name=op.f("fk_measure_rows_measure_id_measures")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_measure_rows_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["measure_rows.id"], name=op.f("fk_measure_rows_replaces_id_measure_rows")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_rows")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_measure_rows_replaces_id")),
    )
    with op.batch_alter_table("measure_rows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_measure_rows_measure_id"), ["measure_id"], unique=False)
        batch_op.create_index("ix_measure_rows_person_period", ["person_id", "period_from", "period_to"], unique=False)

    op.create_table(
        "measure_targets",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("base", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("target", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("policy_ref", sa.String(length=60), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("target > base", name=op.f("ck_measure_targets_order")),
        sa.ForeignKeyConstraint(["measure_id"], ["measures.id"], name=op.f("fk_measure_targets_measure_id_measures")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_targets")),
    )
    with op.batch_alter_table("measure_targets", schema=None) as batch_op:
        batch_op.create_index("uq_measure_targets_measure_valid_from", ["measure_id", "valid_from"], unique=True)

    op.create_table(
        "notices",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ref_id", sa.String(length=60), nullable=False),
        sa.Column("created_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("read_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_notices_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index("ix_notices_person_id_read_at", ["person_id", "read_at"], unique=False)
        batch_op.create_index("uq_notices_key", ["key"], unique=True)

    op.create_table(
        "paper_sections",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "single",
                "multiple",
                "true_false",
                "fill_in",
                "numeric",
                name="questiontype",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("points", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("minimum", lms.db.Exact(precision=14, scale=4), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_paper_sections_count")),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_paper_sections_paper_id_papers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_sections")),
        sa.UniqueConstraint("paper_id", "position", name=op.f("uq_paper_sections_paper_id")),
    )
    op.create_table(
        "policy_versions",
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "in_force",
                "amended",
                "superseded",
                "repealed",
                name="policystatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("are_dates_checked", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["policy_documents.id"], name=op.f("fk_policy_versions_document_id_policy_documents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_versions")),
        sa.UniqueConstraint("document_id", "label", name=op.f("uq_policy_versions_document_id")),
    )
    op.create_table(
        "pool_quotas",
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("pool", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_pool_quotas_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_quotas")),
        sa.UniqueConstraint("cycle_id", "pool", name=op.f("uq_pool_quotas_cycle_id")),
    )
    op.create_table(
        "question_versions",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "single",
                "multiple",
                "true_false",
                "fill_in",
                "numeric",
                name="questiontype",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "difficulty",
            sa.Enum("easy", "medium", "hard", name="difficulty", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("competency", sa.String(length=10), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("lesson_code", sa.String(length=60), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("stem_html", sa.Text(), nullable=False),
        sa.Column("stem_text", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("accepted", sa.JSON(), nullable=False),
        sa.Column("tolerance", lms.db.Exact(precision=14, scale=4), nullable=True),
        sa.Column("unit_label", sa.String(length=20), nullable=False),
        sa.Column("explanation_html", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_question_versions_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_versions")),
        sa.UniqueConstraint("question_id", "number", name=op.f("uq_question_versions_question_id")),
    )
    op.create_table(
        "role_grants",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "learner",
                "trainer",
                "line_leader",
                "hr",
                "committee",
                "system_admin",
                "security_admin",
                "audit_admin",
                name="role",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "scope",
            sa.Enum("own_unit", "own_vendor", "all", name="scope", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("vendor_id", sa.Integer(), nullable=True),
        sa.Column("granted_by", sa.Integer(), nullable=True),
        sa.Column("granted_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("ended_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("scope != 'own_unit' OR unit_id IS NOT NULL", name=op.f("ck_role_grants_unit")),
        sa.CheckConstraint("scope != 'own_vendor' OR vendor_id IS NOT NULL", name=op.f("ck_role_grants_vendor")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_role_grants_person_id_persons")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_role_grants_unit_id_units")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_role_grants_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grants")),
    )
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.create_index("ix_role_grants_person_id_ended_at", ["person_id", "ended_at"], unique=False)

    op.create_table(
        "score_snapshots",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("total", lms.db.Exact(precision=14, scale=4), nullable=True),
        sa.Column("tree", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_score_snapshots_person_id_persons")),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.id"], name=op.f("fk_score_snapshots_scheme_id_schemes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_snapshots")),
    )
    with op.batch_alter_table("score_snapshots", schema=None) as batch_op:
        batch_op.create_index(
            "ix_score_snapshots_person_period", ["person_id", "period_from", "period_to"], unique=False
        )

    op.create_table(
        "spells",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("staff_number", sa.String(length=30), nullable=False),
        sa.Column(
            "form",
            sa.Enum(
                "civil_servant",
                "institution",
                "direct_contract",
                "dispatch",
                "outsourced",
                name="employmentform",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("employer", sa.String(length=80), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(form IN ('dispatch', 'outsourced')) = (vendor_id IS NOT NULL)", name=op.f("ck_spells_vendor")
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_spells_days")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_spells_person_id_persons")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_spells_post_id_posts")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_spells_unit_id_units")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_spells_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spells")),
        sa.UniqueConstraint("staff_number", name=op.f("uq_spells_staff_number")),
    )
    with op.batch_alter_table("spells", schema=None) as batch_op:
        batch_op.create_index("ix_spells_person_id_starts_on", ["person_id", "starts_on"], unique=False)
        batch_op.create_index("ix_spells_unit_id_form", ["unit_id", "form"], unique=False)
        batch_op.create_index(batch_op.f("ix_spells_vendor_id"), ["vendor_id"], unique=False)

    op.create_table(
        "study_days",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_study_days_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_days")),
        sa.UniqueConstraint("person_id", "day", name=op.f("uq_study_days_person_id")),
    )
    op.create_table(
        "activation_codes",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("used_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_activation_codes_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_activation_codes_code_hash")),
    )
    with op.batch_alter_table("activation_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activation_codes_account_id"), ["account_id"], unique=False)

    op.create_table(
        "exams",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("course_codes", sa.JSON(), nullable=False),
        sa.Column("opens_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("closes_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("attempts_allowed", sa.Integer(), nullable=False),
        sa.Column("first_delay_hours", sa.Integer(), nullable=False),
        sa.Column("later_delay_hours", sa.Integer(), nullable=False),
        sa.Column("pass_mark", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column(
            "multiple_rule",
            sa.Enum(
                "all_or_nothing", "half_for_subset", "per_option", name="multiplerule", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "review",
            sa.Enum("immediate", "after_close", "topics_only", name="review", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("instructions_html", sa.Text(), nullable=False),
        sa.Column("certificate_title", sa.String(length=60), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("attempts_allowed BETWEEN 1 AND 50", name=op.f("ck_exams_attempts")),
        sa.CheckConstraint("minutes BETWEEN 1 AND 600", name=op.f("ck_exams_minutes")),
        sa.CheckConstraint(
            "opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name=op.f("ck_exams_window")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_exams_paper_id_papers")),
        sa.ForeignKeyConstraint(["unit_id"], ["course_units.id"], name=op.f("fk_exams_unit_id_course_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exams")),
        sa.UniqueConstraint("code", name=op.f("uq_exams_code")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_exams_unit_id")),
    )
    op.create_table(
        "lesson_versions",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("competencies", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["course_units.id"], name=op.f("fk_lesson_versions_unit_id_course_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_versions")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_lesson_versions_unit_id")),
    )
    op.create_table(
        "paper_items",
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_paper_items_question_id_questions")),
        sa.ForeignKeyConstraint(
            ["section_id"], ["paper_sections.id"], name=op.f("fk_paper_items_section_id_paper_sections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_items")),
        sa.UniqueConstraint("section_id", "question_id", name=op.f("uq_paper_items_section_id")),
    )
    op.create_table(
        "participations",
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("spell_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "form",
            sa.Enum(
                "civil_servant",
                "institution",
                "direct_contract",
                "dispatch",
                "outsourced",
                name="employmentform",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("work", sa.String(length=10), nullable=False),
        sa.Column("pool", sa.String(length=60), nullable=False),
        sa.Column("grade_mode", sa.String(length=20), nullable=False),
        sa.Column("grade_mode_reason", sa.String(length=200), nullable=False),
        sa.Column("score_id", sa.Integer(), nullable=True),
        sa.Column("total", lms.db.Exact(precision=14, scale=4), nullable=True),
        sa.Column("dimensions", sa.JSON(), nullable=False),
        sa.Column("gates", sa.JSON(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("summary_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_participations_cycle_id_cycles")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_participations_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["score_id"], ["score_snapshots.id"], name=op.f("fk_participations_score_id_score_snapshots")
        ),
        sa.ForeignKeyConstraint(["spell_id"], ["spells.id"], name=op.f("fk_participations_spell_id_spells")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_participations_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participations")),
        sa.UniqueConstraint("cycle_id", "person_id", name=op.f("uq_participations_cycle_id")),
    )
    with op.batch_alter_table("participations", schema=None) as batch_op:
        batch_op.create_index("ix_participations_cycle_id_pool", ["cycle_id", "pool"], unique=False)
        batch_op.create_index("ix_participations_person_id", ["person_id"], unique=False)

    op.create_table(
        "password_records",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("replaced_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_password_records_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_records")),
    )
    with op.batch_alter_table("password_records", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_records_account_id"), ["account_id"], unique=False)

    op.create_table(
        "policy_clauses",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("gist", sa.String(length=300), nullable=False),
        sa.Column("mark", sa.Enum("checked", "local", name="clausemark", native_enum=False, length=40), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_versions.id"], name=op.f("fk_policy_clauses_version_id_policy_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_clauses")),
        sa.UniqueConstraint("version_id", "number", name=op.f("uq_policy_clauses_version_id")),
    )
    op.create_table(
        "revocations",
        sa.Column("award_id", sa.Integer(), nullable=False),
        sa.Column("reason_class", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("revoked_by", sa.Integer(), nullable=False),
        sa.Column("revoked_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_revocations_award_id_awards")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocations")),
        sa.UniqueConstraint("award_id", name=op.f("uq_revocations_award_id")),
    )
    op.create_table(
        "unit_completions",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=True),
        sa.Column("source_kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=60), nullable=False),
        sa.Column("completed_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_unit_completions_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["course_units.id"], name=op.f("fk_unit_completions_unit_id_course_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_completions")),
        sa.UniqueConstraint("person_id", "unit_id", name=op.f("uq_unit_completions_person_id")),
    )
    with op.batch_alter_table("unit_completions", schema=None) as batch_op:
        batch_op.create_index("ix_unit_completions_unit_id", ["unit_id"], unique=False)

    op.create_table(
        "user_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("seen_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("ended_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=40), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_user_sessions_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
    )
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_user_sessions_account_id_ended_at", ["account_id", "ended_at"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "handed_in", "voided", name="attemptstatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("started_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("deadline_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("handed_in_at", lms.db.Instant(timezone=True), nullable=True),
        sa.Column(
            "handed_in_by",
            sa.Enum("person", "deadline", name="handedinby", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'open') = (handed_in_at IS NULL)", name=op.f("ck_attempts_handed_in")),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"], name=op.f("fk_attempts_exam_id_exams")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_attempts_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("exam_id", "person_id", "number", name=op.f("uq_attempts_exam_id")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("ix_attempts_person_id_exam_id", ["person_id", "exam_id"], unique=False)
        batch_op.create_index("ix_attempts_status_deadline_at", ["status", "deadline_at"], unique=False)

    op.create_table(
        "check_answers",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("check_code", sa.String(length=80), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("answered_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_check_answers_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["lesson_versions.id"], name=op.f("fk_check_answers_version_id_lesson_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_answers")),
    )
    with op.batch_alter_table("check_answers", schema=None) as batch_op:
        batch_op.create_index("ix_check_answers_person_id_check", ["person_id", "check_code"], unique=False)

    op.create_table(
        "grade_decisions",
        sa.Column("participation_id", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decider_label", sa.String(length=80), nullable=False),
        sa.Column("decided_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participation_id"], ["participations.id"], name=op.f("fk_grade_decisions_participation_id_participations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_decisions")),
    )
    with op.batch_alter_table("grade_decisions", schema=None) as batch_op:
        batch_op.create_index("ix_grade_decisions_participation_id", ["participation_id"], unique=False)

    op.create_table(
        "lesson_readings",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("furthest_block", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("opened_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("beat_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_lesson_readings_person_id_persons")),
        sa.ForeignKeyConstraint(["unit_id"], ["course_units.id"], name=op.f("fk_lesson_readings_unit_id_course_units")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["lesson_versions.id"], name=op.f("fk_lesson_readings_version_id_lesson_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_readings")),
        sa.UniqueConstraint("person_id", "unit_id", name=op.f("uq_lesson_readings_person_id")),
    )
    with op.batch_alter_table("lesson_readings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_readings_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "answers",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("saved_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_answers_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(
            "uq_answers_attempt_position_epoch_seq", ["attempt_id", "position", "epoch", "seq"], unique=True
        )

    op.create_table(
        "attempt_questions",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("option_order", sa.JSON(), nullable=False),
        sa.Column("points", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_attempt_questions_attempt_id_attempts")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["question_versions.id"], name=op.f("fk_attempt_questions_version_id_question_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_questions")),
        sa.UniqueConstraint("attempt_id", "position", name=op.f("uq_attempt_questions_attempt_id")),
    )
    with op.batch_alter_table("attempt_questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_questions_version_id"), ["version_id"], unique=False)

    op.create_table(
        "attempt_voidings",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("voided_by", sa.Integer(), nullable=False),
        sa.Column("voided_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_attempt_voidings_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_voidings")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_attempt_voidings_attempt_id")),
    )
    op.create_table(
        "results",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("score", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("full_points", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("abilities", sa.JSON(), nullable=False),
        sa.Column("right_count", sa.Integer(), nullable=False),
        sa.Column("question_count", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("graded_at", lms.db.Instant(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_results_attempt_id_attempts")),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"], name=op.f("fk_results_exam_id_exams")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_results_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_results_attempt_id")),
    )
    with op.batch_alter_table("results", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_results_exam_id"), ["exam_id"], unique=False)
        batch_op.create_index("ix_results_person_id_graded_at", ["person_id", "graded_at"], unique=False)

    op.create_table(
        "result_items",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("points", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("full_points", lms.db.Exact(precision=14, scale=4), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["results.id"], name=op.f("fk_result_items_result_id_results")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_items")),
        sa.UniqueConstraint("result_id", "position", name=op.f("uq_result_items_result_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5("
            "bigrams, content='search_entries', content_rowid='id', tokenize='unicode61')"
        )
        op.execute(
            "CREATE TRIGGER search_entries_ai AFTER INSERT ON search_entries BEGIN "
            "INSERT INTO search_index(rowid, bigrams) VALUES (new.id, new.bigrams); END"
        )
        op.execute(
            "CREATE TRIGGER search_entries_ad AFTER DELETE ON search_entries BEGIN "
            "INSERT INTO search_index(search_index, rowid, bigrams) VALUES ('delete', old.id, old.bigrams); END"
        )
        op.execute(
            "CREATE TRIGGER search_entries_au AFTER UPDATE ON search_entries BEGIN "
            "INSERT INTO search_index(search_index, rowid, bigrams) VALUES ('delete', old.id, old.bigrams); "
            "INSERT INTO search_index(rowid, bigrams) VALUES (new.id, new.bigrams); END"
        )
    else:
        op.create_foreign_key(
            "fk_questions_current_id_question_versions", "questions", "question_versions", ["current_id"], ["id"]
        )
        op.execute(
            "CREATE INDEX ix_search_entries_bigrams ON search_entries USING gin (to_tsvector('simple', bigrams))"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    op.drop_table("result_items")
    with op.batch_alter_table("results", schema=None) as batch_op:
        batch_op.drop_index("ix_results_person_id_graded_at")
        batch_op.drop_index(batch_op.f("ix_results_exam_id"))

    op.drop_table("results")
    op.drop_table("attempt_voidings")
    with op.batch_alter_table("attempt_questions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_questions_version_id"))

    op.drop_table("attempt_questions")
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index("uq_answers_attempt_position_epoch_seq")

    op.drop_table("answers")
    with op.batch_alter_table("lesson_readings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lesson_readings_unit_id"))

    op.drop_table("lesson_readings")
    with op.batch_alter_table("grade_decisions", schema=None) as batch_op:
        batch_op.drop_index("ix_grade_decisions_participation_id")

    op.drop_table("grade_decisions")
    with op.batch_alter_table("check_answers", schema=None) as batch_op:
        batch_op.drop_index("ix_check_answers_person_id_check")

    op.drop_table("check_answers")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_status_deadline_at")
        batch_op.drop_index("ix_attempts_person_id_exam_id")

    op.drop_table("attempts")
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_user_sessions_account_id_ended_at")

    op.drop_table("user_sessions")
    with op.batch_alter_table("unit_completions", schema=None) as batch_op:
        batch_op.drop_index("ix_unit_completions_unit_id")

    op.drop_table("unit_completions")
    op.drop_table("revocations")
    op.drop_table("policy_clauses")
    with op.batch_alter_table("password_records", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_records_account_id"))

    op.drop_table("password_records")
    with op.batch_alter_table("participations", schema=None) as batch_op:
        batch_op.drop_index("ix_participations_person_id")
        batch_op.drop_index("ix_participations_cycle_id_pool")

    op.drop_table("participations")
    op.drop_table("paper_items")
    op.drop_table("lesson_versions")
    op.drop_table("exams")
    with op.batch_alter_table("activation_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activation_codes_account_id"))

    op.drop_table("activation_codes")
    op.drop_table("study_days")
    with op.batch_alter_table("spells", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spells_vendor_id"))
        batch_op.drop_index("ix_spells_unit_id_form")
        batch_op.drop_index("ix_spells_person_id_starts_on")

    op.drop_table("spells")
    with op.batch_alter_table("score_snapshots", schema=None) as batch_op:
        batch_op.drop_index("ix_score_snapshots_person_period")

    op.drop_table("score_snapshots")
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.drop_index("ix_role_grants_person_id_ended_at")

    op.drop_table("role_grants")
    op.drop_table("question_versions")
    op.drop_table("pool_quotas")
    op.drop_table("policy_versions")
    op.drop_table("paper_sections")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index("uq_notices_key")
        batch_op.drop_index("ix_notices_person_id_read_at")

    op.drop_table("notices")
    with op.batch_alter_table("measure_targets", schema=None) as batch_op:
        batch_op.drop_index("uq_measure_targets_measure_valid_from")

    op.drop_table("measure_targets")
    with op.batch_alter_table("measure_rows", schema=None) as batch_op:
        batch_op.drop_index("ix_measure_rows_person_period")
        batch_op.drop_index(batch_op.f("ix_measure_rows_measure_id"))

    op.drop_table("measure_rows")
    with op.batch_alter_table("hour_entries", schema=None) as batch_op:
        batch_op.drop_index("uq_hour_entries_source")
        batch_op.drop_index("uq_hour_entries_reversal_of")
        batch_op.drop_index("ix_hour_entries_person_id_year")

    op.drop_table("hour_entries")
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.drop_index("ix_enrolments_course_id")

    op.drop_table("enrolments")
    with op.batch_alter_table("cycle_moves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cycle_moves_cycle_id"))

    op.drop_table("cycle_moves")
    op.drop_table("course_versions")
    with op.batch_alter_table("course_units", schema=None) as batch_op:
        batch_op.drop_index("ix_course_units_course_id_position")

    op.drop_table("course_units")
    with op.batch_alter_table("course_completions", schema=None) as batch_op:
        batch_op.drop_index("ix_course_completions_course_id")

    op.drop_table("course_completions")
    with op.batch_alter_table("citations", schema=None) as batch_op:
        batch_op.drop_index("ix_citations_kind_ref_id")
        batch_op.drop_index("ix_citations_document_id_kind")

    op.drop_table("citations")
    with op.batch_alter_table("awards", schema=None) as batch_op:
        batch_op.drop_index("uq_awards_source")
        batch_op.drop_index(batch_op.f("ix_awards_subject"))
        batch_op.drop_index("ix_awards_person_id_issued_on")

    op.drop_table("awards")
    op.drop_table("accounts")
    with op.batch_alter_table("access_records", schema=None) as batch_op:
        batch_op.drop_index("ix_access_records_person_id_at")

    op.drop_table("access_records")
    op.drop_table("vendors")
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_units_territory_id"))
        batch_op.drop_index(batch_op.f("ix_units_line_parent_id"))

    op.drop_table("units")
    with op.batch_alter_table("search_entries", schema=None) as batch_op:
        batch_op.drop_index("uq_search_entries_kind_ref")

    op.drop_table("search_entries")
    with op.batch_alter_table("schemes", schema=None) as batch_op:
        batch_op.drop_index("uq_schemes_form_work_valid_from")

    op.drop_table("schemes")
    with op.batch_alter_table("rate_counts", schema=None) as batch_op:
        batch_op.drop_index("uq_rate_counts_bucket_minute")

    op.drop_table("rate_counts")
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.drop_index("ix_questions_course_code_is_retired")

    op.drop_table("questions")
    op.drop_table("posts")
    op.drop_table("policy_documents")
    with op.batch_alter_table("persons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_persons_sort_key"))

    op.drop_table("persons")
    op.drop_table("papers")
    with op.batch_alter_table("outbox_mails", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_mails_next_try")

    op.drop_table("outbox_mails")
    op.drop_table("measures")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_status_leased_until")
        batch_op.drop_index(batch_op.f("ix_jobs_created_by"))

    op.drop_table("jobs")
    with op.batch_alter_table("hour_rules", schema=None) as batch_op:
        batch_op.drop_index("uq_hour_rules_code_valid_from")

    op.drop_table("hour_rules")
    with op.batch_alter_table("hour_requirements", schema=None) as batch_op:
        batch_op.drop_index("uq_hour_requirements_form_valid_from")

    op.drop_table("hour_requirements")
    op.drop_table("cycles")
    op.drop_table("courses")
    op.drop_table("calendar_days")
    with op.batch_alter_table("audit_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_lines_verb"))
        batch_op.drop_index("ix_audit_lines_kind_ref_id")
        batch_op.drop_index(batch_op.f("ix_audit_lines_at"))
        batch_op.drop_index("ix_audit_lines_actor_id_at")

    op.drop_table("audit_lines")
    op.drop_table("audit_head")
