"""Many grades at once: what it would do to each, then the doing, then the undoing."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import gradings, listing, queries
from appraisals.cycles.actions import bulk as verbs
from appraisals.cycles.actions import grading
from appraisals.cycles.models import Cycle, GradeDecision, Participation
from appraisals.cycles.rules import board, deciders
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Decider
from appraisals.cycles.views.frame import bp, cycle_or_404, grade_word, seen
from lms.db import db
from lms.errors import Refused
from lms.web import guards
from lms.web.errors import sentence
from lms.web.shell import mark_section

LEVELS = {
    "excellent": "最高一档（优秀、好、A）",
    "competent": "第二档（称职、合格、较好、B）",
    "basic": "第三档（基本称职、基本合格、一般、C）",
    "failing": "最低一档（不称职、不合格、较差、D）",
}


def decider_of(found: Participation) -> Decider | None:
    """As whom the signed-in person proposes a grade; None for those they may not grade, themselves among them."""
    person = g.person
    if found.person_id == person.id:
        return None
    return deciders.proposer(person.id, person.name, person.reaches, found.form, found.spell.vendor_id)


def _wanted() -> tuple[list[int], Grade]:
    """The chosen people within reach, and the grade."""
    ids = list(dict.fromkeys(int(text) for text in request.form.getlist("people") if text.isdecimal()))
    guards.allow(queries.reached(ids, seen()) == len(ids), seen=False)
    try:
        grade = Grade(request.form.get("grade", ""))
    except ValueError:
        raise Refused("选一个等次，再批量定等次。没有改动。") from None
    return ids, grade


@bp.post("/appraisals/<code>/bulk")
def bulk(code: str) -> str | tuple[str, int]:
    """The preview: what each of the chosen would get, and what it does to the seats."""
    cycle = cycle_or_404(code)
    ids, grade = _wanted()
    return _preview(cycle, ids, grade)


def _preview(cycle: Cycle, ids: list[int], grade: Grade, error: str = "") -> str | tuple[str, int]:
    mark_section("appraisals.cycles")
    reason = request.form.get("reason", "")
    planned = verbs.plan(cycle, ids, grade, reason or _("（待写）"), decider_of)
    goes = [one for one in planned if one.goes]
    tallies = listing.tallies(cycle.id)
    quotas = {key: (one.label, one.percent) for key, one in queries.pools(cycle.id).items()}
    after: dict[str, int] = {}
    for one in goes:
        was = one.before is not None and one.before.grade == Grade.excellent
        after[one.participation.pool] = after.get(one.participation.pool, 0) + (grade is Grade.excellent) - was
    touched = [
        (pool, pool.taken + after[pool.pool]) for pool in board.seats_from(tallies, quotas) if after.get(pool.pool)
    ]
    page = render_template(
        "appraisals/bulk.html",
        cycle=cycle,
        grade=grade,
        level=_(LEVELS[grade.value]),
        planned=[
            (
                one,
                grade_word(one.participation.form, cycle.kind, one.before.grade if one.before else None),
                grade_word(one.participation.form, cycle.kind, grade.value),
                sentence(one.refused) if one.refused else "",
            )
            for one in planned
        ],
        goes=len(goes),
        needs=any(one.before is not None for one in goes) or grade in {Grade.basic, Grade.failing},
        pools=touched,
        reason=reason,
        error=error,
    )
    return (page, 422) if error else page


@bp.post("/appraisals/<code>/bulk/grades")
def bulk_grades(code: str) -> str | Answer | tuple[str, int]:
    """Give the grade to those of the preview it fits."""
    cycle = cycle_or_404(code)
    ids, grade = _wanted()
    shown = {
        int(key[5:]): int(value)
        for key, value in request.form.items()
        if key.startswith("seen-") and key[5:].isdecimal() and value.isdecimal()
    }
    try:
        planned = verbs.plan(cycle, ids, grade, request.form.get("reason", ""), decider_of)
        blank = next((one.refused for one in planned if one.refused and one.participation.id in shown), None)
        if blank is not None:
            raise blank
        _batch, n = verbs.decide_many(cycle, ids, grade, request.form.get("reason", ""), decider_of, shown)
    except Refused as refused:
        return _preview(cycle, ids, grade, sentence(refused))
    if n:
        flash(_("已给 %(n)s 人定等次。点「撤销上一步」可以整批撤销。", n=n), "ok")
    else:
        flash(_("选中的人已经是这个等次，没有改动。"), "info")
    return redirect(url_for("appraisals.cycle", code=code) + "#list", 303)


@bp.post("/appraisals/<code>/undo")
def undo(code: str) -> Answer:
    """Take back the last proposal of one's own, with the whole batch it belongs to."""
    cycle = cycle_or_404(code)
    given = guards.found(db.session.get(GradeDecision, request.form.get("decision", 0, type=int)))
    person = guards.found(db.session.get(Participation, given.participation_id))
    guards.allow(person.cycle_id == cycle.id and queries.may_reach(person.id, seen()), seen=False)
    decider = decider_of(person)
    guards.allow(decider is not None)
    assert decider is not None
    if given.batch:
        n, kept = verbs.undo_batch(given.batch, decider_of)
        flash(_("已撤销 %(n)s 人的等次，恢复原来的。", n=n), "ok")
        if kept:
            flash(_("%(names)s的等次后来又改过，没有动。", names="、".join(kept)), "warn")
    else:
        grading.take_back(given, decider)
        flash(_("已撤销%(name)s的等次，恢复原来的。", name=person.person.name), "ok")
    return redirect(url_for("appraisals.cycle", code=code) + "#list", 303)


def last_step(cycle: Cycle) -> tuple[int, str] | None:
    """The last proposal of the signed-in person that can be taken back, with its words."""
    last = gradings.last_of(cycle.id, g.person.id)
    if last is None:
        return None
    if last.batch:
        n = len(gradings.batch(last.batch))
        return last.id, _("撤销上一步（批量 %(n)s 人）", n=n)
    person = db.session.get_one(Participation, last.participation_id)
    return last.id, _("撤销上一步（%(name)s）", name=person.person.name)
