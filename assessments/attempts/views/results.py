"""The result page: verdict, abilities, lost points with their reasons, where the score goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from assessments.attempts import grading, queries
from assessments.attempts.models import Attempt, AttemptQuestion, AttemptStatus, Result, ResultItem
from assessments.bank import queries as bank
from assessments.bank.models import QuestionType
from assessments.exams import rules as exam_rules
from assessments.exams.rules import Standing
from courses.catalogue import queries as catalogue
from courses.catalogue.rules import COMPETENCIES, shown_title
from courses.hours import queries as hours
from courses.hours.rules import shown as shown_hours
from lms import clock
from lms.access import actions as access
from lms.db import db
from lms.people import queries as people
from lms.people import rules as people_rules
from lms.people.models import Person
from lms.policies import queries as policies
from lms.web import guards, slots
from lms.web.guards import writes
from lms.web.languages import locale
from lms.web.links import Target
from lms.web.shell import mark_section

LETTERS = "ABCDEFGH"
FULL = frozenset({"right", "removed"})  # verdicts that cost nothing
REFERENCE_PERCENT = 80  # the line in the ability bars
LONGEST_SUMMARY = 60
VIEWERS = ("trainer", "hr", "line_leader", "committee")


@dataclass(frozen=True)
class Line:
    """One question on the result page."""

    item: ResultItem
    asked: AttemptQuestion
    answer: str
    choices: list[dict[str, Any]]
    right: str
    basis: list[Target]
    lesson: Target | None

    @property
    def stem(self) -> Markup:
        return Markup(self.asked.version.stem_html)  # noqa: S704 - cleaned when it was stored

    @property
    def explanation(self) -> Markup:
        return Markup(self.asked.version.explanation_html)  # noqa: S704

    @property
    def summary(self) -> str:
        """The stem in one line, without the call that may stand before it."""
        text = self.asked.version.stem_text.strip().splitlines()[-1]
        return text[:LONGEST_SUMMARY] + ("…" if len(text) > LONGEST_SUMMARY else "")

    @property
    def is_written(self) -> bool:
        return self.asked.version.type == QuestionType.short_answer

    @property
    def is_multiple(self) -> bool:
        return self.asked.version.type == QuestionType.multiple


def result(attempt_id: int) -> str | Response:
    """The result of one's own attempt."""
    mark_section("exams.index")
    attempt = guards.found(queries.attempt(attempt_id, g.person.id))
    if attempt.status == AttemptStatus.open:
        return redirect(url_for("attempts.question", attempt_id=attempt.id, n=1), 303)
    is_over = exam_rules.is_closed(attempt.exam, clock.now())
    may_review = exam_rules.may_review(attempt.terms["review"], is_over=is_over)
    return _page(attempt, "assessments/attempts/result.html", may_review=may_review)


@writes
def record(attempt_id: int) -> str:
    """The same of somebody in the viewer's reach, which is noted; only trainers see the questions."""
    mark_section("attempts.exam_list")
    attempt = guards.found(queries.attempt(attempt_id))
    guards.allow(may_see(attempt.person_id) and attempt.status != AttemptStatus.open, seen=False)
    access.record_view(attempt.person_id, g.person, _("考试成绩"))
    return _page(
        attempt,
        "assessments/attempts/record.html",
        may_review=bool(guards.reaches("trainer")),
        name=db.session.get_one(Person, attempt.person_id).name,
        may_void=bool(guards.reaches("trainer", "hr")) and attempt.status == AttemptStatus.handed_in,
    )


def may_see(person_id: int) -> bool:
    """Whether the viewer's roles reach a person's results; who has left is seen by those who see everybody."""
    reaches = guards.reaches(*VIEWERS)
    spell = people.latest_spell(person_id) if reaches else None
    return spell is not None and people_rules.may_see(reaches, spell, below=people.units_below(reaches))


