"""programmes"""

from datetime import date, datetime

import sqlalchemy as sa
from alembic import op

import lms.db
from lms import clock

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NO_DAY = date(2099, 12, 31)  # assigned without a day: asked, never late
DUE_HOUR = 18


def _keep_assignments(bind: sa.Connection) -> None:
    """Courses that were assigned one by one become a programme a course, with everybody's own day; nobody is told anew."""
    names = ("enrolments", "courses", "course_completions", "programmes", "programme_items", "programme_names",
             "programme_members", "programme_completions")  # fmt: skip
    there = sa.MetaData()
    there.reflect(bind, only=names)
    enrolments, courses, completions, programmes, items, named, members, done = (there.tables[name] for name in names)
    # Reflection does not know our own types: instants are written as the models write them.
    instant = lms.db.Instant()
    for table, columns in (
        (enrolments, ("started_at",)), (completions, ("completed_at",)), (programmes, ("created_at", "published_at", "followed_at")),
        (members, ("joined_at", "due_at")), (done, ("completed_at",)),
    ):  # fmt: skip
        for column in columns:
            table.c[column].type = instant
    assigned = sa.or_(enrolments.c.is_assigned.is_(sa.true()), enrolments.c.due_on.is_not(None))
    rows = bind.execute(
        sa.select(enrolments.c.course_id, enrolments.c.person_id, enrolments.c.started_at, enrolments.c.due_on)
        .where(assigned)
        .order_by(enrolments.c.course_id, enrolments.c.id)
    ).all()
    by_course: dict[int, list[tuple[int, datetime, date]]] = {}
    for course_id, person_id, started_at, due_on in rows:
        by_course.setdefault(course_id, []).append((person_id, started_at, due_on or NO_DAY))
    now = clock.now()
    for course_id, people in by_course.items():
        code, title = bind.execute(
            sa.select(courses.c.code, courses.c.title).where(courses.c.id == course_id)
        ).one()
        audience = {
            "units": [], "vendors": [], "forms": [], "posts": [], "hired_from": None, "hired_to": None,
            "only_named": True, "scope": None,
        }  # fmt: skip
        programme_id = bind.execute(
            sa.insert(programmes).values(
                title=f"布置的课程：{title}"[:60], why="", policy_code="", needed=None, audience=audience,
                due_on=max(due for _person, _started, due in people), due_days=None, is_in_workdays=False,
                days_before=[7, 1], days_after=[1], least_days=0, counts_earlier=True, takes_joiners=False,
                state="published", created_by=None, created_at=now, published_at=min(at for _p, at, _d in people),
                closed_at=None, followed_at=now, reminded_on=clock.today(),
            )
        ).inserted_primary_key[0]  # fmt: skip
        bind.execute(sa.insert(items).values(programme_id=programme_id, kind="course", ref_id=code, position=1))
        bind.execute(
            sa.insert(named),
            [{"programme_id": programme_id, "person_id": p, "is_in": True, "reason": ""} for p, _at, _due in people],
        )
        bind.execute(
            sa.insert(members),
            [
                {"programme_id": programme_id, "person_id": p, "number": 1, "reason": "named", "joined_at": at,
                 "due_at": clock.local_instant(due, DUE_HOUR)}
                for p, at, due in people
            ],
        )  # fmt: skip
        finished = bind.execute(
            sa.select(completions.c.person_id, sa.func.max(completions.c.completed_at, type_=instant))
            .where(completions.c.course_id == course_id)
            .group_by(completions.c.person_id)
        ).all()
        inside = {person_id for person_id, _at, _due in people}
        finished = [row for row in finished if row[0] in inside]
        if finished:
            bind.execute(
                sa.insert(done),
                [
                    {"programme_id": programme_id, "person_id": p, "completed_at": at,
                     "completed_on": clock.local(at).date()}
                    for p, at in finished
                ],
            )  # fmt: skip


