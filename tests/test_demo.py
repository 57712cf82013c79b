"""The demo organisation: who is in it, that it is the same every time, and that nothing in it lies ahead of its day."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Date, func, select

from appraisals.cycles import queries as cycles
from appraisals.cycles.models import Cycle, Participation
from appraisals.cycles.rules import board
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Stage as CycleStage
from assessments.attempts import actions as attempts
from assessments.attempts import queries as sittings
from assessments.attempts import saving
from assessments.attempts.models import Attempt, AttemptStatus, AttemptVoiding, Result
from assessments.exams import queries as exams
from assessments.exams import rules as exam_rules
from assessments.marking import rules as marking
from certificates.awards import queries as awards
from certificates.awards.models import Award, AwardStatus, Revocation
from courses.catalogue.models import UnitKind
from courses.hours.models import HourEntry
from courses.programmes.models import MessageKind, Programme, ProgrammeExtension, ProgrammeMessage, Stage
from courses.programmes.queries import members as programmes
from courses.programmes.rules.board import Count
from courses.progress import actions as progress
from courses.progress import queries as learning
from lms import audit, clock
from lms.access import actions as access
from lms.access import rules as access_rules
from lms.access.models import AccessRecord, Account, Role, RoleGrant
from lms.db import Instant, Model, db, transaction
from lms.demo import Demo
from lms.notices.models import Notice
from lms.operations import crowd
from lms.people import queries as people
from lms.people.models import EmploymentForm, Person, Spell
from lms.web.guards import Reach
from tests import databases
from wsgi import create_app

pytestmark = pytest.mark.own_database

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 1, 40, tzinfo=clock.local_instant(TODAY).tzinfo)
FORMS = {
    EmploymentForm.civil_servant: 14, EmploymentForm.institution: 42, EmploymentForm.direct_contract: 36,
    EmploymentForm.dispatch: 44, EmploymentForm.outsourced: 50,
}  # fmt: skip
HR = (Reach("hr", "all"),)
NAMED = ("A1037", "A1186", "A1012", "T2001", "L3001", "H4001", "H4101", "C5001", "S9001", "S9002", "S9003")
# what may rightly lie ahead: ends, deadlines, validity
AHEAD = {
    "due_on", "valid_until", "valid_to", "expires_at", "deadline_at", "contract_to", "grading_due_on", "day",
    "effective_on", "locked_until", "closes_at", "opens_at", "document_on", "expires_on", "send_after", "due_at",
    "ends_on", "grace_until",
}  # fmt: skip


def application(folder: Path, database_url: str = ""):
    """An application on a database of its own."""
    fonts = folder / "fonts"
    if not fonts.exists():
        fonts.symlink_to(ROOT / "var" / "fonts")
    return create_app(
        testing=True, data_dir=folder, database_url=database_url, secret_key="t" * 40, smtp_host="", jobs="embedded"
    )


def build(app) -> None:
    """A demo organisation, as the two commands make it."""
    runner = app.test_cli_runner()
    with clock.frozen(NOW):
        for command in (["db", "upgrade"], ["library", "load"], ["demo", "load"]):
            done = runner.invoke(args=command)
            assert done.exit_code == 0, (command, done.output, done.exception)


@pytest.fixture(scope="module")
def twin_process(tmp_path_factory) -> Iterator[tuple[Path, subprocess.Popen]]:
    """Where another process makes the same organisation on SQLite, beside the one that is tested."""
    folder = tmp_path_factory.mktemp("twin")
    words = "import sys, pathlib; from tests import test_demo as t; t.build(t.application(pathlib.Path(sys.argv[1])))"
    process = subprocess.Popen([sys.executable, "-c", words, str(folder)], cwd=ROOT)
    yield folder, process
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def demo(app, twin_process, tmp_path_factory):  # `app` first: that of the other tests is built before this one
    url = databases.fresh_postgres() if databases.wanted() == "postgres" else ""
    made = application(tmp_path_factory.mktemp("demo"), url)
    build(made)
    yield made
    with made.app_context():
        db.engine.dispose()
    if url:
        databases.drop_postgres(url)


@pytest.fixture(scope="module")
def twin(demo, twin_process):
    folder, process = twin_process
    assert process.wait() == 0
    made = application(folder)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def standing_still(demo):
    with demo.app_context(), clock.frozen(NOW):
        yield
    with demo.app_context():
        db.session.remove()


def number_of(staff_number: str) -> int:
    return db.session.scalars(select(Spell.person_id).where(Spell.staff_number == staff_number)).one()


def fingerprint(app) -> tuple[dict[str, int], list[tuple]]:
    """How many rows each table has, and every score with the hash of its tree."""
    with app.app_context():
        counts = {
            name: db.session.scalar(select(func.count()).select_from(table))
            for name, table in Model.metadata.tables.items()
        }
        scores = db.session.execute(
            select(Spell.staff_number, Cycle.code, Participation.total, Participation.gates)
            .join(Participation, Participation.spell_id == Spell.id)
            .join(Cycle, Cycle.id == Participation.cycle_id)
            .order_by(Cycle.code, Spell.staff_number)
        )
        digests = [(*row, None) for row in scores]
        digests += [
            tuple(row) for row in db.session.execute(select(Result.score, Result.graded_at).order_by(Result.id))
        ]
        trees = {row.digest for one in db.session.scalars(select(Participation)) if (row := one.score)}
        db.session.remove()
    return counts, [*digests, tuple(sorted(trees))]


def test_it_comes_out_the_same_on_the_same_day_and_on_every_database(demo, twin) -> None:
    here, there = fingerprint(demo), fingerprint(twin)
    assert here[0] == there[0]
    assert here[1] == there[1]


def test_a_second_load_is_refused(demo) -> None:
    done = demo.test_cli_runner().invoke(args=["demo", "load"])
    assert done.exit_code == 1
    assert "已经有人员" in done.output


def test_186_people_of_five_forms_work_here(demo) -> None:
    spells = db.session.scalars(people.current_spells(TODAY)).all()
    assert len(spells) == 186
    assert Counter(spell.form for spell in spells) == FORMS
    assert len({spell.vendor_id for spell in spells} - {None}) == 2


def test_the_named_accounts_are_there(demo) -> None:
    for number in NAMED:
        account = db.session.scalars(select(Account).where(Account.person_id == number_of(number))).one()
        assert account.is_demo
        assert (account.password_hash is None) == (number == "A1186")
    roles = set(db.session.scalars(select(RoleGrant.role)))
    assert roles == set(Role)


def test_the_newcomers_slip_opens_the_first_sign_in(demo) -> None:
    code = access_rules.normal_code("YZNEW-STAFF-2026")
    attempt = access.sign_in_by_code("A1186", code, hours=8, device="test", address="127.0.0.1")
    db.session.rollback()
    assert attempt.token
    assert attempt.refused is None


def test_the_audit_chain_holds(demo) -> None:
    verdict = audit.verify()
    assert verdict.broken_id is None
    assert verdict.lines > 1000


def test_nothing_lies_ahead_of_its_day(demo) -> None:
    late = []
    for name, table in Model.metadata.tables.items():
        for column in table.columns:
            if column.name in AHEAD or not isinstance(column.type, (Date, Instant)) or name.startswith("policy"):
                continue
            newest = db.session.scalar(select(func.max(column)))
            limit = NOW if isinstance(column.type, Instant) else TODAY
            if newest is not None and newest > limit and (name, column.name) != ("calendar_days", "day"):
                late.append((name, column.name, newest))
    assert not late


def test_most_have_finished_the_courses_and_some_are_in_the_middle(demo) -> None:
    ids = [spell.person_id for spell in db.session.scalars(people.current_spells(TODAY))]
    done = Counter(len(courses) for courses in learning.completed_courses(ids).values())
    assert done[3] > 110
    assert done[0] >= 5
    standings = [learning.standing(person_id) for person_id in ids]
    reading = sum(any(step.state == "now" for one in taken for step in one.steps) for taken in standings)
    assert reading >= 15


def test_programmes_run_one_near_its_end_one_late_and_one_is_a_draft(demo) -> None:
    stages = Counter(db.session.scalars(select(Programme.state)))
    assert stages == {Stage.published: 3, Stage.draft: 1}
    assert db.session.scalar(select(func.count()).select_from(ProgrammeExtension)) == 2
    ids = db.session.scalars(select(Programme.id).where(Programme.state == Stage.published)).all()
    totals = [sum(cells.values(), Count()) for cells in programmes.counts(ids, HR, TODAY, NOW).values()]
    assert any(0.9 < one.done / one.asked < 0.96 and not one.late for one in totals)
    assert any(5 <= one.late <= 40 for one in totals)
    assert programmes.of_person(number_of("A1037"), running=True)
    kinds = set(db.session.scalars(select(ProgrammeMessage.kind)))
    assert kinds == set(MessageKind)


def test_scores_are_spread_and_failures_come_before_passes(demo) -> None:
    scores = db.session.scalars(select(Result.score)).all()
    assert min(scores) < 60 < 80 < Decimal(sum(scores)) / len(scores) < 92
    assert max(scores) == 100
    numbers = db.session.execute(select(Attempt.number, Result.is_passed).join(Result, Result.attempt_id == Attempt.id))
    found = Counter((number, is_passed) for number, is_passed in numbers)
    assert found[1, False] > 60
    assert found[2, True] > 40
    assert db.session.scalar(select(func.count()).select_from(AttemptVoiding)) == 3


def test_one_person_sits_an_exam_right_now(demo) -> None:
    attempt = db.session.scalars(select(Attempt).where(Attempt.status == AttemptStatus.open)).one()
    assert attempt.deadline_at - NOW == timedelta(minutes=40)
    assert len(sittings.latest_answers(attempt.id)) >= 10


def test_certificates_run_out_in_steps_one_is_withdrawn_and_the_rare_name_is_held(demo) -> None:
    left = [(award.valid_until - TODAY).days for award in awards.expiring(60, TODAY)]
    assert sum(days <= 7 for days in left) >= 2
    assert sum(days <= 30 for days in left) >= 10
    assert sum(days <= 60 for days in left) >= 20
    assert db.session.scalar(select(func.count()).where(Award.valid_until < TODAY)) >= 5
    withdrawn = db.session.scalars(select(Revocation)).one()
    assert len(withdrawn.reason) > 10
    held = db.session.scalars(select(Award).where(Award.status == AwardStatus.held)).all()
    assert {award.holder_name for award in held} == {"𠮷野明"}
    names = set(db.session.scalars(select(Award.holder_name).where(Award.status == AwardStatus.issued)))
    assert {"龚䶮", "陈㛃", "沈𬱖", "方喆"} <= names


def test_the_ledger_has_one_line_taken_back(demo) -> None:
    line = db.session.scalars(select(HourEntry).where(HourEntry.reversal_of_id.is_not(None))).one()
    assert line.person_id == number_of("A1037")
    assert line.hours < 0


def test_last_year_is_archived_with_a_grade_for_everybody_who_gets_one(demo) -> None:
    annual = cycles.cycle("2025")
    assert annual.state == CycleStage.archived
    rows = cycles.board(annual.id, (cycles.EVERYBODY,))
    assert {row.form for row in rows} == set(EmploymentForm)
    assert all(row.is_final for row in rows if row.is_graded)
    assert all(not pool.over for pool in seats(annual, rows))
    assert {Grade.excellent, Grade.competent, Grade.basic} <= {row.grade for row in rows}


def test_the_third_quarter_is_being_graded(demo) -> None:
    quarter = cycles.cycle("2026Q3")
    assert quarter.state == CycleStage.grading
    rows = cycles.board(quarter.id, (cycles.EVERYBODY,))
    assert all(row.score_id for row in rows)
    assert sum(row.total is None for row in rows) == 2
    decided = sum(row.grade is not None for row in rows)
    assert 0.3 < decided / len(rows) < 0.9
    assert [pool.over for pool in seats(quarter, rows) if pool.over] == [1]
    assert all(75 < row.total <= 100 for row in rows if row.total is not None)


def seats(cycle, rows):
    return board.seats_of(rows, {key: (pool.label, pool.percent) for key, pool in cycles.pools(cycle.id).items()})


def test_inboxes_have_read_and_unread_notices_and_people_see_who_looked(demo) -> None:
    main = number_of("A1037")
    mine = db.session.scalars(select(Notice).where(Notice.person_id == main)).all()
    assert {one.read_at is None for one in mine} == {True, False}
    assert db.session.scalar(select(func.count()).where(AccessRecord.person_id == main)) >= 2
    order = [one.created_at for one in db.session.scalars(select(Notice).order_by(Notice.id))]
    assert order == sorted(order)


def test_lin_xiaolan_stands_where_the_tour_finds_her(demo) -> None:
    main = number_of("A1037")
    standing = {one.course.code: one for one in learning.standing(main)}
    c1, b2 = standing["C1"], standing["B2"]
    assert [step.state for step in c1.steps if step.is_lesson] == ["done", "done", "done", "now", "todo", "todo"]
    reading = learning.reading(main, c1.next_step.unit.id)
    assert 1 < reading.block < reading.version.blocks
    assert reading.seconds > 60
    assert all(step.state == "done" for step in b2.steps if step.is_lesson)
    assert standing["A3"].is_done
    left = {award.subject: (award.valid_until - TODAY).days for award in awards.valid_awards([main], TODAY)}
    assert left == {"A3": 37}
    states = {}
    for exam in exams.exams():
        made = sittings.sittings(main, [exam.id]).get(exam.id, [])
        states[exam.code] = (exam_rules.standing(exam, made, NOW).state, len(made))
    assert states == {
        "exam-a3": ("passed", 1), "exam-b2": ("ready", 1), "exam-c1": ("ready", 0), "exam-calls": ("ready", 0),
        "exam-intake-post": ("ready", 0), "exam-winter-review": ("not_yet", 0),
    }  # fmt: skip


@contextmanager
def at(instant):
    with clock.frozen(instant):
        yield


def test_she_goes_the_whole_chain_from_there(demo) -> None:
    main, name = number_of("A1037"), "林晓岚"
    moment = NOW
    with transaction(), audit.acting_as(main, name, "test"):
        [course] = [one.course for one in learning.standing(main) if one.course.code == "C1"]
        for unit in [unit for unit in course.units if unit.kind == UnitKind.lesson]:
            with at(moment):
                reading = progress.open_lesson(main, unit)
                for check in reading.version.checks:
                    progress.answer_check(reading, check["id"], [0])
            moment += timedelta(minutes=reading.version.minutes)
            with at(moment):
                progress.finish_lesson(main, unit)
        exam = exams.exam("exam-c1")
        with at(moment):
            attempt = attempts.start(exam, main, "test")
            for question in sittings.questions(attempt.id):
                version = question.version
                right = sorted(marking.right_keys(version)) if version.options else None
                given = {"chosen": right} if right else {"text": str(version.accepted[0])}
                saving.save(attempt.id, main, question.position, epoch=1, seq=question.position, given=given)
            result = attempts.submit(attempt)
            assert result.score == 100
        with at(moment):
            assert "C1" in {award.subject for award in awards.valid_awards([main], clock.today())}
            post = exams.exam("exam-intake-post")
            assert attempts.start(post, main, "test").number == 1
    assert db.session.get(Person, main).name == name


def test_a_larger_organisation_has_everybody_again_with_records_of_their_own(demo) -> None:
    counted = select(func.count()).select_from
    people_before, results_before = (db.session.scalar(counted(model)) for model in (Person, Result))
    lin = number_of("A1037")
    best = sittings.best_scores(lin)
    db.session.rollback()
    with transaction():
        told = list(crowd.grow(Demo(random.Random(1), TODAY), 2 * crowd.SIZE))
    assert told == [f"第 1 / 1 份，已有 {2 * people_before} 人"]
    assert db.session.scalar(counted(Result)) == 2 * results_before
    # what an attempt counts is a result of that very attempt, the copies' too
    astray = counted(Attempt).join(Result, Result.id == Attempt.result_id).where(Result.attempt_id != Attempt.id)
    assert db.session.scalar(astray) == 0
    uncounted = counted(Attempt).where(Attempt.status == AttemptStatus.handed_in, Attempt.result_id.is_(None))
    assert db.session.scalar(uncounted) == 0
    assert sittings.best_scores(lin + people_before) == best
    assert number_of("A1037~1") == lin + people_before