def _page(attempt: Attempt, template: str, *, may_review: bool, **more: Any) -> str:
    is_waiting = attempt.status == AttemptStatus.awaiting
    found = grading.so_far(attempt) if is_waiting else queries.result(attempt.id)
    shows_all = may_review and request.args.get("all") == "1"
    shown = [item for item in found.items if shows_all or item.verdict not in FULL] if found and may_review else []
    lines = _lines(attempt, shown)
    history = queries.attempts_of(attempt.person_id, attempt.exam_id)
    abilities = _abilities(found) if found else []
    weak = [one for one in abilities if one["percent"] < REFERENCE_PERCENT]
    is_own = attempt.person_id == g.person.id
    voiding = queries.voiding(attempt.id) if attempt.status == AttemptStatus.voided else None
    seconds = int(((attempt.handed_in_at or clock.now()) - attempt.started_at).total_seconds())
    return render_template(
        template,
        attempt=attempt,
        title=shown_title(attempt.exam, locale()),
        result=found,
        voiding=voiding,
        pass_mark=Decimal(attempt.terms["pass_mark"]),
        abilities=abilities,
        weakest=min(weak, key=lambda one: one["percent"]) if weak else None,
        lines=lines,
        lost_count=sum(item.verdict not in FULL for item in found.items) if found else 0,
        lost_points=found.full_points - sum((item.points for item in found.items), Decimal(0)) if found else 0,
        lost_topics=_lost_topics(attempt, found) if found and not may_review else [],
        shows_all=shows_all,
        may_review=may_review,
        history=history,
        previous=next((r for a, r in history if a.number < attempt.number and r and a.status != "voided"), None),
        standing=_standing(attempt),
        used=divmod(seconds, 60),
        path=_path(attempt, found) if found else [],
        is_waiting=is_waiting,
        points=sum((item.points for item in found.items), Decimal(0)) if found else 0,
        waiting=slots.cards("result_waiting", attempt) if is_waiting else [],
        under=_under(attempt, is_own=is_own) if lines else {},
        corrected=_corrected(attempt, found) if found and found.number and found.number > 1 else None,
        cards=slots.cards("result_side", found, g.person)
        if is_own and found and not voiding and not is_waiting
        else [],
        **more,
    )


def _under(attempt: Attempt, *, is_own: bool) -> dict[int, list[slots.Card]]:
    """What others add under a question: a marker's words, the objection to it."""
    found: dict[int, list[slots.Card]] = {}
    for cards in slots.gather("result_lines", attempt, is_own=is_own):
        for position, card in cards.items():
            found.setdefault(position, []).append(card)
    return found


def _corrected(attempt: Attempt, found: Result) -> Result | None:
    """The result before the one that counts."""
    return next((one for one in queries.results_of(attempt.id) if one.number == found.number - 1), None)


def _standing(attempt: Attempt) -> Standing:
    made = queries.sittings(attempt.person_id, [attempt.exam_id]).get(attempt.exam_id, [])
    return exam_rules.standing(attempt.exam, made, clock.now())


def _abilities(found: Result) -> list[dict[str, Any]]:
    rows = []
    for one in found.abilities:
        full, points = Decimal(one["full_points"]), Decimal(one["points"])
        percent = points * 100 / full if full else Decimal(0)
        kind = "ok" if percent >= REFERENCE_PERCENT else "warn"
        label = _(COMPETENCIES.get(one["code"], one["code"]))
        rows.append(
            {"code": one["code"], "label": label, "points": points, "full": full, "percent": percent, "kind": kind}
        )
    return rows


def _lost_topics(attempt: Attempt, found: Result) -> list[tuple[str, int]]:
    """(topic, questions lost) where the questions themselves may not be shown."""
    topics = queries.topics_asked(attempt.id)
    counts: dict[str, int] = {}
    for item in found.items:
        if item.verdict not in FULL:
            counts[topics[item.position]] = counts.get(topics[item.position], 0) + 1
    return sorted(counts.items(), key=lambda pair: -pair[1])


