"""Issuing, holding, releasing and withdrawing, in the transaction of what they rest on."""

import errno
import io
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from assessments.attempts import actions as attempts
from assessments.attempts.models import AttemptStatus
from assessments.exams.models import Exam
from certificates.awards import facts, queries, rules
from certificates.awards.actions import issuing, withdrawing
from certificates.awards.models import AwardStatus, Revocation
from certificates.awards.rules import State
from courses.progress.models import CourseCompletion
from lms import clock, files, pdf
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.errors import Refused
from lms.notices.models import Notice
from lms.people import actions as people
from lms.people.actions import Details
from lms.people.models import Person, Spell
from tests import factories
from tests.certificates import hall

pytestmark = pytest.mark.usefixtures("context")
DAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def today():
    with factories.on_day(DAY):
        yield


def person(name="林晓岚", **kwargs) -> int:
    with transaction():
        return factories.person(name, **kwargs).id


@pytest.fixture
def lin() -> int:
    return person()


def notices(person_id: int) -> list[str]:
    return list(db.session.scalars(select(Notice.title).where(Notice.person_id == person_id).order_by(Notice.id)))


class TestIssuing:
    def test_a_pass_brings_a_certificate_with_the_facts_of_that_day(self, lin):
        award = hall.certified(lin, right=9)
        assert award.status == AwardStatus.issued
        assert (award.holder_name, award.post_title, award.unit_name) == ("林晓岚", "坐席", "受理一组")
        assert award.score == 90
        assert (award.issued_on, award.valid_until) == (DAY, date(2028, 11, 23))
        assert rules.normal_number(award.number) == award.number
        assert award.number.startswith("YZ26-")
        assert "受理岗位资格" in award.facts["statement"]
        assert notices(lin) == ["证书已发：受理岗位资格证书"]

    def test_the_facts_and_the_file_are_kept_under_their_hashes(self, lin):
        award = hall.certified(lin)
        db.session.expire_all()
        assert award.facts_hash == rules.facts_hash(award.facts)
        content = files.load(award.pdf_hash)
        assert files.digest(content) == award.pdf_hash
        text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
        assert award.number in text.replace(" ", "")
        assert "林晓岚" in text.replace(" ", "").replace("\n", "")

    @pytest.mark.parametrize("name", ["龚䶮", "陈㛃", "沈𬱖", "方喆", "欧阳静安", "阿依古丽·买买提"])
    def test_rare_names_are_printed(self, name):
        award = hall.certified(person(name))
        assert award.status == AwardStatus.issued
        assert award.holder_name == name

    def test_no_pass_no_certificate(self, lin):
        with transaction():
            result = hall.sit(hall.make_exam(codes=()), lin, right=5)
        assert not result.is_passed
        assert issuing.issue_for_result(result) is None
        assert hall.awards(lin) == []

    def test_an_exam_without_a_certificate_gives_none(self, lin):
        with transaction():
            hall.sit(hall.make_exam(codes=(), certificate=""), lin)
        assert hall.awards(lin) == []

    def test_a_second_time_it_is_the_same_award(self, lin):
        with transaction():
            result = hall.sit(hall.make_exam(codes=()), lin)
            again = [issuing.issue_for_result(result) for _ in range(3)]
        assert len({award.id for award in again if award}) == 1
        assert len(hall.awards(lin)) == 1
        assert len(notices(lin)) == 1

    def test_the_post_of_that_day_not_of_today(self, lin):
        with transaction():
            spell = db.session.scalars(select(Spell).where(Spell.person_id == lin)).one()
            spell.ends_on = DAY
            later = factories.unit("T9", "回访组")
            db.session.add(
                Spell(
                    person_id=lin, staff_number="Z9", form="institution", employer="中心", unit_id=later.id,
                    post_id=factories.post("qc", "质检").id, starts_on=date(2026, 11, 25),
                )
            )  # fmt: skip
            exam = hall.make_exam(codes=())
        with factories.on_day(date(2026, 12, 1)):
            late = hall.certified(lin, exam.code)
        assert (late.post_title, late.unit_name) == ("质检", "回访组")
        again = person("周慧")
        assert hall.certified(again, exam.code).post_title == "坐席"

    def test_who_has_no_employment_that_day_still_gets_it(self):
        gone = person("走了", ends_on=date(2026, 11, 20))
        award = hall.certified(gone)
        assert award.status == AwardStatus.issued
        assert award.post_title == ""

    def test_a_rolled_back_pass_leaves_no_award(self, lin):
        with pytest.raises(RuntimeError), transaction():
            hall.sit(hall.make_exam(codes=()), lin)
            raise RuntimeError
        assert hall.awards(lin) == []

    def test_it_is_audited(self, lin):
        award = hall.certified(lin)
        line = db.session.scalars(select(AuditLine).where(AuditLine.verb == "award.issue")).one()
        assert line.ref_id == str(award.id)
        assert line.details["number"] == award.number


