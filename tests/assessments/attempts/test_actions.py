"""The verbs of an attempt: start, save, take over, hand in, void; and the sweep."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from assessments.attempts import actions, events, queries, rules, saving, sweep
from assessments.attempts.models import Answer, Attempt, AttemptStatus, HandedInBy, Result
from assessments.bank.models import Question
from courses.catalogue import queries as catalogue
from courses.hours import queries as hours
from courses.progress import actions as progress
from courses.progress import queries as learning
from lms import clock
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.errors import Refused
from tests import factories
from tests.assessments import hall

pytestmark = pytest.mark.usefixtures("context")
DAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(DAY):
        yield


@pytest.fixture
def lin(library) -> int:
    with transaction():
        return factories.person().id


def later(**kwargs):
    return clock.frozen(clock.now() + timedelta(**kwargs), everywhere=True)


def started(person_id: int, code: str = hall.QUIZ) -> Attempt:
    with transaction():
        return actions.start(hall.exam(code), person_id, "1")


def save(attempt: Attempt, position: int = 1, *, seq: int = 1, epoch: int = 1, person_id: int | None = None, **given):
    with transaction():
        return saving.save(
            attempt.id, person_id or attempt.person_id, position, epoch=epoch, seq=seq, given=given or {"chosen": ["A"]}
        )


def values(attempt: Attempt, position: int = 1) -> list:
    rows = db.session.scalars(
        select(Answer.value).where(Answer.attempt_id == attempt.id, Answer.position == position).order_by(Answer.id)
    )
    return list(rows)


class TestStart:
    def test_it_draws_the_paper_and_keeps_the_terms(self, lin):
        attempt = started(lin)
        asked = queries.questions(attempt.id)
        assert [q.section for q in asked] == [1, 1, 1, 1, 2, 2, 3, 4, 5]
        assert sum(q.points for q in asked) == 100
        assert attempt.deadline_at == attempt.started_at + timedelta(minutes=20)
        assert (attempt.number, attempt.epoch, Decimal(attempt.terms["pass_mark"])) == (1, 1, 80)
        assert all(sorted(q.option_order) == [o["key"] for o in q.version.options] for q in asked)

    def test_a_second_one_waits_for_the_first(self, lin):
        started(lin)
        with pytest.raises(Refused, match="还没交卷"):
            started(lin)

    def test_after_a_fail_the_delay_and_then_questions_not_seen_before(self, lin):
        with transaction():
            hall.sat(lin, right=())
        with pytest.raises(Refused, match="到时间后"):
            started(lin)
        with later(hours=24):
            attempt = started(lin)
        seen = {q.version.question_id for q in queries.questions(attempt.id)}
        before = {q.version.question_id for q in queries.questions(attempt.id - 1)}
        assert attempt.number == 2
        assert len(seen - before) >= 2 + 1 + 1  # of six singles, three multiples and two judgements

    def test_a_pass_ends_it(self, lin):
        with transaction():
            hall.sat(lin)
        with later(days=30), pytest.raises(Refused, match="已经通过"):
            started(lin)

    def test_a_bank_that_ran_short_costs_no_attempt(self, lin):
        with transaction():
            db.session.execute(update(Question).where(Question.code.startswith("t1-m")).values(is_retired=True))
        with pytest.raises(Refused, match="多选题.*需 2 题，可用 0 题"):
            started(lin)
        assert not queries.attempts_of(lin, hall.exam().id)

    def test_an_attempt_under_way_keeps_its_wording(self, lin, folder):
        attempt = started(lin)
        path = folder / "T1/questions.md"
        path.write_text(path.read_text(encoding="utf-8").replace("的题干", "的新题干"), encoding="utf-8")
        with transaction():
            hall.load(folder)
        hall.fresh()
        assert all("新题干" not in q.version.stem_text for q in queries.questions(attempt.id))


class TestSave:
    def test_every_save_is_a_row_and_the_newest_counts(self, lin):
        attempt = started(lin)
        save(attempt, seq=1, chosen=["A"])
        save(attempt, seq=2, chosen=["B"], flagged=True)
        assert values(attempt) == [{"chosen": ["A"]}, {"chosen": ["B"], "flagged": True}]
        assert queries.latest_answers(attempt.id)[1].value["chosen"] == ["B"]

    def test_the_same_save_twice_is_kept_once_with_its_time(self, lin):
        attempt = started(lin)
        first = save(attempt)
        with later(minutes=1):
            assert save(attempt) == first
        assert len(values(attempt)) == 1

    def test_another_answer_under_a_used_number_is_told_the_next_one(self, lin):
        attempt = started(lin)
        save(attempt, seq=7, chosen=["A"])
        save(attempt, 2, seq=9, chosen=["A"])
        with pytest.raises(rules.Overtaken) as found:
            save(attempt, seq=7, chosen=["B"])
        assert found.value.next_seq == 10
        save(attempt, seq=10, chosen=["B"])
        assert values(attempt)[-1] == {"chosen": ["B"]}

    def test_a_late_one_never_hides_a_newer_one(self, lin):
        attempt = started(lin)
        save(attempt, seq=5, chosen=["B"])
        with pytest.raises(rules.Overtaken):
            save(attempt, seq=4, chosen=["A"])
        with pytest.raises(rules.Overtaken):
            save(attempt, seq=4, chosen=["B"])
        assert values(attempt) == [{"chosen": ["B"]}]

    @pytest.mark.parametrize("position", [0, 10, 99])
    def test_a_question_that_is_not_in_the_paper(self, lin, position):
        with pytest.raises(Refused, match="没有这道题"):
            save(started(lin), position)

    def test_somebody_elses_attempt(self, lin):
        attempt = started(lin)
        with transaction():
            other = factories.person("陈实").id
        with pytest.raises(Refused, match="没有这道题"):
            save(attempt, person_id=other)

    def test_an_option_that_is_not_there(self, lin):
        with pytest.raises(Refused, match="没有 Z"):
            save(started(lin), chosen=["Z"])

    def test_after_the_deadline(self, lin):
        attempt = started(lin)
        with later(minutes=20), pytest.raises(rules.Closed, match="时间到"):
            save(attempt)
        assert not values(attempt)

    def test_from_a_device_the_exam_has_left(self, lin):
        attempt = started(lin)
        save(attempt, seq=50)
        with transaction():
            actions.take_over(attempt, "2")
        with pytest.raises(rules.Moved):
            save(attempt, seq=51)
        save(attempt, seq=1, epoch=2, chosen=["B"])
        assert queries.latest_answers(attempt.id)[1].value == {"chosen": ["B"]}

    def test_after_handing_in_and_when_voided(self, lin):
        attempt = started(lin)
        with transaction():
            actions.submit(attempt)
        with pytest.raises(rules.Closed, match="已经交卷"):
            save(attempt)
        with transaction():
            actions.void(attempt, "机房停电", lin)
        with pytest.raises(rules.Closed, match="已经作废"):
            save(attempt)


class TestTakeOver:
    def test_it_moves_and_loses_nothing(self, lin):
        attempt = started(lin)
        save(attempt)
        deadline = attempt.deadline_at
        with transaction():
            actions.take_over(attempt, "2")
        hall.fresh()
        assert (attempt.device, attempt.epoch, attempt.deadline_at) == ("2", 2, deadline)
        assert queries.latest_answers(attempt.id)[1].value == {"chosen": ["A"]}

    def test_not_after_handing_in(self, lin):
        attempt = started(lin)
        with transaction():
            actions.submit(attempt)
        with pytest.raises(Refused, match="已经交卷"), transaction():
            actions.take_over(attempt, "2")


class TestSubmit:
    def test_a_pass_completes_the_unit_and_earns_hours(self, lin):
        passed, graded = [], []
        with (
            events.exam_passed.connected_to(passed.append),
            events.attempt_graded.connected_to(graded.append),
            transaction(),
        ):
            result = hall.sat(lin)
        assert (result.score, result.is_passed, result.right_count, result.question_count) == (100, True, 9, 9)
        assert passed == graded == [result]
        unit = catalogue.unit("exam-t1")
        completion = learning.unit_completion(lin, unit.id)
        assert (completion.source_kind, completion.source_id) == ("attempt", str(result.attempt_id))
        entry = hours.entry_of(lin, "attempt", str(result.attempt_id))
        assert (entry.label, entry.hours > 0) == ("结业测验", True)

    def test_a_fail_does_neither(self, lin):
        with transaction():
            result = hall.sat(lin, right=(1, 2, 3))
        assert (result.score, result.is_passed) == (30, False)
        assert learning.unit_completion(lin, catalogue.unit("exam-t1").id) is None
        assert not hours.entries(lin, DAY.year)

    def test_an_exam_that_stands_alone_needs_no_unit(self, lin):
        with transaction():
            assert hall.sat(lin, hall.POST).is_passed

    def test_sections_and_abilities_are_kept(self, lin):
        with transaction():
            result = hall.sat(lin, right=(1, 2, 3, 4))
        assert [Decimal(s["points"]) for s in result.sections] == [40, 0, 0, 0, 0]
        assert [(a["code"], Decimal(a["full_points"])) for a in result.abilities] == [("K3", 100)]
        assert [item.verdict for item in result.items] == ["right"] * 4 + ["wrong"] * 5

    def test_nothing_answered_is_a_result_of_nothing(self, lin):
        attempt = started(lin)
        with transaction():
            result = actions.submit(attempt)
        assert (result.score, {item.verdict for item in result.items}) == (0, {"blank"})

    def test_twice_is_refused_and_changes_nothing(self, lin):
        attempt = started(lin)
        with transaction():
            actions.submit(attempt)
        with pytest.raises(Refused, match="交过卷"), transaction():
            actions.submit(attempt)
        assert len(db.session.scalars(select(Result)).all()) == 1

    def test_after_the_deadline_it_counts_as_handed_in_at_the_deadline(self, lin):
        attempt = started(lin)
        with later(minutes=45), transaction():
            actions.submit(attempt)
        assert (attempt.handed_in_by, attempt.handed_in_at) == (HandedInBy.deadline, attempt.deadline_at)

    def test_the_last_quiz_completes_the_course(self, lin):
        course = catalogue.course("T1")
        with transaction():
            for unit in course.units[:2]:
                progress.complete_unit(lin, unit, source=("lesson", unit.code))
            hall.sat(lin)
        assert learning.course_completions(lin, course.id)


class TestSweep:
    def test_it_hands_in_what_is_due_and_nothing_else(self, lin):
        attempt = started(lin)
        save(attempt, chosen=["B"])
        with transaction():
            other = factories.person("陈实").id
        with later(minutes=10):
            running = started(other)
        assert sweep.hand_in_due() == 0
        with later(minutes=20):
            assert sweep.hand_in_due() == 1
            assert sweep.hand_in_due() == 0
        hall.fresh()
        assert (attempt.status, attempt.handed_in_by) == (AttemptStatus.handed_in, HandedInBy.deadline)
        assert queries.result(attempt.id) is not None
        assert running.status == AttemptStatus.open

    def test_one_that_fails_does_not_stop_the_others(self, lin, monkeypatch):
        attempt = started(lin)
        with transaction():
            second = factories.person("陈实").id
        other = started(second)
        submit = actions.submit

        def breaks(found, by):
            if found.id == attempt.id:
                raise RuntimeError("broken")
            return submit(found, by)

        monkeypatch.setattr(sweep.actions, "submit", breaks)
        with later(minutes=21):
            assert sweep.hand_in_due() == 1
        hall.fresh()
        assert (attempt.status, other.status) == (AttemptStatus.open, AttemptStatus.handed_in)


class TestVoid:
    def test_it_no_longer_counts_and_the_hours_go_back(self, lin):
        told = []
        with (
            events.attempt_voided.connected_to(lambda sender, reason: told.append((sender.id, reason))),
            transaction(),
        ):
            result = hall.sat(lin)
            voiding = actions.void(result.attempt, "  机房  停电 ", 5)
        assert (voiding.reason, voiding.voided_by) == ("机房 停电", 5)
        assert (result.attempt_id, "机房 停电") in told
        assert sum(entry.hours for entry in hours.entries(lin, DAY.year)) == 0
        assert not queries.results([lin], DAY, DAY)
        attempt = started(lin)  # neither the pass nor a delay stands in the way
        assert attempt.number == 2

    def test_a_second_pass_earns_its_own_hours(self, lin):
        with transaction():
            actions.void(hall.sat(lin).attempt, "机房停电", 5)
            hall.sat(lin)
        assert sum(entry.hours for entry in hours.entries(lin, DAY.year)) > 0

    def test_one_under_way_is_closed(self, lin):
        attempt = started(lin)
        with transaction():
            actions.void(attempt, "误用他人工位", 5)
        assert (attempt.status, queries.result(attempt.id)) == (AttemptStatus.voided, None)
        with pytest.raises(Refused, match="作废"), transaction():
            actions.submit(attempt)

    def test_it_needs_a_reason_and_happens_once(self, lin):
        attempt = started(lin)
        with pytest.raises(Refused, match="理由"), transaction():
            actions.void(attempt, "停", 5)
        with transaction():
            actions.void(attempt, "机房停电", 5)
        with pytest.raises(Refused, match="已经作废"), transaction():
            actions.void(attempt, "机房停电", 5)


def test_what_is_done_leaves_its_lines_in_the_trail(lin):
    with transaction():
        result = hall.sat(lin, right=())
        actions.void(result.attempt, "机房停电", 5)
    verbs = set(db.session.scalars(select(AuditLine.verb).where(AuditLine.kind == "attempt")))
    assert verbs == {"attempt.start", "attempt.hand_in", "attempt.void"}


def test_results_are_read_by_people_days_and_exams(lin):
    with transaction():
        result = hall.sat(lin)
    assert queries.results([lin], DAY, DAY) == [result]
    assert queries.results([lin], DAY, DAY, [hall.QUIZ]) == [result]
    assert not queries.results([lin], DAY, DAY, [hall.POST])
    assert not queries.results([lin], DAY + timedelta(days=1), DAY + timedelta(days=2))
    assert not queries.results([], DAY, DAY)
