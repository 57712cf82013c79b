"""The learner's pages: catalogue, course, lesson; and what a lesson sends back while it is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from courses.catalogue import queries as catalogue_queries
from courses.catalogue import rules as catalogue_rules
from courses.catalogue.models import CourseUnit, LessonVersion, UnitKind
from courses.catalogue.rules import Titled
from courses.hours import queries as hours
from courses.hours.rules import shown
from courses.progress import actions, queries, rules
from courses.progress.models import CheckAnswer, LessonReading
from courses.progress.queries import CourseStanding, Step
from lms import clock
from lms.errors import Refused
from lms.markdown.rendering import replace_checks
from lms.web import errors, guards, links, slots
from lms.web.languages import locale
from lms.web.shell import mark_section

SECTION = "courses.catalogue"
TRACKS = catalogue_rules.TRACKS
STATES = {"learning": "在学", "todo": "还没学", "done": "已学完"}
MOST_BLOCKS = 1_000_000
FEW_COURSES = 6  # up to here one list reads better than a heading a track
FORM_ACTION = 'action="checks/'


def shown_title(thing: Titled) -> str:
    """The title in the reader's language."""
    return catalogue_rules.shown_title(thing, locale())


def unit_href(unit: CourseUnit) -> str:
    """Where a unit opens: a lesson at its page, an exam where exams are, else the course."""
    if unit.kind == UnitKind.lesson:
        return url_for("courses.lesson", code=unit.code)
    return links.target("exam", unit.code).href or url_for("courses.course", code=unit.course.code)


def catalogue() -> str:
    """Every open course by track, with the person's own progress; filtered by words, track and state."""
    words = request.args.get("q", "").strip()[:80]
    track, state = request.args.get("track", ""), request.args.get("state", "")
    everything = queries.standings(g.person.id)
    rows = [
        one
        for one in everything
        if _matches(one, words) and (not track or one.course.track == track) and (not state or _state(one) == state)
    ]
    groups = {key: [one for one in rows if one.course.track == key] for key in TRACKS}
    return render_template(
        "courses/progress/catalogue.html",
        groups=[(key, TRACKS[key], found) for key, found in groups.items() if found],
        total=len(everything),
        few=FEW_COURSES,
        track_words=TRACKS if len(everything) <= FEW_COURSES else {},
        q=words,
        track=track,
        state=state,
        tracks=[(key, _(word)) for key, word in TRACKS.items()],
        states=[(key, _(word)) for key, word in STATES.items()],
    )


def _state(one: CourseStanding) -> str:
    if one.is_done:
        return "done"
    return "learning" if one.enrolment or one.has_begun else "todo"


def _matches(one: CourseStanding, words: str) -> bool:
    course = one.course
    text = " ".join(
        [course.code, course.title, course.title_en, course.summary_text, *(s.unit.title for s in one.steps)]
    )
    return all(word in text.lower() for word in words.lower().split())


def course(code: str) -> str:
    """A course: outline, requirements, what it counts for, who made it, when it changed."""
    found = guards.found(catalogue_queries.course(code))
    one = queries.course_standing(g.person.id, found)
    guards.allow(found.is_open or one.enrolment is not None or one.has_begun, seen=False)
    mark_section(SECTION)
    worth = hours.unit_hours((step.unit for step in one.steps), hours.rules_on(clock.today()))
    return render_template(
        "courses/progress/course.html",
        course=found,
        one=one,
        worth=worth,
        shown=shown,
        track=TRACKS[found.track],
        competencies=[catalogue_rules.COMPETENCIES[key] for key in found.competencies],
        updated_on=clock.local(found.updated_at).date(),
        completed_on=clock.local(one.completed_at).date() if one.completed_at else None,
        unit_href=unit_href,
        cards=slots.cards("course_page", found, g.person),
    )


def enrol(code: str) -> Response:
    """Take up a course by one's own choice; it then stands on 今日."""
    found = guards.found(catalogue_queries.course(code))
    actions.enrol(g.person.id, found)
    flash(_("已加入「在学课程」，今日页会接着提醒你。"), "ok")
    return redirect(url_for("courses.course", code=code), 303)


