"""What exams show on other pages: 今日, course page, 我的档案, the desk; links and navigation."""

from typing import Any

from flask import Flask, g, url_for
from flask_babel import gettext as _

from assessments.attempts import queries
from assessments.bank import queries as bank
from assessments.exams import queries as exams
from assessments.exams import rules
from assessments.attempts.views.exams import STATES, rows_for
from courses.catalogue.rules import shown_title
from lms import clock
from lms.people import queries as people
from lms.people import rules as people_rules
from lms.web import guards, links, slots
from lms.web.languages import locale
from lms.web.links import Target
from lms.web.slots import Card, NavItem, Task

RECENT = 8


def tasks(person: Any) -> list[Task]:
    """Exams under way, and stand-alone ones that can be sat now."""
    found = []
    for row in rows_for(person.id):
        exam, state = row.exam, row.standing.state
        if state == "running" and row.attempt_id:
            found.append(
                Task(
                    title=row.title,
                    due_at=queries.deadline_of(row.attempt_id),
                    minutes=None,
                    href=url_for("attempts.question", attempt_id=row.attempt_id, n=1),
                    action=_("继续作答"),
                    facts=(_("考试正在进行，答案都在"),),
                    is_mandatory=True,
                )
            )
        elif state == "ready" and exam.unit_id is None:
            found.append(
                Task(
                    title=row.title,
                    due_at=exam.closes_at,
                    minutes=exam.minutes,
                    href=url_for("exams.exam", code=exam.code),
                    action=_("查看要求"),
                    facts=(
                        _("考试"),
                        _("剩 %(n)s 次机会", n=row.standing.attempts_left),
                        _("请安排在离线时段"),
                    ),
                )
            )
    return found


def course_card(course: Any, person: Any) -> Card | None:
    """The closing exam of a course and where the person stands with it."""
    for unit in course.units:
        exam = exams.exam_of_unit(unit.id) if unit.kind == "exam" and not unit.is_retired else None
        if exam is not None:
            made = queries.sittings(person.id, [exam.id]).get(exam.id, [])
            standing = rules.standing(exam, made, clock.now())
            values = {
                "exam": exam,
                "title": shown_title(exam, locale()),
                "standing": standing,
                "words": STATES[standing.state],
                "best": queries.best_scores(person.id).get(exam.id),
            }
            return Card("assessments/exams/_course.html", values, order=20)
    return None


def me_card(person: Any) -> Card:
    """The person's newest results, each opening its page."""
    return Card("assessments/attempts/_mine.html", {"results": queries.recent_results(person.id, RECENT)}, order=30)


def person_card(person_id: int, _viewer: Any) -> Card:
    """The same for staff who look at a person."""
    return Card("assessments/attempts/_mine.html", {"results": queries.recent_results(person_id, RECENT)}, order=40)


def desk_card(_person: Any) -> Card | None:
    """Exams with people sitting now, and the size of the bank, for trainers."""
    if not guards.reaches("trainer", "hr"):
        return None
    everything = exams.exams()
    counts = queries.exam_counts(exam.id for exam in everything)
    return Card(
        "assessments/exams/_desk.html",
        {"exams": everything, "counts": counts, "bank": sum(bank.counts().values())},
        order=30,
    )


def exam_link(ref_id: str) -> Target | None:
    """An exam's title and page."""
    found = exams.exam(ref_id)
    return Target(shown_title(found, locale()), url_for("exams.exam", code=found.code)) if found else None


def attempt_link(ref_id: str) -> Target | None:
    """An attempt's result, for its person and those who may see it."""
    found = queries.attempt(int(ref_id)) if ref_id.isdigit() else None
    if found is None:
        return None
    label = _("%(title)s，第 %(n)s 次", title=shown_title(found.exam, locale()), n=found.number)
    may = found.person_id == g.person.id or _in_reach(found.person_id)
    return Target(label, url_for("attempts.result", attempt_id=found.id) if may else None)


def _in_reach(person_id: int) -> bool:
    reaches = guards.reaches("trainer", "hr", "line_leader", "committee")
    spell = people.current_spell(person_id, clock.today()) if reaches else None
    return spell is not None and people_rules.may_see(reaches, spell, below=people.units_below(reaches))


def question_link(ref_id: str) -> Target | None:
    """A question of the bank, opened by trainers only."""
    found = bank.questions_by_code([ref_id]).get(ref_id)
    if found is None or found.current is None:
        return None
    may = bool(guards.reaches("trainer"))
    label = f"{found.code} {found.current.stem_text[:30]}" if may else found.code
    return Target(label, url_for("exams.question", code=found.code) if may else None)


def search_kinds() -> list[tuple[str, str]]:
    """Questions are found by trainers only."""
    return [("question", "题目")] if guards.reaches("trainer") else []


def init_app(app: Flask) -> None:
    """Fill the slots, register link kinds and navigation."""
    for slot, filler in (
        ("tasks", tasks),
        ("course_page", course_card),
        ("me_main", me_card),
        ("person_tabs", person_card),
        ("desk", desk_card),
        ("search_kinds", search_kinds),
    ):
        slots.fill(app, slot, filler)
    links.register(app, "exam", "考试", exam_link)
    links.register(app, "attempt", "作答记录", attempt_link)
    links.register(app, "question", "题目", question_link)
    items = [
        NavItem("考试", "exams.index", "clipboard-check", order=30),
        NavItem("题库", "exams.questions", "library", shell="staff", roles=frozenset({"trainer"}), order=32),
        NavItem("考试", "attempts.exam_list", "clipboard-check", shell="staff", roles=frozenset({"trainer", "hr"}), order=34),
    ]  # fmt: skip
    slots.fill(app, "navigation", lambda: items)