def upgrade() -> None:
    op.create_table('programme_defaults',
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('days_before', sa.JSON(), nullable=False),
    sa.Column('days_after', sa.JSON(), nullable=False),
    sa.Column('least_days', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('is_confirmed', sa.Boolean(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_defaults')),
    sa.UniqueConstraint('valid_from', name=op.f('uq_programme_defaults_valid_from'))
    )
    op.create_table('programmes',
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('policy_code', sa.String(length=40), nullable=False),
    sa.Column('needed', sa.Integer(), nullable=True),
    sa.Column('audience', sa.JSON(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('due_days', sa.Integer(), nullable=True),
    sa.Column('is_in_workdays', sa.Boolean(), nullable=False),
    sa.Column('days_before', sa.JSON(), nullable=False),
    sa.Column('days_after', sa.JSON(), nullable=False),
    sa.Column('least_days', sa.Integer(), nullable=False),
    sa.Column('counts_earlier', sa.Boolean(), nullable=False),
    sa.Column('takes_joiners', sa.Boolean(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'published', 'closed', name='stage', native_enum=False, length=40), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('published_at', lms.db.Instant(timezone=True), nullable=True),
    sa.Column('closed_at', lms.db.Instant(timezone=True), nullable=True),
    sa.Column('followed_at', lms.db.Instant(timezone=True), nullable=True),
    sa.Column('reminded_on', sa.Date(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.CheckConstraint('(due_on IS NULL) != (due_days IS NULL)', name=op.f('ck_programmes_due')),
    sa.CheckConstraint('needed IS NULL OR needed > 0', name=op.f('ck_programmes_needed')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programmes'))
    )
    with op.batch_alter_table('programmes', schema=None) as batch_op:
        batch_op.create_index('ix_programmes_state', ['state'], unique=False)

    op.create_table('programme_completions',
    sa.Column('programme_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('completed_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('completed_on', sa.Date(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_programme_completions_person_id_persons')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_programme_completions_programme_id_programmes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_completions')),
    sa.UniqueConstraint('programme_id', 'person_id', name=op.f('uq_programme_completions_programme_id'))
    )
    with op.batch_alter_table('programme_completions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_programme_completions_person_id'), ['person_id'], unique=False)

    op.create_table('programme_items',
    sa.Column('programme_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('ref_id', sa.String(length=60), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_programme_items_programme_id_programmes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_items')),
    sa.UniqueConstraint('programme_id', 'kind', 'ref_id', name=op.f('uq_programme_items_programme_id'))
    )
    with op.batch_alter_table('programme_items', schema=None) as batch_op:
        batch_op.create_index('ix_programme_items_kind_ref_id', ['kind', 'ref_id'], unique=False)

    op.create_table('programme_members',
    sa.Column('programme_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Enum('rule', 'joiner', 'named', 'left', 'moved', 'excluded', name='reason', native_enum=False, length=40), nullable=False),
    sa.Column('joined_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('due_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_programme_members_person_id_persons')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_programme_members_programme_id_programmes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_members')),
    sa.UniqueConstraint('programme_id', 'person_id', 'number', name=op.f('uq_programme_members_programme_id'))
    )
    with op.batch_alter_table('programme_members', schema=None) as batch_op:
        batch_op.create_index('ix_programme_members_person_id', ['person_id'], unique=False)
        batch_op.create_index('ix_programme_members_programme_id_due_at', ['programme_id', 'due_at'], unique=False)

    op.create_table('programme_messages',
    sa.Column('programme_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('asked', 'reminder', 'nudge', name='messagekind', native_enum=False, length=40), nullable=False),
    sa.Column('mark', sa.String(length=40), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('sent_by', sa.Integer(), nullable=True),
    sa.Column('sent_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_programme_messages_person_id_persons')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_programme_messages_programme_id_programmes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_messages')),
    sa.UniqueConstraint('programme_id', 'person_id', 'kind', 'mark', name=op.f('uq_programme_messages_programme_id'))
    )
    with op.batch_alter_table('programme_messages', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_programme_messages_person_id'), ['person_id'], unique=False)

    op.create_table('programme_names',
    sa.Column('programme_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('is_in', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=120), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_programme_names_person_id_persons')),
    sa.ForeignKeyConstraint(['programme_id'], ['programmes.id'], name=op.f('fk_programme_names_programme_id_programmes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_names')),
    sa.UniqueConstraint('programme_id', 'person_id', name=op.f('uq_programme_names_programme_id'))
    )
    with op.batch_alter_table('programme_names', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_programme_names_person_id'), ['person_id'], unique=False)

    op.create_table('programme_extensions',
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('due_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('batch', sa.String(length=32), nullable=False),
    sa.Column('undoes_id', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['programme_members.id'], name=op.f('fk_programme_extensions_member_id_programme_members')),
    sa.ForeignKeyConstraint(['undoes_id'], ['programme_extensions.id'], name=op.f('fk_programme_extensions_undoes_id_programme_extensions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_extensions')),
    sa.UniqueConstraint('undoes_id', name=op.f('uq_programme_extensions_undoes_id'))
    )
    with op.batch_alter_table('programme_extensions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_programme_extensions_batch'), ['batch'], unique=False)
        batch_op.create_index('ix_programme_extensions_member_id', ['member_id'], unique=False)

    op.create_table('programme_leavings',
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Enum('rule', 'joiner', 'named', 'left', 'moved', 'excluded', name='reason', native_enum=False, length=40), nullable=False),
    sa.Column('left_at', lms.db.Instant(timezone=True), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['programme_members.id'], name=op.f('fk_programme_leavings_member_id_programme_members')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_leavings')),
    sa.UniqueConstraint('member_id', name=op.f('uq_programme_leavings_member_id'))
    )
    _keep_assignments(op.get_bind())
    with op.batch_alter_table('enrolments', schema=None) as batch_op:
        batch_op.drop_column('is_assigned')
        batch_op.drop_column('due_on')



def downgrade() -> None:
    with op.batch_alter_table('enrolments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('due_on', sa.DATE(), nullable=True))
        batch_op.add_column(sa.Column('is_assigned', sa.BOOLEAN(), nullable=False, server_default=sa.false()))

    op.drop_table('programme_leavings')
    with op.batch_alter_table('programme_extensions', schema=None) as batch_op:
        batch_op.drop_index('ix_programme_extensions_member_id')
        batch_op.drop_index(batch_op.f('ix_programme_extensions_batch'))

    op.drop_table('programme_extensions')
    with op.batch_alter_table('programme_names', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_programme_names_person_id'))

    op.drop_table('programme_names')
    with op.batch_alter_table('programme_messages', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_programme_messages_person_id'))

    op.drop_table('programme_messages')
    with op.batch_alter_table('programme_members', schema=None) as batch_op:
        batch_op.drop_index('ix_programme_members_programme_id_due_at')
        batch_op.drop_index('ix_programme_members_person_id')

    op.drop_table('programme_members')
    with op.batch_alter_table('programme_items', schema=None) as batch_op:
        batch_op.drop_index('ix_programme_items_kind_ref_id')

    op.drop_table('programme_items')
    with op.batch_alter_table('programme_completions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_programme_completions_person_id'))

    op.drop_table('programme_completions')
    with op.batch_alter_table('programmes', schema=None) as batch_op:
        batch_op.drop_index('ix_programmes_state')

    op.drop_table('programmes')
    op.drop_table('programme_defaults')