def _path(attempt: Attempt, found: Result) -> list[dict[str, Any]]:
    """Where the score has gone: graded, hours, the course it closes."""
    by = _("到时自动交卷") if attempt.handed_in_by == "deadline" else _("交卷")
    at = clock.local(attempt.handed_in_at or found.graded_at)
    steps = [{"title": _("%(by)s并自动评分", by=by), "note": f"{at:%m-%d %H:%M}", "state": "done", "href": None}]
    if attempt.status == AttemptStatus.awaiting:
        return [*steps, {"title": _("等待阅卷"), "note": _("由人给简答题评分"), "state": "now", "href": None}]
    if found.number > 1:
        note = f"{clock.local(found.graded_at):%m-%d %H:%M}，{found.note}"
        steps.append({"title": _("成绩更正"), "note": note, "state": "done", "href": None})
    if not found.is_passed:
        steps.append({"title": _("不记学时，不发证书"), "note": _("到合格线的那一次才计入"), "state": "", "href": None})
        return steps
    earned = hours.entry_of(attempt.person_id, "attempt", str(attempt.id))
    if earned is not None:
        href = url_for("courses.hours") if attempt.person_id == g.person.id else None
        note = _("%(n)s 学时", n=shown_hours(earned.hours))
        steps.append({"title": _("记入学时台账"), "note": note, "state": "done", "href": href})
    if attempt.exam.unit is not None:
        course = attempt.exam.unit.course
        href = url_for("courses.course", code=course.code)
        title = _("完成课程《%(title)s》的测验", title=shown_title(course, locale()))
        steps.append({"title": title, "note": "", "state": "done", "href": href})
    return steps


def _lines(attempt: Attempt, items: Sequence[ResultItem]) -> list[Line]:
    """These questions with what was answered and why; policies and lessons are looked up once for all."""
    if not items:
        return []
    wanted = [item.position for item in items]
    asked = {question.position: question for question in queries.questions(attempt.id, wanted)}
    versions = [asked[item.position].version for item in items]
    cited = bank.documents_cited(ref for version in versions for ref, _clause in version.basis)
    lessons = _lesson_targets(version.lesson_code for version in versions if version.lesson_code)
    return [_line(item, asked[item.position], cited, lessons) for item in items]


def _lesson_targets(codes: Iterable[str]) -> dict[str, Target]:
    return {
        code: Target(
            _("《%(course)s》%(title)s", course=shown_title(unit.course, locale()), title=shown_title(unit, locale())),
            url_for("courses.lesson", code=code) if unit.course.is_open and not unit.is_retired else None,
        )
        for code, unit in catalogue.units_by_code(codes).items()
    }


def _line(
    item: ResultItem, asked: AttemptQuestion, cited: dict[str, tuple[str, str]], lessons: dict[str, Target]
) -> Line:
    version, value = asked.version, item.value or {}
    letters = {key: LETTERS[place] for place, key in enumerate(asked.option_order)}
    right = {option["key"] for option in version.options if option["is_right"]}
    chosen = set(value.get("chosen", ()))
    return Line(
        item=item,
        asked=asked,
        answer=_letters(chosen, letters) or str(value.get("text") or ""),
        choices=_choices(asked, letters, right, chosen),
        right=_letters(right, letters) if letters else _accepted(asked),
        basis=[_basis(ref, clause, cited) for ref, clause in version.basis],
        lesson=lessons.get(version.lesson_code),
    )


def _letters(keys: Iterable[str], letters: dict[str, str]) -> str:
    return _("、").join(sorted(letters[key] for key in keys if key in letters))


def _choices(
    asked: AttemptQuestion, letters: dict[str, str], right: set[str], chosen: set[str]
) -> list[dict[str, Any]]:
    by_key = {option["key"]: option["html"] for option in asked.version.options}
    is_multiple = asked.version.type == QuestionType.multiple
    rows = []
    for key in asked.option_order:
        state, note = "plain", None
        if key in chosen:
            state, note = ("right", None) if key in right else ("wrong", _("选错了"))
        elif key in right:
            state, note = ("missed", None) if is_multiple else ("right", _("正确答案"))
        body = Markup(by_key[key])  # noqa: S704 - cleaned when it was stored
        rows.append({"key": letters[key], "body": body, "state": state, "note": note})
    return rows


def _accepted(asked: AttemptQuestion) -> str:
    version = asked.version
    words = str(version.accepted[0])
    if version.type == QuestionType.numeric and version.tolerance:
        words += f" ± {version.tolerance.normalize():f}"
    return f"{words} {version.unit_label}".strip()


def _basis(ref: str, clause: str | None, cited: dict[str, tuple[str, str]]) -> Target:
    if ref not in cited:
        return Target(ref, None)
    code, number = cited[ref]
    return Target(f"{number} {clause or ''}".strip(), policies.href(code, clause))


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/attempts/<int(max=2147483647):attempt_id>/result", "result", result)
    bp.add_url_rule("/training/attempts/<int(max=2147483647):attempt_id>", "record", record)
