"""From hand-in to the result through the marking queue."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from assessments.attempts import actions as attempts
from assessments.attempts import queries
from assessments.attempts.models import AttemptStatus
from assessments.markers import actions
from assessments.markers import queries as queue
from assessments.markers.models import Script, ScriptMark
from assessments.markers.rules import Terms
from certificates.awards.models import Award
from courses.hours.models import HourEntry
from lms.db import db, transaction
from lms.errors import Refused
from lms.notices.models import Notice
from tests import factories
from tests.assessments import hall

pytestmark = pytest.mark.usefixtures("context")
FULL, HALF = ["4", "6"], ["2", "3"]


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(date(2026, 11, 24)):
        yield


@pytest.fixture
def people(written_library):
    with transaction():
        return [
            factories.person("林晓岚").id,
            *(factories.person(n, roles=("trainer",)).id for n in ("周敏", "韩雪", "高远")),
        ]


def handed_in(people, **kwargs):
    with transaction():
        return hall.wrote(people[0], **kwargs).id


def scripts() -> list[Script]:
    return list(db.session.scalars(select(Script).order_by(Script.position)))


def mark(script_id: int, marker: int, points=FULL, wanted: int = 1, **kwargs) -> None:
    with transaction():
        actions.mark(script_id, marker, points, wanted=wanted, **kwargs)


class TestHandIn:
    def test_it_waits_without_result_hours_or_certificate(self, people):
        attempt = queries.attempt(handed_in(people))
        assert attempt.status == AttemptStatus.awaiting
        assert queries.result(attempt.id) is None
        assert not db.session.scalars(select(HourEntry)).all()
        assert [(one.position, one.stage, one.due_on) for one in scripts()] == [
            (5, 1, date(2026, 12, 1)), (6, 1, date(2026, 12, 1)),
        ]  # fmt: skip

    def test_nobody_begins_again_while_it_waits(self, people):
        handed_in(people)
        with transaction(), pytest.raises(Refused, match="还在阅卷"):
            attempts.start(hall.exam(hall.WRITTEN), people[0], "1")

    def test_blank_answers_wait_for_nobody(self, people):
        found = queries.result(handed_in(people, texts=(" ", "")))
        assert (found.score, found.is_passed) == (60, False)
        assert scripts() == []


class TestMark:
    def test_the_last_mark_makes_the_result_with_all_that_follows(self, people):
        attempt_id = handed_in(people)
        first, second = scripts()
        mark(first.id, people[1], FULL, comment="说得很稳")
        assert queries.result(attempt_id) is None
        mark(second.id, people[1], HALF)
        found = queries.result(attempt_id)
        assert (found.score, found.is_passed, found.number) == (Decimal(90), True, 1)
        assert found.items[5].hand_points == 10
        assert db.session.scalars(select(HourEntry)).one().source_id == str(attempt_id)
        assert db.session.scalars(select(Award)).one().score == 90
        titles = db.session.scalars(select(Notice.title).where(Notice.person_id == people[0])).all()
        assert any(title.startswith("成绩出来了") for title in titles)

    def test_nobody_marks_their_own(self, people):
        with transaction():
            factories.grant(db.session.get(factories.Person, people[0]), "trainer")
        handed_in(people)
        with transaction(), pytest.raises(Refused, match="自己"):
            actions.mark(scripts()[0].id, people[0], FULL)
        assert queue.next_script(hall.exam(hall.WRITTEN).id, people[0], None) is None

    def test_a_slower_marker_is_told_and_nothing_is_kept(self, people):
        handed_in(people)
        first = scripts()[0]
        mark(first.id, people[1])
        with transaction(), pytest.raises(Refused, match="刚由别人"):
            actions.mark(first.id, people[2], HALF)
        assert len(db.session.scalars(select(ScriptMark)).all()) == 1

    def test_points_outside_the_rubric_are_refused(self, people):
        handed_in(people)
        with transaction(), pytest.raises(Refused, match="0 到 4 分"):
            actions.mark(scripts()[0].id, people[1], ["5", "6"])

    def test_a_voided_attempt_leaves_the_queue(self, people):
        attempt_id = handed_in(people)
        script = scripts()[0]
        with transaction():
            attempts.void(queries.attempt(attempt_id), "机房停电，经核实", people[1])
        assert queue.waiting_count(people[1], None) == (0, None)
        with transaction(), pytest.raises(Refused, match="不再需要"):
            actions.mark(script.id, people[1], FULL)


class TestTwoMarkers:
    @pytest.fixture(autouse=True)
    def double(self, context, people):
        with transaction():
            actions.set_terms(hall.exam(hall.WRITTEN), Terms(is_double=True, threshold_percent=20), people[1])

    def test_close_marks_give_their_mean_and_the_same_marker_cannot_give_both(self, people):
        attempt_id = handed_in(people, texts=("先安抚。", ""))
        script = scripts()[0]
        mark(script.id, people[1], ["4", "6"])
        with transaction(), pytest.raises(Refused, match="另一个人"):
            actions.mark(script.id, people[1], FULL, wanted=2)
        mark(script.id, people[2], ["4", "4"], wanted=2)
        assert queries.result(attempt_id).items[4].points == 18

    def test_marks_far_apart_call_a_third_who_decides(self, people):
        attempt_id = handed_in(people, texts=("先安抚。", ""))
        script = scripts()[0]
        mark(script.id, people[1], ["4", "6"])
        mark(script.id, people[2], ["0", "0"], wanted=2)
        assert queries.result(attempt_id) is None
        mark(script.id, people[3], ["2", "3"], wanted=3)
        assert queries.result(attempt_id).items[4].points == 10


class TestChange:
    def test_a_change_is_a_new_row_with_its_reason_until_the_result_is_out(self, people):
        attempt_id = handed_in(people)
        first, second = scripts()
        mark(first.id, people[1], HALF)
        old = db.session.scalars(select(ScriptMark)).one()
        with transaction(), pytest.raises(Refused, match="理由"):
            actions.change(old.id, people[1], FULL, "", " ")
        with transaction(), pytest.raises(Refused, match="自己评的"):
            actions.change(old.id, people[2], FULL, "", "看漏了一句")
        with transaction():
            actions.change(old.id, people[1], FULL, "", "看漏了一句")
        rows = db.session.scalars(select(ScriptMark).order_by(ScriptMark.id)).all()
        assert [(row.number, row.points, row.reason) for row in rows] == [(1, 10, ""), (2, 20, "看漏了一句")]
        mark(second.id, people[1], FULL)
        assert queries.result(attempt_id).score == 100
        with transaction(), pytest.raises(Refused, match="成绩已经出了"):
            actions.change(rows[-1].id, people[1], HALF, "", "还想再改一次")


def test_marking_again_by_another_person_makes_the_next_result(people):
    attempt_id = handed_in(people)
    for script in scripts():
        mark(script.id, people[1], ["0", "0"])
    first = scripts()[0]
    with transaction(), pytest.raises(Refused, match="已经评过"):
        actions.mark_again(first.id, people[1], FULL, "", "异议成立")
    with transaction():
        before, now = actions.mark_again(first.id, people[2], FULL, "", "异议成立：漏看")
    assert (before.score, now.score, now.number) == (60, 80, 2)
    assert queries.result(attempt_id).id == now.id
    assert [one.number for one in queries.results_of(attempt_id)] == [2, 1]
    assert db.session.scalars(select(Award)).one().score == 80
