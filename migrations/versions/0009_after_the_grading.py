"""after the grading: sign-off, publicity, claims, signatures, archive"""

import sqlalchemy as sa
from alembic import op

import lms.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('publicities',
    sa.Column('cycle_id', sa.Integer(), nullable=False),
    sa.Column('begins_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('begun_by', sa.Integer(), nullable=True),
    sa.Column('begun_label', sa.String(length=80), nullable=False),
    sa.Column('begun_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['cycle_id'], ['cycles.id'], name=op.f('fk_publicities_cycle_id_cycles')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publicities'))
    )
    with op.batch_alter_table('publicities', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_publicities_cycle_id'), ['cycle_id'], unique=False)

    op.create_table('sign_offs',
    sa.Column('cycle_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=80), nullable=False),
    sa.Column('grades', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('signed_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['cycle_id'], ['cycles.id'], name=op.f('fk_sign_offs_cycle_id_cycles')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_sign_offs_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_offs')),
    sa.UniqueConstraint('cycle_id', 'person_id', 'digest', name=op.f('uq_sign_offs_cycle_id'))
    )
    with op.batch_alter_table('sign_offs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_offs_cycle_id'), ['cycle_id'], unique=False)

    op.create_table('quota_changes',
    sa.Column('pool_quota_id', sa.Integer(), nullable=False),
    sa.Column('before', sa.Integer(), nullable=False),
    sa.Column('after', sa.Integer(), nullable=False),
    sa.Column('basis', sa.String(length=120), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_label', sa.String(length=80), nullable=False),
    sa.Column('changed_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['pool_quota_id'], ['pool_quotas.id'], name=op.f('fk_quota_changes_pool_quota_id_pool_quotas')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quota_changes'))
    )
    with op.batch_alter_table('quota_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_quota_changes_pool_quota_id'), ['pool_quota_id'], unique=False)

    op.create_table('archived_forms',
    sa.Column('participation_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('evidence_digest', sa.String(length=64), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('filed_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['participation_id'], ['participations.id'], name=op.f('fk_archived_forms_participation_id_participations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_archived_forms')),
    sa.UniqueConstraint('participation_id', 'digest', name=op.f('uq_archived_forms_participation_id'))
    )
    op.create_table('claims',
    sa.Column('kind', sa.Enum('evidence', 'objection', 'review', 'appeal', name='claimkind', native_enum=False, length=40), nullable=False),
    sa.Column('participation_id', sa.Integer(), nullable=False),
    sa.Column('publicity_id', sa.Integer(), nullable=True),
    sa.Column('claimant_id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=60), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('answer_due_on', sa.Date(), nullable=True),
    sa.Column('made_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['claimant_id'], ['persons.id'], name=op.f('fk_claims_claimant_id_persons')),
    sa.ForeignKeyConstraint(['participation_id'], ['participations.id'], name=op.f('fk_claims_participation_id_participations')),
    sa.ForeignKeyConstraint(['publicity_id'], ['publicities.id'], name=op.f('fk_claims_publicity_id_publicities')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claims'))
    )
    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_claims_claimant_id'), ['claimant_id'], unique=False)
        batch_op.create_index('ix_claims_participation_id', ['participation_id'], unique=False)

    op.create_table('evidence_checks',
    sa.Column('participation_id', sa.Integer(), nullable=False),
    sa.Column('score_id', sa.Integer(), nullable=False),
    sa.Column('checked_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['participation_id'], ['participations.id'], name=op.f('fk_evidence_checks_participation_id_participations')),
    sa.ForeignKeyConstraint(['score_id'], ['score_snapshots.id'], name=op.f('fk_evidence_checks_score_id_score_snapshots')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence_checks')),
    sa.UniqueConstraint('participation_id', 'score_id', name=op.f('uq_evidence_checks_participation_id'))
    )
    op.create_table('form_steps',
    sa.Column('participation_id', sa.Integer(), nullable=False),
    sa.Column('from_stage', sa.String(length=30), nullable=False),
    sa.Column('to_stage', sa.String(length=30), nullable=False),
    sa.Column('actor', sa.String(length=20), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_label', sa.String(length=80), nullable=False),
    sa.Column('agrees', sa.Boolean(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('taken_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['participation_id'], ['participations.id'], name=op.f('fk_form_steps_participation_id_participations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_steps')),
    sa.UniqueConstraint('participation_id', 'to_stage', name=op.f('uq_form_steps_participation_id'))
    )
    op.create_table('recusals',
    sa.Column('cycle_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('participation_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('noted_by', sa.Integer(), nullable=True),
    sa.Column('noted_label', sa.String(length=80), nullable=False),
    sa.Column('noted_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['cycle_id'], ['cycles.id'], name=op.f('fk_recusals_cycle_id_cycles')),
    sa.ForeignKeyConstraint(['participation_id'], ['participations.id'], name=op.f('fk_recusals_participation_id_participations')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_recusals_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recusals'))
    )
    with op.batch_alter_table('recusals', schema=None) as batch_op:
        batch_op.create_index('ix_recusals_cycle_id', ['cycle_id'], unique=False)

    op.create_table('self_summaries',
    sa.Column('participation_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('handed_in_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['participation_id'], ['participations.id'], name=op.f('fk_self_summaries_participation_id_participations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_self_summaries'))
    )
    with op.batch_alter_table('self_summaries', schema=None) as batch_op:
        batch_op.create_index('ix_self_summaries_participation_id', ['participation_id'], unique=False)

    op.create_table('tie_votes',
    sa.Column('participation_id', sa.Integer(), nullable=False),
    sa.Column('votes', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.String(length=200), nullable=False),
    sa.Column('recorded_by', sa.Integer(), nullable=True),
    sa.Column('recorded_label', sa.String(length=80), nullable=False),
    sa.Column('recorded_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('votes >= 0', name=op.f('ck_tie_votes_votes')),
    sa.ForeignKeyConstraint(['participation_id'], ['participations.id'], name=op.f('fk_tie_votes_participation_id_participations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tie_votes'))
    )
    with op.batch_alter_table('tie_votes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tie_votes_participation_id'), ['participation_id'], unique=False)

    op.create_table('claim_assignments',
    sa.Column('claim_id', sa.Integer(), nullable=False),
    sa.Column('reviewer_id', sa.Integer(), nullable=False),
    sa.Column('assigned_by', sa.Integer(), nullable=True),
    sa.Column('assigned_label', sa.String(length=80), nullable=False),
    sa.Column('assigned_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['claim_id'], ['claims.id'], name=op.f('fk_claim_assignments_claim_id_claims')),
    sa.ForeignKeyConstraint(['reviewer_id'], ['persons.id'], name=op.f('fk_claim_assignments_reviewer_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claim_assignments'))
    )
    with op.batch_alter_table('claim_assignments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_claim_assignments_claim_id'), ['claim_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_claim_assignments_reviewer_id'), ['reviewer_id'], unique=False)

    op.create_table('claim_decisions',
    sa.Column('claim_id', sa.Integer(), nullable=False),
    sa.Column('is_upheld', sa.Boolean(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('grade', sa.String(length=30), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=False),
    sa.Column('decider_label', sa.String(length=80), nullable=False),
    sa.Column('decided_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['claim_id'], ['claims.id'], name=op.f('fk_claim_decisions_claim_id_claims')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claim_decisions')),
    sa.UniqueConstraint('claim_id', name=op.f('uq_claim_decisions_claim_id'))
    )
    with op.batch_alter_table('cycles', schema=None) as batch_op:
        batch_op.add_column(sa.Column('signers', sa.Integer(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('plan', sa.JSON(), server_default='{}', nullable=False))

    with op.batch_alter_table('grade_decisions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('batch', sa.String(length=32), server_default='', nullable=False))
        batch_op.add_column(sa.Column('undoes_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_grade_decisions_batch', ['batch'], unique=False)
        batch_op.create_unique_constraint('uq_grade_decisions_undoes_id', ['undoes_id'])
        batch_op.create_foreign_key(batch_op.f('fk_grade_decisions_undoes_id_grade_decisions'), 'grade_decisions', ['undoes_id'], ['id'])

    with op.batch_alter_table('participations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('draft', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('draft_at', lms.db.Instant(timezone=True), nullable=True))

    # what people had written before is the first version of their summary
    op.execute(
        "INSERT INTO self_summaries (participation_id, text, handed_in_at)"
        " SELECT id, summary, summary_at FROM participations WHERE summary <> '' AND summary_at IS NOT NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table('participations', schema=None) as batch_op:
        batch_op.drop_column('draft_at')
        batch_op.drop_column('draft')

    with op.batch_alter_table('grade_decisions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_grade_decisions_undoes_id_grade_decisions'), type_='foreignkey')
        batch_op.drop_constraint('uq_grade_decisions_undoes_id', type_='unique')
        batch_op.drop_index('ix_grade_decisions_batch')
        batch_op.drop_column('undoes_id')
        batch_op.drop_column('batch')

    with op.batch_alter_table('cycles', schema=None) as batch_op:
        batch_op.drop_column('plan')
        batch_op.drop_column('signers')

    op.drop_table('claim_decisions')
    with op.batch_alter_table('claim_assignments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_claim_assignments_reviewer_id'))
        batch_op.drop_index(batch_op.f('ix_claim_assignments_claim_id'))

    op.drop_table('claim_assignments')
    with op.batch_alter_table('tie_votes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tie_votes_participation_id'))

    op.drop_table('tie_votes')
    with op.batch_alter_table('self_summaries', schema=None) as batch_op:
        batch_op.drop_index('ix_self_summaries_participation_id')

    op.drop_table('self_summaries')
    with op.batch_alter_table('recusals', schema=None) as batch_op:
        batch_op.drop_index('ix_recusals_cycle_id')

    op.drop_table('recusals')
    op.drop_table('form_steps')
    op.drop_table('evidence_checks')
    with op.batch_alter_table('claims', schema=None) as batch_op:
        batch_op.drop_index('ix_claims_participation_id')
        batch_op.drop_index(batch_op.f('ix_claims_claimant_id'))

    op.drop_table('claims')
    op.drop_table('archived_forms')
    with op.batch_alter_table('quota_changes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_quota_changes_pool_quota_id'))

    op.drop_table('quota_changes')
    with op.batch_alter_table('sign_offs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_offs_cycle_id'))

    op.drop_table('sign_offs')
    with op.batch_alter_table('publicities', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_publicities_cycle_id'))

    op.drop_table('publicities')
