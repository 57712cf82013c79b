"""Results in versions, marking queue, rulings, objections, proposals, withdrawn completions"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = '0006'
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('score_proposals',
    sa.Column('snapshot_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('total_before', lms.db.Exact(precision=14, scale=4), nullable=True),
    sa.Column('total_after', lms.db.Exact(precision=14, scale=4), nullable=True),
    sa.Column('cause', sa.String(length=300), nullable=False),
    sa.Column('proposed_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('is_accepted', sa.Boolean(), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', lms.db.Instant(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('(decided_at IS NULL) = (is_accepted IS NULL)', name=op.f('ck_score_proposals_decided')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_score_proposals_person_id_persons')),
    sa.ForeignKeyConstraint(['snapshot_id'], ['score_snapshots.id'], name=op.f('fk_score_proposals_snapshot_id_score_snapshots')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_score_proposals'))
    )
    with op.batch_alter_table('score_proposals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_score_proposals_snapshot_id'), ['snapshot_id'], unique=False)

    op.create_table('exam_figures',
    sa.Column('exam_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('paper', sa.JSON(), nullable=False),
    sa.Column('made_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['exam_id'], ['exams.id'], name=op.f('fk_exam_figures_exam_id_exams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exam_figures')),
    sa.UniqueConstraint('exam_id', name=op.f('uq_exam_figures_exam_id'))
    )
    op.create_table(
        "item_figures",
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"], name=op.f("fk_item_figures_exam_id_exams")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["question_versions.id"], name=op.f("fk_item_figures_version_id_question_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_figures")),
        sa.UniqueConstraint("exam_id", "version_id", name=op.f("uq_item_figures_exam_id")),
    )
    with op.batch_alter_table("item_figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_figures_version_id"), ["version_id"], unique=False)

    op.create_table('key_rulings',
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('exam_id', sa.Integer(), nullable=True),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('keys', sa.JSON(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('forecast', sa.JSON(), nullable=False),
    sa.Column('job_id', sa.Integer(), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=False),
    sa.Column('decided_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('withdrawn_at', lms.db.Instant(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['exam_id'], ['exams.id'], name=op.f('fk_key_rulings_exam_id_exams')),
    sa.ForeignKeyConstraint(['version_id'], ['question_versions.id'], name=op.f('fk_key_rulings_version_id_question_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_key_rulings'))
    )
    with op.batch_alter_table('key_rulings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_key_rulings_version_id'), ['version_id'], unique=False)

    op.create_table('marking_terms',
    sa.Column('exam_id', sa.Integer(), nullable=False),
    sa.Column('is_double', sa.Boolean(), nullable=False),
    sa.Column('threshold_percent', sa.Integer(), nullable=False),
    sa.Column('working_days', sa.Integer(), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('threshold_percent BETWEEN 0 AND 100', name=op.f('ck_marking_terms_threshold')),
    sa.CheckConstraint('working_days BETWEEN 1 AND 60', name=op.f('ck_marking_terms_days')),
    sa.ForeignKeyConstraint(['exam_id'], ['exams.id'], name=op.f('fk_marking_terms_exam_id_exams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_marking_terms')),
    sa.UniqueConstraint('exam_id', name=op.f('uq_marking_terms_exam_id'))
    )
    op.create_table('objections',
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('raised_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('is_upheld', sa.Boolean(), nullable=True),
    sa.Column('answer', sa.String(length=500), nullable=False),
    sa.Column('answered_by', sa.Integer(), nullable=True),
    sa.Column('answered_at', lms.db.Instant(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('(answered_at IS NULL) = (is_upheld IS NULL)', name=op.f('ck_objections_answered')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_objections_attempt_id_attempts')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_objections_person_id_persons')),
    sa.ForeignKeyConstraint(['version_id'], ['question_versions.id'], name=op.f('fk_objections_version_id_question_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_objections')),
    sa.UniqueConstraint('attempt_id', 'position', name=op.f('uq_objections_attempt_id'))
    )
    with op.batch_alter_table('objections', schema=None) as batch_op:
        batch_op.create_index('ix_objections_version_id', ['version_id'], unique=False)

    op.create_table('scripts',
    sa.Column('exam_id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('full_points', lms.db.Exact(precision=14, scale=4), nullable=False),
    sa.Column('is_double', sa.Boolean(), nullable=False),
    sa.Column('threshold_percent', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('stage', sa.Integer(), nullable=False),
    sa.Column('points', lms.db.Exact(precision=14, scale=4), nullable=True),
    sa.Column('handed_in_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('(stage = 0) = (points IS NOT NULL)', name=op.f('ck_scripts_settled')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_scripts_attempt_id_attempts')),
    sa.ForeignKeyConstraint(['exam_id'], ['exams.id'], name=op.f('fk_scripts_exam_id_exams')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_scripts_person_id_persons')),
    sa.ForeignKeyConstraint(['version_id'], ['question_versions.id'], name=op.f('fk_scripts_version_id_question_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scripts')),
    sa.UniqueConstraint('attempt_id', 'position', name=op.f('uq_scripts_attempt_id'))
    )
    with op.batch_alter_table('scripts', schema=None) as batch_op:
        batch_op.create_index('ix_scripts_exam_id_stage', ['exam_id', 'stage'], unique=False)

    op.create_table('pass_proposals',
    sa.Column('result_id', sa.Integer(), nullable=False),
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('score_before', lms.db.Exact(precision=14, scale=4), nullable=False),
    sa.Column('score_after', lms.db.Exact(precision=14, scale=4), nullable=False),
    sa.Column('cause', sa.String(length=300), nullable=False),
    sa.Column('proposed_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('is_accepted', sa.Boolean(), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', lms.db.Instant(timezone=True), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('(decided_at IS NULL) = (is_accepted IS NULL)', name=op.f('ck_pass_proposals_decided')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_pass_proposals_attempt_id_attempts')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_pass_proposals_person_id_persons')),
    sa.ForeignKeyConstraint(['result_id'], ['results.id'], name=op.f('fk_pass_proposals_result_id_results')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pass_proposals')),
    sa.UniqueConstraint('result_id', name=op.f('uq_pass_proposals_result_id'))
    )
    with op.batch_alter_table('pass_proposals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pass_proposals_attempt_id'), ['attempt_id'], unique=False)

    op.create_table('script_marks',
    sa.Column('script_id', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('marker_id', sa.Integer(), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('points', lms.db.Exact(precision=14, scale=4), nullable=False),
    sa.Column('comment', sa.String(length=500), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('marked_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['marker_id'], ['persons.id'], name=op.f('fk_script_marks_marker_id_persons')),
    sa.ForeignKeyConstraint(['script_id'], ['scripts.id'], name=op.f('fk_script_marks_script_id_scripts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_script_marks')),
    sa.UniqueConstraint('script_id', 'round', 'number', name=op.f('uq_script_marks_script_id'))
    )
    with op.batch_alter_table('script_marks', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_script_marks_marker_id'), ['marker_id'], unique=False)

    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('result_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key('fk_attempts_result_id_results', 'results', ['result_id'], ['id'])
    op.execute('UPDATE attempts SET result_id = (SELECT r.id FROM results r WHERE r.attempt_id = attempts.id)')

    with op.batch_alter_table('course_completions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('withdrawn_at', lms.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('withdrawn_by', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('withdrawn_reason', sa.String(length=300), nullable=False, server_default=''))
        batch_op.drop_constraint(batch_op.f('uq_course_completions_person_id'), type_='unique')
        batch_op.create_index('uq_course_completions_valid', ['person_id', 'course_id', 'course_version'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))

    with op.batch_alter_table('question_versions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rubric', sa.JSON(), nullable=False, server_default='[]'))

    with op.batch_alter_table('result_items', schema=None) as batch_op:
        batch_op.add_column(sa.Column('hand_points', lms.db.Exact(precision=14, scale=4), nullable=True))

    with op.batch_alter_table('results', schema=None) as batch_op:
        batch_op.add_column(sa.Column('number', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('cause_kind', sa.String(length=20), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('cause_id', sa.String(length=60), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('note', sa.String(length=300), nullable=False, server_default=''))
        batch_op.drop_constraint(batch_op.f('uq_results_attempt_id'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_results_attempt_id'), ['attempt_id', 'number'])

    with op.batch_alter_table('unit_completions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('withdrawn_at', lms.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('withdrawn_by', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('withdrawn_reason', sa.String(length=300), nullable=False, server_default=''))
        batch_op.drop_constraint(batch_op.f('uq_unit_completions_person_id'), type_='unique')
        batch_op.create_index('uq_unit_completions_valid', ['person_id', 'unit_id'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))



def downgrade() -> None:
    with op.batch_alter_table('unit_completions', schema=None) as batch_op:
        batch_op.drop_index('uq_unit_completions_valid', sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))
        batch_op.create_unique_constraint(batch_op.f('uq_unit_completions_person_id'), ['person_id', 'unit_id'])
        batch_op.drop_column('withdrawn_reason')
        batch_op.drop_column('withdrawn_by')
        batch_op.drop_column('withdrawn_at')

    with op.batch_alter_table('results', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_results_attempt_id'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_results_attempt_id'), ['attempt_id'])
        batch_op.drop_column('note')
        batch_op.drop_column('cause_id')
        batch_op.drop_column('cause_kind')
        batch_op.drop_column('number')

    with op.batch_alter_table('result_items', schema=None) as batch_op:
        batch_op.drop_column('hand_points')

    with op.batch_alter_table('question_versions', schema=None) as batch_op:
        batch_op.drop_column('rubric')

    with op.batch_alter_table('course_completions', schema=None) as batch_op:
        batch_op.drop_index('uq_course_completions_valid', sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))
        batch_op.create_unique_constraint(batch_op.f('uq_course_completions_person_id'), ['person_id', 'course_id', 'course_version'])
        batch_op.drop_column('withdrawn_reason')
        batch_op.drop_column('withdrawn_by')
        batch_op.drop_column('withdrawn_at')

    with op.batch_alter_table('attempts', schema=None) as batch_op:
        batch_op.drop_constraint('fk_attempts_result_id_results', type_='foreignkey')
        batch_op.drop_column('result_id')

    with op.batch_alter_table('script_marks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_script_marks_marker_id'))

    op.drop_table('script_marks')
    with op.batch_alter_table('pass_proposals', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pass_proposals_attempt_id'))

    op.drop_table('pass_proposals')
    with op.batch_alter_table('scripts', schema=None) as batch_op:
        batch_op.drop_index('ix_scripts_exam_id_stage')

    op.drop_table('scripts')
    with op.batch_alter_table('objections', schema=None) as batch_op:
        batch_op.drop_index('ix_objections_version_id')

    op.drop_table('objections')
    op.drop_table('marking_terms')
    with op.batch_alter_table('key_rulings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_key_rulings_version_id'))

    op.drop_table('key_rulings')
    op.drop_table('item_figures')
    op.drop_table('exam_figures')
    with op.batch_alter_table('score_proposals', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_score_proposals_snapshot_id'))

    op.drop_table('score_proposals')