class TestCourses:
    def test_a_completed_course_brings_one_with_version_score_and_hours(self, lin):
        with transaction():
            course = hall.course(exam=True)
            course.version = 3
            hall.read_all(course, lin)
        assert hall.awards(lin) == []
        with transaction():
            exam = db.session.scalars(select(Exam)).one()
            hall.sit(exam, lin, right=9)
        award = hall.awards(lin)[0]
        assert (award.subject, award.title) == ("C1", "12345 热线标准与流程结业证书")
        assert award.score == 90
        assert award.valid_until == date(2027, 11, 23)
        assert award.facts["courses"] == [{"code": "C1", "title": "12345 热线标准与流程", "version": "第 3 版"}]
        assert award.endorsing_department == "培训科"
        assert len(hall.awards(lin)) == 1

    def test_its_hours_are_what_the_ledger_has_in_the_end(self, lin):
        with transaction():
            course = hall.course(exam=True)
            hall.read_all(course, lin)
            hall.sit(db.session.scalars(select(Exam)).one(), lin)
        ledger = queries_of_ledger(lin)
        assert ledger > 0
        assert hall.awards(lin)[0].hours == ledger

    def test_the_last_lesson_brings_it_too(self, lin):
        with transaction():
            course = hall.course(exam=True)
            hall.sit(db.session.scalars(select(Exam)).one(), lin, right=8)
        assert hall.awards(lin) == []
        with factories.on_day(date(2026, 11, 30)), transaction():
            hall.read_all(course, lin)
        award = hall.awards(lin)[0]
        assert award.issued_on == date(2026, 11, 30)
        assert award.score == 80
        assert award.hours == queries_of_ledger(lin)

    def test_a_course_without_exam_has_no_score(self, lin):
        with transaction():
            course = hall.course()
            hall.read_all(course, lin)
            completion = db.session.scalars(select(CourseCompletion)).one()
            assert issuing.issue_for_course(completion).id == hall.awards(lin)[0].id
        assert hall.awards(lin)[0].score is None

    def test_an_exam_over_courses_counts_their_hours(self, lin):
        with transaction():
            course = hall.course(exam=True)
            hall.read_all(course, lin)
            hall.sit(db.session.scalars(select(Exam)).one(), lin)
            exam = hall.make_exam(codes=("C1",))
            hall.sit(exam, lin)
        award = hall.awards(lin)[1]
        assert award.subject == exam.code
        assert award.facts["course_codes"] == ["C1"]
        assert award.hours == queries_of_ledger(lin)


def queries_of_ledger(person_id: int) -> Decimal:
    from courses.hours.queries import hours_done

    return hours_done([person_id], date(2026, 1, 1), date(2026, 12, 31))[person_id]