@dataclass(frozen=True)
class Way:
    """What stands before and after a lesson."""

    here: Step
    previous: Step | None
    following: Step | None


def _way(one: CourseStanding, unit: CourseUnit) -> Way:
    here = next((step for step in one.steps if step.unit.id == unit.id), None)
    if here is None:  # a retired lesson that its reader may still finish
        here = Step(unit, 0, "now", 0, unit.minutes)
    previous = next((step for step in reversed(one.steps) if step.number < here.number), None)
    waiting = [step for step in one.steps if step.state != "done" and step.unit.id != unit.id]
    following = next((step for step in waiting if step.number > here.number), waiting[0] if waiting else None)
    return Way(here, previous, following)


@guards.writes
def lesson(code: str) -> str | Response:
    """A lesson, opened where the reader left it; opening is noted on the server."""
    unit = guards.found(catalogue_queries.unit(code))
    if unit.kind != UnitKind.lesson:
        return redirect(unit_href(unit), 303)
    person = g.person
    reading = actions.open_lesson(person.id, unit)
    version = reading.version
    one = queries.course_standing(person.id, unit.course)
    way = _way(one, unit)
    answers = queries.check_answers(person.id, version.id)
    is_done = way.here.state == "done"
    html, anchor = anchored(_drawn(version, answers, unit.code), reading.block)
    mark_section(SECTION)
    return render_template(
        "courses/progress/lesson.html",
        unit=unit,
        one=one,
        way=way,
        reading=reading,
        version=version,
        updated_on=clock.local(version.published_at).date(),
        is_done=is_done,
        html=Markup(html),  # noqa: S704 - cleaned when it was rendered
        anchor=anchor if reading.block > 1 and not is_done else "",
        minutes_left=rules.minutes_left(version.minutes, reading.furthest_block, version.blocks),
        headings=[one for one in version.headings if one["level"] == 2],
        checks=[one["id"] for one in version.checks],
        competencies=[catalogue_rules.COMPETENCIES[key] for key in version.competencies],
        unit_href=unit_href,
        beat_seconds=rules.BEAT_SECONDS,
    )


def anchored(html: str, block: int) -> tuple[str, str]:
    """The text with an anchor at a block, and the anchor: the block's own id where it has one, else p-N."""
    found = re.search(rf'<[a-z0-9]+ data-p="{block}"([^>]*)>', html)
    if not found:
        return html, ""
    own = re.search(r'\bid="([^"]+)"', found[1])
    if own:
        return html, own[1]
    marked = found[0].replace(f' data-p="{block}"', f' data-p="{block}" id="p-{block}"', 1)
    return html.replace(found[0], marked, 1), f"p-{block}"


def _drawn(version: LessonVersion, answers: Mapping[str, CheckAnswer], code: str) -> str:
    """The stored text with each 随堂一问 as this reader has it."""
    checks = {one["id"]: one for one in version.checks}

    def draw(check_id: str, inner: str) -> str:
        answer = answers.get(check_id)
        if answer is None:
            return inner.replace(FORM_ACTION, f'action="{url_for("courses.lesson", code=code)}/checks/', 1)
        return inner.partition("<form")[0] + _answered(checks[check_id], answer)

    return replace_checks(version.html, draw)


def _answered(check: Mapping[str, Any], answer: CheckAnswer) -> str:
    """Options as chosen, and the explanation."""
    choices = []
    for position, option in enumerate(check["options"]):
        chosen, right = position in answer.chosen, option["is_right"]
        state, note = "plain", None
        if chosen:
            state, note = ("right", None) if right else ("wrong", _("选错了"))
        elif right:
            state, note = ("missed", None) if check["is_multiple"] else ("right", _("正确答案"))
        body = Markup(option["text_html"])  # noqa: S704 - cleaned when it was rendered
        choices.append({"key": chr(ord("A") + position), "body": body, "state": state, "note": note})
    return render_template("courses/progress/_answered.html", check=check, answer=answer, choices=choices)


