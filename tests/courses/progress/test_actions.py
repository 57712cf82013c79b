"""Reading, answering, finishing: what the server credits, and that nothing a person did is lost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from courses.catalogue import queries as catalogue_queries
from courses.catalogue.actions import loading as catalogue
from courses.hours import queries as hours
from courses.progress import actions, events, queries, rules
from courses.progress.models import CourseCompletion, UnitCompletion
from lms import clock
from lms.db import db, transaction
from lms.errors import Refused
from tests import factories
from tests.courses import shelf

pytestmark = pytest.mark.usefixtures("context")
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
REACH_ALL = factories.session.Reach("trainer", "all")


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def course(folder):
    with transaction():
        return shelf.loaded(folder)


@pytest.fixture
def lin() -> int:
    with transaction():
        return factories.person().id


class Life:
    """One person's evening, moved by hand."""

    def __init__(self, person_id: int) -> None:
        self.person_id, self.now = person_id, NOON

    def at(self, seconds: float):
        self.now = self.now + timedelta(seconds=seconds)
        return clock.frozen(self.now)

    def open(self, unit, after: float = 0):
        with self.at(after), transaction():
            return actions.open_lesson(self.person_id, unit)

    def beat(self, reading, block: int = 1, after: float = 20, **more):
        with self.at(after), transaction():
            return actions.beat(reading, block, **more)

    def answer(self, reading, chosen=(1,), after: float = 1):
        with self.at(after), transaction():
            return actions.answer_check(reading, reading.version.checks[0]["id"], list(chosen))

    def finish(self, unit, furthest=99, after: float = 1):
        with self.at(after), transaction():
            return actions.finish_lesson(self.person_id, unit, furthest)

    def read(self, unit) -> UnitCompletion:
        reading = self.open(unit)
        for _ in range(6):
            self.beat(reading, 99)
        self.answer(reading)
        return self.finish(unit)


@pytest.fixture
def life(lin) -> Life:
    return Life(lin)


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


class TestReading:
    def test_opening_enrols_and_pins_the_version(self, course, life):
        reading = life.open(shelf.step(course))
        assert reading.version.number == 1
        assert queries.enrolment(life.person_id, course.id) is not None

    def test_beats_are_credited_and_kept_for_the_week(self, course, life):
        reading = life.open(shelf.step(course))
        for n in range(3):
            life.beat(reading, n + 2)
        assert (reading.seconds, reading.block, reading.furthest_block) == (60, 4, 4)
        day = clock.local(NOON).date()
        assert queries.study_seconds(life.person_id, day, day) == {day: 60}

    def test_the_place_moves_back_but_what_was_seen_stays_seen(self, course, life):
        reading = life.open(shelf.step(course))
        life.beat(reading, 5)
        life.beat(reading, 2)
        assert (reading.block, reading.furthest_block) == (2, 5)

    def test_a_flood_of_beats_earns_nothing_extra(self, course, life):
        reading = life.open(shelf.step(course))
        for _ in range(50):
            life.beat(reading, after=0.5)
        assert reading.seconds <= 25

    def test_an_absence_is_not_reading(self, course, life):
        reading = life.open(shelf.step(course))
        life.beat(reading, after=3600)
        assert reading.seconds == rules.LONGEST_GAP

    def test_a_hidden_page_that_comes_back_earns_nothing_for_the_time_between(self, course, life):
        reading = life.open(shelf.step(course))
        life.beat(reading, after=30, resumed=True)
        assert reading.seconds == 0
        life.beat(reading, after=20)
        assert reading.seconds == 20

    def test_two_tabs_share_the_time(self, course, life):
        first, second = life.open(shelf.step(course, 1)), life.open(shelf.step(course, 2))
        for _ in range(10):
            life.beat(first, after=10)
            life.beat(second, after=10)
        assert first.seconds + second.seconds == 200
        day = clock.local(NOON).date()
        assert queries.study_seconds(life.person_id, day, day) == {day: 200}

    def test_a_clock_that_went_back_earns_nothing_and_harms_nothing(self, course, life):
        reading = life.open(shelf.step(course))
        life.beat(reading, after=20)
        life.beat(reading, after=-600)
        life.beat(reading, after=610)
        assert reading.seconds == 30

    def test_a_lesson_earns_at_most_three_times_its_minutes(self, course, life):
        reading = life.open(shelf.step(course))
        for _ in range(70):
            life.beat(reading)
        assert reading.seconds == 6 * 60 * 3

    def test_a_block_that_is_not_there_is_the_nearest_that_is(self, course, life):
        reading = life.open(shelf.step(course))
        life.beat(reading, 10_000)
        assert reading.block == reading.version.blocks

    def test_coming_back_keeps_the_place_and_the_seconds(self, course, life):
        reading = life.open(shelf.step(course))
        life.beat(reading, 3)
        again = life.open(shelf.step(course), after=7200)
        assert (again.id, again.block, again.seconds) == (reading.id, 3, 20)