class TestHolding:
    def hr(self, **kwargs) -> int:
        return person("何敏", form="institution", roles=("hr",), **kwargs)

    def test_a_character_no_font_has_holds_the_award_and_the_pass_stands(self):
        hr, holder = self.hr(), person("𠮷野明")
        award = hall.certified(holder)
        assert award.status == AwardStatus.held
        assert award.pdf_hash is None
        assert "「𠮷」" in award.held_reason
        assert queries.by_number(award.number, DAY).state == State.held
        assert "𠮷野明的证书暂缓：受理岗位资格证书" in notices(hr)
        assert notices(holder) == ["证书暂缓：受理岗位资格证书"]
        result = db.session.scalars(select(Person)).first()
        assert result is not None

    def test_hr_of_another_vendor_is_not_told(self):
        with transaction():
            mine, other = factories.vendor("V1", "甲公司"), factories.vendor("V2", "乙公司")
            near = factories.person("近人事", vendor=mine, roles=("hr",), scope="own_vendor").id
            far = factories.person("远人事", vendor=other, roles=("hr",), scope="own_vendor").id
            holder = factories.person("𠮷野明", vendor=mine).id
        hall.certified(holder)
        assert len(notices(near)) == 1
        assert notices(far) == []

    def test_missing_fonts_hold_the_award(self, lin, tmp_path, app):
        prepared = app.config["LMS_SETTINGS"].fonts_dir
        pdf.use(tmp_path)
        try:
            award = hall.certified(lin)
        finally:
            pdf.use(prepared)
        assert award.status == AwardStatus.held
        assert "字体" in award.held_reason
        with transaction():
            assert issuing.release(award).status == AwardStatus.issued

    def test_a_full_disk_holds_the_award(self, lin, monkeypatch):
        def full(_content):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(files, "store", full)
        award = hall.certified(lin)
        assert award.status == AwardStatus.held
        assert "磁盘" in award.held_reason

    def test_a_fault_in_drawing_holds_the_award(self, lin, monkeypatch):
        def broken(_facts):
            raise ZeroDivisionError

        monkeypatch.setattr(issuing.layout, "render", broken)
        award = hall.certified(lin)
        assert award.status == AwardStatus.held
        assert "日志" in award.held_reason


class TestReleasing:
    @pytest.fixture
    def held(self):
        return hall.certified(person("𠮷野明"))

    def correct(self, person_id: int, name: str) -> None:
        with transaction():
            people.correct(db.session.get_one(Person, person_id), Details(name="𠮷野明", certificate_name=name))

    def test_after_the_name_is_corrected_there_is_a_new_row(self, held):
        self.correct(held.person_id, "吉野明")
        with factories.on_day(date(2026, 12, 3)), transaction():
            made = issuing.release(held)
        assert made.status == AwardStatus.issued
        assert made.released_from_id == held.id
        assert made.holder_name == "吉野明"
        assert (made.issued_on, made.valid_until) == (DAY, held.valid_until)
        assert made.number != held.number
        assert made.facts_hash == rules.facts_hash(made.facts)
        assert files.load(made.pdf_hash)
        assert held.status == AwardStatus.held, "what was held stays as it was"
        assert held.holder_name == "𠮷野明"
        assert queries.by_id(held.id, DAY).state == State.replaced
        assert [row.award.id for row in queries.awards_of(held.person_id, DAY)] == [made.id]
        assert notices(held.person_id)[-1].startswith("证书已发")

    def test_while_the_reason_stands_it_is_refused_and_nothing_changes(self, held):
        with pytest.raises(Refused, match="𠮷"), transaction():
            issuing.release(held)
        assert len(hall.awards(held.person_id)) == 1

    def test_a_second_time_it_is_the_same_certificate(self, held):
        self.correct(held.person_id, "吉野明")
        with transaction():
            assert issuing.release(held).id == issuing.release(held).id
        assert len(hall.awards(held.person_id)) == 2

    def test_an_issued_one_is_not_made_again(self):
        award = hall.certified(person())
        with pytest.raises(Refused, match="不在暂缓之列"), transaction():
            issuing.release(award)


