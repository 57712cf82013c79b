"""Every text a lesson ever had: who, when, why, how many read it; any two side by side; bringing one back."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from courses.catalogue import queries
from courses.catalogue.actions import drafts as actions
from courses.catalogue.comparing import compare
from courses.catalogue.models import COPY_WORDS, CourseUnit, DraftCopy, LessonDraft, LessonVersion
from courses.catalogue.views import frame
from courses.catalogue.views.frame import editors
from lms import clock
from lms.errors import Refused
from lms.web import errors, slots

Text = LessonVersion | LessonDraft | DraftCopy


@editors
def versions(code: str) -> str:
    """The history of a lesson, and two of its texts side by side when asked."""
    unit = frame.lesson(code)
    texts = _texts(unit)
    labels = {key: _label(row) for key, row in texts.items()}
    before, after = request.args.get("from", ""), request.args.get("to", "")
    rows = None
    if before in texts and after in texts:
        rows = compare(texts[before].source, texts[after].source)
    return render_template(
        "courses/catalogue/versions.html",
        unit=unit,
        versions=queries.versions(unit.id),
        draft=queries.draft(unit.id),
        copies=queries.copies(unit.id),
        reasons={reason: _(words) for reason, words in COPY_WORDS.items()},
        readers=_readers(unit),
        choices=list(labels.items()),
        labels=labels,
        before=before,
        after=after,
        rows=rows,
        texts=texts,
    )


def _texts(unit: CourseUnit) -> dict[str, Text]:
    """Everything that can be compared: the draft, versions newest first, texts kept aside."""
    row = queries.draft(unit.id)
    found: dict[str, Text] = {"draft": row} if row else {}
    found |= {str(version.number): version for version in queries.versions(unit.id)}
    return found | {f"copy-{copy.id}": copy for copy in queries.copies(unit.id)}


def _label(row: Text) -> str:
    if isinstance(row, LessonVersion):
        return _("第 %(n)s 版", n=row.number)
    if isinstance(row, LessonDraft):
        return _("草稿")
    return _("换下的草稿，%(name)s %(at)s", name=row.author, at=f"{clock.local(row.kept_at):%Y-%m-%d %H:%M}")


def _readers(unit: CourseUnit) -> dict[int, int]:
    """{version number: people who have read it}, from those who keep the readings."""
    found: dict[int, int] = {}
    for counted in slots.gather("lesson_readers", unit):
        found |= counted
    return found


@editors
def restore(code: str) -> Response:
    """Make an older text the draft."""
    unit = frame.lesson(code)
    row = _texts(unit).get(request.form.get("text", ""))
    if row is None or isinstance(row, LessonDraft):
        abort(404)
    try:
        made = actions.restore(unit, row)
    except Refused as refused:
        flash(errors.sentence(refused), "warn")
        return redirect(url_for("courses.lesson_versions", code=code), 303)
    if made is None:
        flash(_("这就是学员现在看到的文字，不用恢复。"), "info")
        return redirect(url_for("courses.lesson_versions", code=code), 303)
    flash(_("旧文字已经放进草稿，历史没有动。检查后发布，学员才看到。"), "ok")
    return redirect(url_for("courses.draft", code=code), 303)


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    bp.add_url_rule("/training/lessons/<code>/versions", "lesson_versions", versions)
    bp.add_url_rule("/training/lessons/<code>/restoration", "restore_lesson", restore, methods=["POST"])
