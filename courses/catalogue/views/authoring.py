"""Trainers' pages of courses: the list with drafts, a new course, a course with the order of its lessons."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from courses.catalogue import queries, rules
from courses.catalogue.actions import courses as actions
from courses.catalogue.forms import CourseForm, NewCourseForm, NewLessonForm
from courses.catalogue.models import Course, UnitKind
from courses.catalogue.views import frame
from courses.catalogue.views.frame import editors
from lms.errors import Refused
from lms.web import errors

STATES = {"open": "已开放", "closed": "未开放", "drafts": "有草稿", "review": "等待审阅"}


@editors
def index() -> str:
    """Every course, open or not, with what is in work; filtered by words and state."""
    words, state = request.args.get("q", "").strip()[:80], request.args.get("state", "")
    counts = queries.draft_counts()
    everything = queries.courses()
    rows = [
        (
            course,
            counts.get(course.id, (0, 0)),
            sum(u.kind == UnitKind.lesson and not u.is_retired for u in course.units),
        )
        for course in everything
        if _matches(course, words) and _is_in(course, state, counts.get(course.id, (0, 0)))
    ]
    return render_template(
        "courses/catalogue/authoring.html",
        rows=rows,
        total=len(everything),
        q=words,
        state=state,
        states=[(key, _(word)) for key, word in STATES.items()],
        tracks=rules.TRACKS,
        drafts=sum(writing for writing, _waiting in counts.values()),
        waiting=sum(waiting for _writing, waiting in counts.values()),
    )


def _matches(course: Course, words: str) -> bool:
    text = " ".join([course.code, course.title, course.title_en, *(unit.title for unit in course.units)]).lower()
    return all(word in text for word in words.lower().split())


def _is_in(course: Course, state: str, counts: tuple[int, int]) -> bool:
    known = {"open": course.is_open, "closed": not course.is_open, "drafts": counts[0] > 0, "review": counts[1] > 0}
    return known.get(state, True)


@editors
def new_course() -> str | Response | tuple[str, int]:
    """A new course: closed until its first lesson is published and it is opened."""
    if request.method == "GET":
        return render_template("courses/catalogue/new_course.html", form=NewCourseForm(validity_months=24))
    form = NewCourseForm.from_request()
    if form.validate():
        try:
            made = actions.create(form.code.data, form.facts)
        except Refused as refused:
            form.code.errors = [errors.sentence(refused)]
        else:
            flash(_("已新建课程，学员还看不到。加上课节、发布以后再开放。"), "ok")
            return redirect(url_for("courses.edit_course", code=made.code), 303)
    return render_template("courses/catalogue/new_course.html", form=form), 422


@editors
def edit_course(code: str) -> str:
    """A course: its lessons in order with their states, and what is said of it."""
    found = frame.course(code)
    return _page(found, CourseForm.of(found), NewLessonForm())


def _page(found: Course, form: CourseForm, new: NewLessonForm) -> str:
    lessons = actions.lessons(found)
    return render_template(
        "courses/catalogue/course.html",
        course=found,
        form=form,
        new=new,
        shown=[unit for unit in lessons if not unit.is_retired],
        hidden=[unit for unit in lessons if unit.is_retired],
        exams=[unit for unit in found.units if unit.kind == UnitKind.exam and not unit.is_retired],
        versions=queries.current_versions(unit.id for unit in lessons),
        drafts=queries.drafts_of_course(found.id),
    )


@editors
def change_course(code: str) -> str | Response | tuple[str, int]:
    """Change what is said of a course."""
    found = frame.course(code)
    form = CourseForm.from_request()
    if not form.validate():
        return _page(found, form, NewLessonForm()), 422
    flash(_("课程信息已保存。") if actions.change(found, form.facts) else _("没有改动。"), "ok")
    return redirect(url_for("courses.edit_course", code=code), 303)


@editors
def add_lesson(code: str) -> str | Response | tuple[str, int]:
    """A new lesson; its editor opens."""
    found = frame.course(code)
    form = NewLessonForm.from_request()
    if form.validate():
        try:
            unit = actions.add_lesson(found, form.code.data, form.title.data)
        except Refused as refused:
            form.code.errors = [errors.sentence(refused)]
        else:
            return redirect(url_for("courses.draft", code=unit.code), 303)
    return _page(found, CourseForm.of(found), form), 422


@editors
def set_open(code: str) -> Response:
    """Open a course to learners, or close it to newcomers."""
    found = frame.course(code)
    is_open = request.form.get("is_open") == "1"
    try:
        actions.set_open(found, is_open=is_open)
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
    else:
        flash(_("课程已开放，学员可以看到。") if is_open else _("课程已停开，正在学的人可以学完。"), "ok")
    return redirect(url_for("courses.edit_course", code=code), 303)


@editors
def move_lesson(code: str) -> Response:
    """One place up or down."""
    unit = frame.lesson(code)
    step = -1 if request.form.get("direction") == "up" else 1
    if actions.move_lesson(unit, step):
        flash(_("已移动「%(title)s」。", title=frame.shown_title(unit)), "ok")
    return redirect(url_for("courses.edit_course", code=unit.course.code, _anchor=f"u-{unit.id}"), 303)


@editors
def retire_lesson(code: str) -> Response:
    """Take a lesson out of its course, or bring it back."""
    unit = frame.lesson(code)
    is_retired = request.form.get("is_retired") == "1"
    try:
        actions.set_retired(unit, is_retired=is_retired)
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
    else:
        flash(_("已停用，学过的记录都在，随时可以恢复。") if is_retired else _("已恢复，学员可以看到。"), "ok")
    return redirect(url_for("courses.edit_course", code=unit.course.code), 303)


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/courses", "authoring", index)
    bp.add_url_rule("/training/courses/new", "new_course", new_course, methods=["GET", "POST"])
    bp.add_url_rule("/training/courses/<code>", "edit_course", edit_course)
    bp.add_url_rule("/training/courses/<code>", "change_course", change_course, methods=["POST"])
    bp.add_url_rule("/training/courses/<code>/lessons", "add_lesson", add_lesson, methods=["POST"])
    bp.add_url_rule("/training/courses/<code>/opening", "set_open", set_open, methods=["POST"])
    bp.add_url_rule("/training/lessons/<code>/position", "move_lesson", move_lesson, methods=["POST"])
    bp.add_url_rule("/training/lessons/<code>/retirement", "retire_lesson", retire_lesson, methods=["POST"])