class TestWithdrawing:
    def test_it_keeps_the_certificate_and_tells_the_holder(self, lin):
        award = hall.certified(lin)
        with transaction():
            withdrawing.revoke(award, "cheating", "考试时由他人代答", revoked_by=7)
        assert queries.by_number(award.number, DAY).state == State.revoked
        assert files.load(award.pdf_hash)
        assert notices(lin)[-1] == "证书已撤销：受理岗位资格证书"
        line = db.session.scalars(select(AuditLine).where(AuditLine.verb == "award.revoke")).one()
        assert line.details["reason"] == "考试时由他人代答"

    def test_twice_is_refused(self, lin):
        award = hall.certified(lin)
        with transaction():
            withdrawing.revoke(award, "other", "姓名写错了")
        with pytest.raises(Refused), transaction():
            withdrawing.revoke(award, "other", "姓名写错了")

    def test_a_voided_attempt_withdraws_what_rests_on_it(self, lin):
        award = hall.certified(lin)
        attempt = attempts_of(award)
        with transaction():
            attempts.void(attempt, "监考发现替考", voided_by=5)
        db.session.expire_all()
        assert attempt.status == AttemptStatus.voided
        assert award.revocation.reason_class == "attempt_voided"
        assert "监考发现替考" in award.revocation.reason
        assert award.revocation.revoked_by == 5

    def test_also_that_of_the_course_it_completed_but_no_other(self, lin):
        with transaction():
            course = hall.course(exam=True)
            hall.read_all(course, lin)
            result = hall.sit(db.session.scalars(select(Exam)).one(), lin)
        other = hall.certified(lin)
        with transaction():
            attempts.void(result.attempt, "监考发现替考", voided_by=5)
        db.session.expire_all()
        first, second = hall.awards(lin)
        assert first.revocation is not None
        assert second.id == other.id
        assert second.revocation is None

    def test_a_certificate_made_from_a_held_one_goes_with_it(self):
        held = hall.certified(person("𠮷野明"))
        TestReleasing().correct(held.person_id, "吉野明")
        with transaction():
            issuing.release(held)
            attempts.void(attempts_of(held), "监考发现替考", voided_by=5)
        assert len(list(db.session.scalars(select(Revocation)))) == 2
        with pytest.raises(Refused), transaction():
            issuing.release(held)


def attempts_of(award):
    from assessments.attempts.models import Attempt

    return db.session.get_one(Attempt, int(award.source_id))


class TestStanding:
    def test_a_renewed_one_makes_the_older_superseded(self, lin):
        old = hall.certified(lin)
        with factories.on_day(date(2028, 10, 1)):
            new = hall.certified(lin)
            day = clock.today()
            assert queries.by_id(old.id, day).state == State.superseded
            assert queries.by_id(new.id, day).state == State.valid
            assert [one.id for one in queries.valid_awards([lin], day)] == [new.id]
            with transaction():
                withdrawing.revoke(new, "other", "姓名写错了")
            assert queries.by_id(old.id, day).state == State.expiring, "a withdrawn one takes nobody's place"

    def test_valid_awards_of_a_day(self, lin):
        award = hall.certified(lin)
        assert queries.valid_awards([lin, 999_999], DAY) == [award]
        assert queries.valid_awards([lin], date(2026, 11, 23)) == []
        assert queries.valid_awards([lin], date(2028, 11, 23)) == [award]
        assert queries.valid_awards([lin], date(2028, 11, 24)) == []
        assert queries.valid_awards([], DAY) == []

    def test_what_ends_soon(self, lin):
        award = hall.certified(lin)
        assert queries.expiring(60) == []
        assert queries.expiring(60, date(2028, 9, 24)) == [award]
        assert queries.expiring(7, date(2028, 11, 15)) == []
        assert queries.expiring(7, date(2028, 11, 16)) == [award]
        assert queries.expiring(60, date(2028, 11, 24)) == []

    def test_many_people_cost_no_more_queries(self, lin, count_queries):
        hall.certified(lin)
        ids = [lin]
        count_queries.clear()
        queries.valid_awards(ids, DAY)
        queries.awards_of(lin, DAY)
        few = len(count_queries)
        for n in range(6):
            ids.append(person(f"陈{n}"))
            hall.certified(ids[-1])
            hall.certified(lin, f"exam-{n}")
        count_queries.clear()
        assert len(queries.valid_awards(ids, DAY)) == 13
        assert len(queries.awards_of(lin, DAY)) == 7
        assert len(count_queries) == few

    def test_the_printed_facts_come_back_whole(self, lin):
        award = hall.certified(lin, right=9)
        printed = facts.printed(award.facts)
        assert printed.score == award.score
        assert printed.verify_url.endswith(f"/v/{award.number}")
        assert printed.verify_code == award.number
