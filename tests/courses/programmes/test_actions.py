"""What programmes do: publish, follow, remind, nudge, extend, complete; and doing it twice, or being killed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from courses.programmes import sweep
from courses.programmes.actions import drafting, extending, following, reminding, telling
from courses.programmes.models import (
    MessageKind,
    Programme,
    ProgrammeCompletion,
    ProgrammeDefaults,
    ProgrammeExtension,
    ProgrammeLeaving,
    ProgrammeMember,
    ProgrammeMessage,
    Reason,
    Stage,
)
from courses.programmes.queries import members
from courses.programmes.queries import programmes as queries
from courses.programmes.queries.members import Wanted
from courses.programmes.rules.audience import Audience
from courses.programmes.rules.deadlines import Due
from courses.progress import events
from lms import audit, clock, jobs
from lms.db import db, transaction
from lms.errors import Refused
from lms.jobs import Job, JobStatus
from lms.mail import OutboxMail
from lms.notices.models import Notice
from lms.people import actions as people
from lms.people.actions import Employment
from lms.people.models import EmploymentForm, Person, Spell
from tests import factories
from tests.courses import shelf
from tests.courses.programmes import stories
from tests.courses.programmes.stories import ALL, T1

pytestmark = pytest.mark.usefixtures("context")
MONDAY = date(2026, 11, 23)


@pytest.fixture
def course(context, tmp_path):
    with transaction():
        return shelf.loaded(tmp_path, exam=True)


@pytest.fixture
def team(course):
    """Four people in a team, one of them with an address."""
    with transaction():
        unit = factories.unit("T9", "受理九组")
        ids = [factories.person(f"陈{n}", unit=unit).id for n in range(4)]
        db.session.get_one(Person, ids[0]).email = "chen@yunzhou.example"
    return unit, ids


def count(table, *conditions) -> int:
    return db.session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def publish(**changes) -> Programme:
    with transaction():
        programme = drafting.draft(stories.plan(**changes))
        drafting.publish(programme)
        programme_id = programme.id
    stories.run_jobs()
    found = queries.programme(programme_id)
    assert found is not None
    return found


class TestPublishing:
    def test_everybody_the_rule_names_is_asked_told_and_mailed(self, team):
        _unit, ids = team
        programme = publish()
        rows = db.session.scalars(select(ProgrammeMember).order_by(ProgrammeMember.person_id)).all()
        assert [row.person_id for row in rows] == sorted(ids)
        assert {row.reason for row in rows} == {Reason.rule}
        assert {clock.local(row.due_at).hour for row in rows} == {18}
        notices = db.session.scalars(select(Notice).where(Notice.kind == "programme")).all()
        assert {one.person_id for one in notices} == set(ids)
        assert "18:00 前完成：接线入门" in notices[0].body
        assert [mail.to for mail in db.session.scalars(select(OutboxMail))] == ["chen@yunzhou.example"]
        assert programme.followed_at is not None
        assert db.session.scalars(select(Job)).one().status is JobStatus.done

    def test_an_empty_audience_is_refused_and_it_stays_a_draft(self, team):
        with transaction():
            programme = drafting.draft(stories.plan(audience=Audience(forms=frozenset({EmploymentForm.civil_servant}))))
        with pytest.raises(Refused, match="一个人也没有选中"), transaction():
            drafting.publish(programme)
        assert db.session.get_one(Programme, programme.id).state is Stage.draft
        assert count(Job) == 0

    def test_a_deadline_that_passed_while_it_lay_as_a_draft_is_refused(self, team):
        with transaction():
            programme = drafting.draft(stories.plan(due=Due(on=stories.days(1))))
        with factories.on_day(stories.days(3)), pytest.raises(Refused, match="已经过去"), transaction():
            drafting.publish(programme)

    def test_a_second_publication_is_refused_and_a_second_job_harmless(self, team):
        programme = publish()
        with pytest.raises(Refused, match="已经发布"), transaction():
            drafting.publish(programme)
        with transaction():
            jobs.start(drafting.JOB, programme=programme.id)
        stories.run_jobs()
        assert count(ProgrammeMember) == 4
        assert count(Notice, Notice.kind == "programme") == 4
        assert count(OutboxMail) == 1

    def test_killed_in_the_middle_it_goes_on_where_it_stopped(self, team, monkeypatch):
        monkeypatch.setattr(telling, "CHUNK", 2)
        monkeypatch.setattr(telling.portions, "__defaults__", (2,))
        with transaction():
            programme = drafting.draft(stories.plan())
            job_id = drafting.publish(programme).id
            programme_id = programme.id
        steps = following.follow(programme_id)
        with transaction():
            assert next(steps) == (2, 4)
        steps.close()  # the process dies between two chunks
        assert count(ProgrammeMember) == 2
        jobs.run(job_id)
        assert count(ProgrammeMember) == 4
        assert count(Notice, Notice.kind == "programme") == 4
        assert count(ProgrammeMessage, ProgrammeMessage.kind == MessageKind.asked) == 4

    def test_a_job_that_never_came_to_its_end_is_made_good_by_the_sweep(self, team):
        with transaction():
            programme = drafting.draft(stories.plan())
            drafting.publish(programme)
        assert sweep.once_a_minute() == 0
        with clock.frozen(clock.now() + timedelta(minutes=11)):
            assert sweep.once_a_minute() >= 4
        assert count(ProgrammeMember) == 4

    def test_the_cost_in_queries_does_not_grow_with_people(self, team, count_queries):
        unit, _ids = team
        needed = []
        for n in range(2):
            with transaction():
                for m in range(1 + 20 * n):
                    factories.person(f"赵{n}{m}", unit=unit)
                programme = drafting.draft(stories.plan(title=f"任务 {n}"))
                programme.state = Stage.published
            del count_queries[:]
            with transaction():
                stories.run(following.follow(programme.id))
            needed.append(len(count_queries))
        assert abs(needed[1] - needed[0]) <= 1

    def test_who_wrote_it_hears_that_it_is_out(self, team):
        with transaction():
            author = factories.person("方静", roles=("hr",))
        with factories.as_person(author):
            publish()
        assert "已发布" in "".join(db.session.scalars(select(Notice.title).where(Notice.person_id == author.id)))

    def test_every_step_leaves_an_audit_line(self, team):
        programme = publish()
        with transaction():
            drafting.close(programme)
        verbs = list(db.session.scalars(select(audit.AuditLine.verb).where(audit.AuditLine.kind == "programme")))
        assert verbs == ["programme.draft", "programme.publish", "programme.follow", "programme.close"]


class TestDrafts:
    def test_a_draft_is_rewritten_whole_and_thrown_away(self, team):
        _unit, ids = team
        with transaction():
            programme = drafting.draft(stories.plan(named={ids[0]: (False, "产假")}))
            drafting.rewrite(programme, stories.plan(title="新名字", named={ids[1]: (True, "")}, needed=1))
        found = queries.programme(programme.id)
        assert (found.title, [one.person_id for one in found.named], found.needed) == ("新名字", [ids[1]], 1)
        with transaction():
            drafting.discard(found)
        assert queries.programme(programme.id) is None

    def test_what_is_published_is_not_rewritten(self, team):
        programme = publish()
        for verb in (lambda: drafting.rewrite(programme, stories.plan()), lambda: drafting.discard(programme)):
            with pytest.raises(Refused, match="已经发布"), transaction():
                verb()

    def test_a_copy_is_a_draft_of_the_same(self, team):
        programme = publish(needed=1)
        with transaction():
            twin = drafting.copy(programme)
        assert (twin.state, twin.title, twin.needed) == (Stage.draft, "年度必修（副本）", 1)
        assert [item.ref_id for item in twin.items] == ["T1"]

    def test_defaults_are_loaded_once(self, course):
        with transaction():
            drafting.load_defaults()
            assert drafting.load_defaults() == 0
        start = queries.defaults(clock.today())
        assert (start.days_before, start.days_after, start.least_days) == ([7, 1], [1], 7)
        assert queries.defaults(date(2020, 1, 1)) is None
        assert count(ProgrammeDefaults) == 1


def follow_again(minutes: int = 11) -> None:
    with clock.frozen(clock.now() + timedelta(minutes=minutes)):
        sweep.once_a_minute()


class TestFollowing:
    def test_a_joiner_comes_in_with_days_enough_and_is_told(self, team):
        unit, _ids = team
        programme = publish(due=Due(on=stories.days(2), least_days=7))
        with transaction():
            newcomer = factories.person("宋一诺", unit=unit).id
        follow_again()
        row = db.session.scalars(select(ProgrammeMember).where(ProgrammeMember.person_id == newcomer)).one()
        assert row.reason is Reason.joiner
        assert clock.local(row.due_at).date() == clock.local(row.joined_at).date() + timedelta(days=7)
        assert count(Notice, Notice.person_id == newcomer) == 1
        assert count(ProgrammeMember, ProgrammeMember.programme_id == programme.id) == 5

    def test_without_the_tick_no_joiner_comes_in(self, team):
        unit, _ids = team
        publish(takes_joiners=False)
        with transaction():
            factories.person("宋一诺", unit=unit)
        follow_again()
        assert count(ProgrammeMember) == 4

    def test_a_leaver_is_no_longer_asked_and_keeps_the_row(self, team):
        _unit, ids = team
        publish()
        with transaction():
            spell = db.session.scalars(select(Spell).where(Spell.person_id == ids[0])).one()
            spell.ends_on = stories.days(-1)
        follow_again()
        follow_again()
        leaving = db.session.scalars(select(ProgrammeLeaving)).one()
        assert leaving.reason is Reason.left
        assert count(ProgrammeMember) == 4
        own = members.of_person(ids[0])
        assert own[0].left_at is not None

    def test_a_mover_leaves_and_comes_back_with_a_second_row(self, team):
        unit, ids = team
        publish(audience=Audience(units=frozenset({unit.id})))
        other = moved(ids[0], factories.unit("T8", "受理八组"))
        follow_again()
        assert db.session.scalars(select(ProgrammeLeaving.reason)).all() == [Reason.moved]
        with transaction():
            other = db.session.get_one(Spell, other)
            other.unit_id = unit.id
        follow_again(22)
        numbers = db.session.scalars(select(ProgrammeMember.number).where(ProgrammeMember.person_id == ids[0])).all()
        assert sorted(numbers) == [1, 2]
        assert count(Notice, Notice.person_id == ids[0], Notice.kind == "programme") == 2
        assert members.of_person(ids[0])[0].left_at is None

    def test_named_out_people_leave_and_named_in_people_come_whatever_the_rule(self, team):
        _unit, ids = team
        with transaction():
            outside = factories.person("王立", form="institution", unit=factories.unit("T8", "八组")).id
        publish(
            audience=Audience(
                forms=frozenset({EmploymentForm.outsourced}),
                named_in=frozenset({outside}),
                named_out=frozenset(ids[:1]),
            ),
            named={outside: (True, ""), ids[0]: (False, "产假")},
        )
        rows = {row.person_id: row.reason for row in db.session.scalars(select(ProgrammeMember))}
        assert rows == {ids[1]: Reason.rule, ids[2]: Reason.rule, ids[3]: Reason.rule, outside: Reason.named}

    def test_a_closed_programme_follows_nobody(self, team):
        unit, _ids = team
        programme = publish()
        with transaction():
            drafting.close(programme)
            factories.person("宋一诺", unit=unit)
        follow_again()
        assert count(ProgrammeMember) == 4

    def test_a_scope_binds_joiners_too(self, team):
        unit, _ids = team
        vendor = db.session.scalars(select(Spell.vendor_id)).first()
        publish(audience=Audience.from_json({"scope": {"units": [], "vendors": [vendor]}}))
        with transaction():
            factories.person("甲", unit=unit, vendor=factories.vendor("V8", "乙公司"))
            factories.person("乙", unit=unit)
        follow_again()
        assert count(ProgrammeMember) == 5


def moved(person_id: int, unit) -> int:
    """The person works elsewhere from today on; returns the new spell."""
    with transaction():
        person = db.session.get_one(Person, person_id)
        before = db.session.scalars(select(Spell).where(Spell.person_id == person_id)).one()
        employment = Employment(
            staff_number=f"{before.staff_number}X", form=before.form, employer=before.employer, unit_id=unit.id,
            post_id=before.post_id, starts_on=clock.today(), vendor_id=before.vendor_id,
        )  # fmt: skip
        return people.start_spell(person, employment).id


class TestCompleting:
    def test_what_was_done_before_and_still_holds_counts_and_nobody_is_bothered(self, team, course):
        _unit, ids = team
        with transaction():
            stories.complete(ids[0], course.id, clock.now() - timedelta(days=100))
            stories.complete(ids[1], course.id, clock.now() - timedelta(days=800))  # valid for 24 months
        publish()
        assert db.session.scalars(select(ProgrammeCompletion.person_id)).all() == [ids[0]]
        assert count(Notice, Notice.person_id == ids[0]) == 0
        assert count(Notice, Notice.person_id == ids[1]) == 1

    def test_or_does_not_count_where_it_must_be_done_anew(self, team, course):
        _unit, ids = team
        with transaction():
            stories.complete(ids[0], course.id, clock.now() - timedelta(days=100))
        publish(counts_earlier=False)
        assert count(ProgrammeCompletion) == 0

    def test_a_course_without_an_exam_counts_for_ever(self, context, tmp_path):
        with transaction():
            course = shelf.loaded(tmp_path)
            person_id = factories.person().id
            stories.complete(person_id, course.id, clock.now() - timedelta(days=3000))
        publish()
        assert count(ProgrammeCompletion) == 1

    def test_the_last_course_completes_it_in_the_same_moment(self, team, course):
        _unit, ids = team
        programme = publish()
        with transaction():
            events.course_completed.send(stories.complete(ids[0], course.id))
        assert members.of_person(ids[0])[0].completed_at is not None
        assert members.of_person(ids[0], running=True) == []
        with transaction():
            assert following.note(ids[0], [T1]) == 0
            assert following.note(ids[1], [("course", "nothing")]) == 0
        cells = members.counts([programme.id], ALL, clock.today(), clock.now())[programme.id]
        assert sum(one.done for one in cells.values()) == 1

    def test_the_morning_stamps_what_nobody_announced(self, team, course):
        _unit, ids = team
        publish()
        with transaction():
            stories.complete(ids[0], course.id)
        with factories.on_day(stories.days(1), hour=10):
            sweep.once_a_minute()
        assert db.session.scalars(select(ProgrammeCompletion.person_id)).all() == [ids[0]]


def mornings(n: int) -> None:
    """The sweep of every morning and noon from today on, that many days long."""
    start = clock.today()
    for offset in range(n):
        for hour in (8, 9, 12):
            with factories.on_day(start + timedelta(days=offset), hour=hour):
                sweep.once_a_minute()


class TestReminding:
    def test_seven_days_one_day_and_late_each_once_whatever_runs_how_often(self, team):
        with factories.on_day(MONDAY):
            publish(due=Due(on=MONDAY + timedelta(days=10)))
            mornings(16)
        rows = db.session.execute(
            select(ProgrammeMessage.mark, func.count())
            .where(ProgrammeMessage.kind == MessageKind.reminder)
            .group_by(ProgrammeMessage.mark)
        ).all()
        assert {row[0]: row[1] for row in rows} == {"2026-12-03:7": 4, "2026-12-03:1": 4, "2026-12-03:-1": 4}
        assert count(Notice, Notice.kind == "programme") == 16
        assert count(OutboxMail) == 4

    def test_reminders_go_out_in_the_morning_not_at_night(self, team):
        with factories.on_day(MONDAY):
            publish(due=Due(on=MONDAY + timedelta(days=8)))
        with factories.on_day(MONDAY + timedelta(days=1), hour=8):
            sweep.once_a_minute()
        assert count(ProgrammeMessage, ProgrammeMessage.kind == MessageKind.reminder) == 0
        with factories.on_day(MONDAY + timedelta(days=1), hour=9):
            sweep.once_a_minute()
        assert count(ProgrammeMessage, ProgrammeMessage.kind == MessageKind.reminder) == 4

    def test_a_server_that_was_off_sends_one_not_three(self, team):
        with factories.on_day(MONDAY):
            publish(due=Due(on=MONDAY + timedelta(days=10)))
        with factories.on_day(MONDAY + timedelta(days=12), hour=10):
            sweep.once_a_minute()
        assert count(ProgrammeMessage, ProgrammeMessage.kind == MessageKind.reminder) == 4

    def test_killed_in_the_middle_the_rest_is_reminded_and_nobody_twice(self, team, monkeypatch):
        with factories.on_day(MONDAY):
            programme = publish(due=Due(on=MONDAY + timedelta(days=8)))
        monkeypatch.setattr(telling.portions, "__defaults__", (2,))
        with factories.on_day(MONDAY + timedelta(days=1), hour=10):
            steps = reminding.remind(programme.id)
            with transaction():
                assert next(steps) == 2
            steps.close()
            sweep.once_a_minute()
        assert count(ProgrammeMessage, ProgrammeMessage.kind == MessageKind.reminder) == 4
        assert count(Notice, Notice.title.startswith("还有")) == 4

    def test_who_has_more_time_is_reminded_by_the_new_day(self, team):
        _unit, ids = team
        with factories.on_day(MONDAY):
            programme = publish(due=Due(on=MONDAY + timedelta(days=10)))
            with transaction():
                extending.extend(programme, ids[:1], ALL, MONDAY + timedelta(days=20), "住院治疗")
            mornings(15)
        marks = db.session.scalars(
            select(ProgrammeMessage.mark).where(
                ProgrammeMessage.person_id == ids[0], ProgrammeMessage.kind == MessageKind.reminder
            )
        ).all()
        assert marks == ["2026-12-13:7"]


class TestNudging:
    def test_once_a_day_at_most_in_the_inbox_and_by_mail(self, team):
        _unit, ids = team
        programme = publish()
        with transaction():
            assert reminding.nudge(programme, ids, ALL, "抽空接着学") == (4, None)
        with pytest.raises(Refused, match="今天都已经催办过"), transaction():
            reminding.nudge(programme, ids, ALL, "再说一遍好吗")
        with factories.on_day(stories.days(1)), transaction():
            assert reminding.nudge(programme, ids[:1], ALL, "抽空接着学")[0] == 1
        assert count(ProgrammeMessage, ProgrammeMessage.kind == MessageKind.nudge) == 5
        assert count(Notice, Notice.title == "提醒：年度必修") == 5
        assert count(OutboxMail, OutboxMail.subject == "提醒：年度必修") == 2

    def test_who_is_done_gone_or_out_of_reach_is_left_alone(self, team, course):
        _unit, ids = team
        programme = publish()
        with transaction():
            events.course_completed.send(stories.complete(ids[0], course.id))
        reach = (stories.Given("line_leader", "own_unit", unit_id=factories.unit("T8", "八组").id),)
        with pytest.raises(Refused), transaction():
            reminding.nudge(programme, ids, reach, "抽空接着学")
        with transaction():
            assert reminding.nudge(programme, ids, ALL, "抽空接着学")[0] == 3

    def test_empty_and_endless_words_are_refused(self, team):
        _unit, ids = team
        programme = publish()
        for words in ("快 学", "学" * 301):
            with pytest.raises(Refused), transaction():
                reminding.nudge(programme, ids, ALL, words)

    def test_very_many_are_nudged_by_a_job_that_may_be_run_twice(self, team, monkeypatch):
        _unit, ids = team
        programme = publish()
        monkeypatch.setattr(reminding, "AT_ONCE", 2)
        with transaction():
            n, job = reminding.nudge(programme, ids, ALL, "抽空接着学")
            assert n == 4
            job_id = job.id
        jobs.run(job_id)
        with transaction():
            jobs.start(reminding.JOB, programme=programme.id, people=ids, text="抽空接着学")
        stories.run_jobs()
        assert count(ProgrammeMessage, ProgrammeMessage.kind == MessageKind.nudge) == 4


class TestExtending:
    def test_more_time_is_a_row_and_taking_it_back_another(self, team):
        _unit, ids = team
        programme = publish()
        with transaction():
            batch, n = extending.extend(programme, ids[:2], ALL, stories.days(60), "支援区中心")
        assert n == 2
        assert deadlines(programme) == [stories.days(30)] * 2 + [stories.days(60)] * 2
        with transaction():
            assert extending.take_back(programme, batch) == 2
        assert deadlines(programme) == [stories.days(30)] * 4
        assert count(ProgrammeExtension) == 4
        with pytest.raises(Refused, match="已经撤销过"), transaction():
            extending.take_back(programme, batch)

    def test_a_later_extension_stands_in_the_way_of_taking_back(self, team):
        _unit, ids = team
        programme = publish()
        with transaction():
            first, _n = extending.extend(programme, ids[:2], ALL, stories.days(60), "支援区中心")
            second, _n = extending.extend(programme, ids[:1], ALL, stories.days(90), "支援区中心")
        with pytest.raises(Refused, match="其中 1 人后来"), transaction():
            extending.take_back(programme, first)
        with transaction():
            extending.take_back(programme, second)
        assert deadlines(programme) == [stories.days(30)] * 2 + [stories.days(60)] * 2

    def test_one_who_has_left_or_is_done_refuses_the_lot_by_name(self, team, course):
        _unit, ids = team
        programme = publish()
        with transaction():
            spell = db.session.scalars(select(Spell).where(Spell.person_id == ids[0])).one()
            spell.ends_on = stories.days(-1)
            events.course_completed.send(stories.complete(ids[1], course.id))
        follow_again()
        with pytest.raises(Refused, match="陈0.*离岗"), transaction():
            extending.extend(programme, [ids[0], ids[2]], ALL, stories.days(60), "支援区中心")
        with pytest.raises(Refused, match="陈1.*已经完成"), transaction():
            extending.extend(programme, [ids[1], ids[2]], ALL, stories.days(60), "支援区中心")
        assert count(ProgrammeExtension) == 0

    def test_nobody_too_many_or_a_closed_programme(self, team):
        _unit, ids = team
        programme = publish()
        with pytest.raises(Refused, match="没有选中"), transaction():
            extending.extend(programme, [], ALL, stories.days(60), "支援区中心")
        with pytest.raises(Refused, match="一次最多"), transaction():
            extending.extend(programme, range(501), ALL, stories.days(60), "支援区中心")
        with transaction():
            drafting.close(programme)
        with pytest.raises(Refused, match="已经结束"), transaction():
            extending.extend(programme, ids, ALL, stories.days(60), "支援区中心")


def deadlines(programme: Programme) -> list[date]:
    rows, _total = members.listed(programme.id, ALL, Wanted(), clock.today(), clock.now(), limit=None)
    return [clock.local(row.due_at).date() for row in rows]


class TestCommand:
    def test_the_sweep_can_be_run_by_hand(self, app, team):
        publish()
        done = app.test_cli_runner().invoke(args=["programmes", "sweep"])
        assert done.exit_code == 0
        assert "处理了" in done.output