class TestVersions:
    def change(self, folder):
        path = folder / "T1/lessons/01-step.md"
        path.write_text(
            path.read_text(encoding="utf-8").replace("听完再问。", "听完再问，问完复述。"), encoding="utf-8"
        )
        with transaction():
            catalogue.load_library(folder)

    def test_who_is_in_mid_lesson_keeps_the_version(self, course, folder, life):
        life.open(shelf.step(course))
        self.change(folder)
        assert life.open(shelf.step(course), after=60).version.number == 1

    def test_who_has_finished_opens_the_newest_and_stays_finished(self, course, folder, life):
        done = life.read(shelf.step(course))
        self.change(folder)
        assert life.open(shelf.step(course), after=60).version.number == 2
        assert queries.unit_completion(life.person_id, shelf.step(course).id).id == done.id
        assert done.version_number == 1

    def test_a_retired_lesson_can_be_finished_by_who_began_it_but_not_begun(self, course, folder, life):
        unit = shelf.step(course)
        life.open(unit)
        (folder / "T1/lessons/01-step.md").unlink()
        with transaction():
            catalogue.load_library(folder)
        assert life.open(unit, after=5).version.number == 1
        with transaction():
            other = Life(factories.person("王立").id)
        with pytest.raises(Refused, match="已经不在课程里"):
            other.open(unit)


class TestChecks:
    def test_an_answer_is_kept_right_or_wrong_and_the_newest_counts(self, course, life):
        reading = life.open(shelf.step(course))
        assert life.answer(reading, [0]).is_right is False
        assert life.answer(reading, [1]).is_right is True
        kept = queries.check_answers(life.person_id, reading.version_id)
        assert kept["t1-step1-q1"].chosen == [1]

    def test_a_question_that_is_not_in_the_text_is_refused(self, course, life):
        reading = life.open(shelf.step(course))
        with pytest.raises(Refused), transaction():
            actions.answer_check(reading, "t1-step2-q1", [1])

    def test_another_person_s_answer_does_not_count(self, course, life):
        reading = life.open(shelf.step(course))
        with transaction():
            other = Life(factories.person("王立").id)
        other.answer(other.open(shelf.step(course)))
        assert queries.check_answers(life.person_id, reading.version_id) == {}


class TestFinishing:
    def test_a_read_lesson_is_done_and_earns_its_hours(self, course, life):
        done = life.read(shelf.step(course))
        assert (done.source_kind, done.source_id, done.version_number) == ("lesson", "t1-step1", 1)
        entry = hours.entry_of(life.person_id, "lesson", "t1-step1")
        assert (entry.hours, entry.label) == (Decimal("0.25"), "接线入门：第 1 步")

    def test_finishing_twice_changes_nothing(self, course, life):
        first = life.read(shelf.step(course))
        assert life.finish(shelf.step(course)).id == first.id
        assert count(UnitCompletion) == 1

    def test_an_open_question_refuses(self, course, life):
        reading = life.open(shelf.step(course))
        for _ in range(10):
            life.beat(reading, 99)
        with pytest.raises(Refused, match="随堂一问"):
            life.finish(shelf.step(course))

    def test_an_unread_end_refuses(self, course, life):
        reading = life.open(shelf.step(course))
        for _ in range(10):
            life.beat(reading, 2)
        life.answer(reading)
        with pytest.raises(Refused, match="读到最后"):
            life.finish(shelf.step(course), furthest=2)

    def test_too_little_time_refuses(self, course, life):
        reading = life.open(shelf.step(course))
        life.answer(reading)
        with pytest.raises(Refused, match="至少要读"):
            life.finish(shelf.step(course))

    def test_a_lesson_never_opened_cannot_be_finished(self, course, life):
        with pytest.raises(Refused, match="没有打开"):
            life.finish(shelf.step(course))

    def test_without_script_the_time_from_opening_to_finishing_counts(self, course, life):
        reading = life.open(shelf.step(course))
        life.answer(reading, after=50)
        life.open(shelf.step(course))
        done = life.finish(shelf.step(course), furthest=None, after=70)
        assert done.version_number == 1
        assert reading.seconds == 120

    def test_without_script_a_night_counts_as_the_stated_minutes(self, course, life):
        reading = life.open(shelf.step(course))
        life.answer(reading, after=36_000)
        assert reading.seconds == 360