def _reading(code: str) -> LessonReading:
    return guards.found(queries.reading_by_code(g.person.id, code))


@guards.lean
def beat(code: str) -> Response:
    """A sign of life from a visible page: {block, furthest, resumed}. Answers with what the server has credited."""
    sent = request.get_json(silent=True)
    sent = sent if isinstance(sent, dict) else {}
    reading = actions.beat(
        _reading(code), _block(sent, "block"), furthest=_block(sent, "furthest"), resumed=sent.get("resumed") is True
    )
    version = reading.version
    left = rules.minutes_left(version.minutes, reading.furthest_block, version.blocks)
    return jsonify(seconds=reading.seconds, furthest=reading.furthest_block, minutes_left=left)


def _block(sent: Mapping[str, Any], name: str) -> int | None:
    value = sent.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST_BLOCKS else None


def answer_check(code: str, check: str) -> Response:
    """An answer to a 随堂一问: back to its place with the explanation, or the same as a fragment for script."""
    reading = _reading(code)
    chosen = [
        int(value) for value in request.form.getlist("choice") if value.isascii() and value.isdigit() and len(value) < 4
    ]
    back = redirect(url_for("courses.lesson", code=code, _anchor=check), 303)
    wants_json = errors.wants_json()
    try:
        answer = actions.answer_check(reading, check, chosen)
    except Refused as refused:
        if wants_json:
            raise
        flash(errors.sentence(refused), "warn")
        return back
    if not wants_json:
        return back
    asked = next(one for one in reading.version.checks if one["id"] == check)
    return jsonify(is_right=answer.is_right, html=_answered(asked, answer))


def finish_lesson(code: str) -> Response:
    """Finish a lesson and go to the next unit; what is missing is said where it is missing."""
    unit = guards.found(catalogue_queries.unit(code))
    person_id = g.person.id
    before = queries.course_completions(person_id, unit.course_id)
    try:
        actions.finish_lesson(person_id, unit, request.form.get("furthest", type=int))
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
        return redirect(url_for("courses.lesson", code=code, _anchor=_missing_anchor(person_id, unit)), 303)
    entry = hours.entry_of(person_id, "lesson", unit.code)
    earned = shown(entry.hours) if entry else "0"
    one = queries.course_standing(person_id, unit.course)
    following = _way(one, unit).following
    if len(queries.course_completions(person_id, unit.course_id)) > len(before):
        flash(_("《%(title)s》全部学完了，学时已记入台账。", title=shown_title(unit.course)), "ok")
        return redirect(url_for("courses.course", code=unit.course.code), 303)
    flash(_("学完「%(title)s」，计 %(n)s 学时。", title=shown_title(unit), n=earned), "ok")
    if following is None:
        return redirect(url_for("courses.course", code=unit.course.code), 303)
    return redirect(unit_href(following.unit), 303)


def _missing_anchor(person_id: int, unit: CourseUnit) -> str | None:
    reading = queries.reading(person_id, unit.id)
    if reading is None:
        return None
    codes = [one["id"] for one in reading.version.checks]
    waiting = rules.unanswered(codes, queries.check_answers(person_id, reading.version_id))
    return waiting[0] if waiting else None


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/courses", "catalogue", catalogue)
    bp.add_url_rule("/courses/<code>", "course", course)
    bp.add_url_rule("/courses/<code>/enrolment", "enrol", enrol, methods=["POST"])
    bp.add_url_rule("/lessons/<code>", "lesson", lesson)
    bp.add_url_rule("/lessons/<code>/beat", "beat", beat, methods=["POST"])
    bp.add_url_rule("/lessons/<code>/checks/<check>", "answer_check", answer_check, methods=["POST"])
    bp.add_url_rule("/lessons/<code>/finish", "finish_lesson", finish_lesson, methods=["POST"])