class TestCompleting:
    def test_the_last_unit_completes_the_course_and_says_so_once(self, course, life):
        seen = []

        def note(completion):
            seen.append((completion.person_id, completion.course.code, completion.course_version))

        events.course_completed.connect(note)
        try:
            life.read(shelf.step(course, 1))
            assert seen == []
            life.read(shelf.step(course, 2))
            life.finish(shelf.step(course, 2))
        finally:
            events.course_completed.disconnect(note)
        assert seen == [(life.person_id, "T1", 1)]
        found = queries.completed_courses([life.person_id, 999])
        assert list(found[life.person_id]) == ["T1"]
        assert found[999] == {}
        assert queries.mandatory_done([life.person_id]) == {life.person_id: (1, 1)}

    def test_a_unit_closed_by_something_else_counts_without_lesson_hours(self, tmp_path, lin):
        with transaction():
            course = shelf.loaded(tmp_path, exam=True, lessons=1)
            exam = shelf.step(course, 2)
            actions.complete_unit(lin, exam, source=("attempt", 7))
        assert hours.entries(lin, clock.today().year) == []
        assert count(CourseCompletion) == 0
        Life(lin).read(shelf.step(course))
        assert count(CourseCompletion) == 1

    def test_a_new_version_never_takes_a_completion_away(self, course, folder, life):
        life.read(shelf.step(course, 1))
        life.read(shelf.step(course, 2))
        TestVersions().change(folder)
        assert queries.completed_courses([life.person_id])[life.person_id]
        assert count(CourseCompletion) == 1

    def test_a_course_that_asks_for_more_is_completed_again_in_its_new_version(self, course, folder, life):
        life.read(shelf.step(course, 1))
        life.read(shelf.step(course, 2))
        (folder / "T1/lessons/03-step.md").write_text(shelf.lesson("t1-step3", "第 3 步"), encoding="utf-8")
        with transaction():
            catalogue.load_library(folder)
        db.session.expire_all()
        life.read(shelf.step(catalogue_queries.course("T1"), 3))
        found = queries.course_completions(life.person_id, course.id)
        assert [one.course_version for one in found] == [1, 2]


class TestStanding:
    def test_it_tells_what_is_done_and_what_is_left(self, course, life):
        life.read(shelf.step(course, 1))
        reading = life.open(shelf.step(course, 2))
        life.beat(reading, 4)
        (one,) = queries.standing(life.person_id)
        assert [step.state for step in one.steps] == ["done", "now"]
        assert one.next_step.unit.code == "t1-step2"
        assert 0 < one.minutes_left < 6
        assert one.segments[0] == (6, "done", 100)

    def test_the_number_of_queries_does_not_grow_with_courses(self, course, folder, life, count_queries):
        queries.standings(life.person_id)
        del count_queries[:]
        queries.standings(life.person_id)
        few = len(count_queries)
        with transaction():
            for n in range(2, 6):
                shelf.write(folder, f"T{n}")
            catalogue.load_library(folder)
        db.session.expire_all()
        del count_queries[:]
        assert len(queries.standings(life.person_id)) == 5
        assert len(count_queries) == few


class TestEnrolling:
    def test_a_second_time_changes_nothing(self, course, lin):
        with transaction():
            assert actions.enrol(lin, course).id == actions.enrol(lin, course).id
