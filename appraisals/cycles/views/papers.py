"""Papers: a person's form and the summary of a cycle as PDF, the archive of a cycle, who witnessed an unsigned form."""

from typing import Any
from urllib.parse import quote

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from appraisals.cycles import dossiers, formfacts, gradings, layout, queries
from appraisals.cycles.actions import archiving, moving, signing
from appraisals.cycles.forms import TextForm
from appraisals.cycles.models import Cycle, CycleKind, Participation
from appraisals.cycles.rules import board
from appraisals.cycles.rules.board import BoardRow
from appraisals.cycles.rules.stages import Actor, FormStage, Stage
from appraisals.cycles.views.board import is_own_draft, shown_grade
from appraisals.cycles.views.frame import bp, cycle_or_404, held, participation_or_404, seen, sees_all
from appraisals.cycles.views.mine import own
from appraisals.evidence.rules import round_score
from lms import audit, clock, files, jobs
from lms.access import actions as access
from lms.errors import Refused
from lms.people.models import VENDOR_FORMS
from lms.web import guards
from lms.web.errors import sentence
from lms.web.guards import writes
from lms.web.shell import mark_section

FILES = "application/pdf"


def pdf_answer(content: bytes, name: str) -> Response:
    """A PDF that the browser shows or saves under that name."""
    answer = make_response(content)
    answer.mimetype = FILES
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _form(found: Participation) -> Response:
    """The filed form where there is one, else the form as it stands."""
    filed = dossiers.archived_form(found.id)
    if filed is not None:
        content = files.load(filed.digest)
    else:
        content, _pages = layout.render_form(formfacts.one(found), is_annual=found.cycle.kind is CycleKind.annual)
    return pdf_answer(content, f"{found.cycle.code}-{found.spell.staff_number}.pdf")


@bp.get("/me/appraisals/<code>/form.pdf")
def my_form(code: str) -> Response:
    """One's own form, once the result has been told."""
    found = own(code)
    guards.allow(bool(dossiers.steps(found.id)), seen=False)
    return _form(found)


@bp.get("/appraisals/<code>/people/<int:person_id>/form.pdf")
@writes
def form_pdf(code: str, person_id: int) -> Response:
    """Somebody's form, for HR and committee within reach; noted in 谁看过我的记录."""
    cycle = cycle_or_404(code)
    found = participation_or_404(cycle, person_id)
    guards.allow(bool(held()) and person_id != g.person.id)
    guards.allow(queries.may_reach(found.id, guards.reaches("hr", "committee")))
    access.record_view(person_id, g.person, _("%(title)s登记表", title=cycle.title))
    return _form(found)


@bp.get("/appraisals/<code>/summary.pdf")
@writes
def summary_pdf(code: str) -> Response:
    """The summary of the cycle within reach, A4 landscape, with a signature block; the viewer's own draft is not told."""
    cycle = cycle_or_404(code)
    guards.allow(bool(held()))
    reaches = guards.reaches("hr", "committee")
    rows = queries.board(cycle.id, reaches)
    audit.record("cycle.print", "cycle", cycle.code, cycle.title, people=len(rows))
    return pdf_answer(layout.render_summary(_summary(cycle, rows, sees_all(reaches))), f"{cycle.code}-summary.pdf")


def _summary(cycle: Cycle, rows: list[BoardRow], is_all: bool) -> layout.SummaryFacts:
    quotas = {key: (one.label, one.percent) for key, one in queries.pools(cycle.id).items()}
    seats = [one for one in board.seats_of(rows, quotas) if one.size] if is_all else []
    signed = gradings.sign_offs(cycle.id)
    lines = tuple(
        layout.SummaryLine(
            number=n,
            name=row.name,
            staff_number=row.staff_number,
            unit=row.unit_name,
            form=row.form.label,
            figures=tuple(
                "—" if (value := row.dimension(code)) is None else f"{round_score(value):.2f}"
                for code, _word in board.DIMENSIONS
            ),
            total="—" if row.total is None else f"{row.total:.2f}",
            grade=shown_grade(cycle, row) if row.is_graded else "不定等次",
            decider="" if is_own_draft(row) else row.decider_label or "",
        )
        for n, row in enumerate(rows, 1)
    )
    return layout.SummaryFacts(
        organisation=gradings.organisation(cycle.id),
        title=cycle.title,
        stage=Stage(cycle.state).label,
        period_from=cycle.period_from,
        period_to=cycle.period_to,
        printed_on=clock.today(),
        pools=tuple(f"{one.label}：{one.size} 人，名额 {one.seats}，已定 {one.taken}" for one in seats),
        lines=lines,
        signatures=tuple(f"{one.label}　{clock.local(one.signed_at):%Y-%m-%d %H:%M} 签批" for one in signed),
        digest=signed[-1].digest if signed else "未签批",
    )


@bp.post("/appraisals/<code>/people/<int:person_id>/witness")
def witness(code: str, person_id: int) -> str | Answer | tuple[str, int]:
    """Note who witnessed that somebody does not, or cannot, sign."""
    cycle = cycle_or_404(code)
    found = participation_or_404(cycle, person_id)
    guards.allow(may_witness(found))
    form = TextForm.from_request()
    if not form.validate():
        raise Refused("写明什么时候送达、为什么没有签、谁见证。没有保存。")
    signing.witness(found, g.person.id, form.text.data)
    flash(_("已记下未签的情况。"), "ok")
    return redirect(url_for("appraisals.participation", code=code, person_id=person_id), 303)


def may_witness(found: Participation) -> bool:
    """HR of the employer: the vendor's for vendor staff, the hotline's for all others; never for oneself."""
    wanted = Actor.vendor_hr if found.form in VENDOR_FORMS else Actor.hr
    may = wanted in held() and found.person_id != g.person.id
    return may and signing.standing(found) is FormStage.notified


@bp.get("/appraisals/<code>/archive")
def archive(code: str) -> str:
    """Who has signed, what is missing, the archive and its job."""
    mark_section("appraisals.cycles")
    cycle = cycle_or_404(code)
    guards.allow(bool(held()))
    reaches = guards.reaches("hr", "committee")
    page = max(1, request.args.get("page", 1, type=int))
    rows, total = gradings.unsigned(cycle.id, reaches, page)
    counts = gradings.form_counts(cycle.id, reaches)
    fault = ""
    if cycle.state == Stage.final and held(Actor.hr):
        try:
            moving.check_signed(cycle)
        except Refused as refused:
            fault = sentence(refused)
    values: dict[str, Any] = {
        "cycle": cycle,
        "stage": Stage(cycle.state),
        "counts": [(_(FormStage(key).label), n) for key, n in counts.items()],
        "rows": rows,
        "total": total,
        "first": (page - 1) * gradings.PAGE + 1,
        "previous": url_for("appraisals.archive", code=code, page=page - 1) if page > 1 else None,
        "following": url_for("appraisals.archive", code=code, page=page + 1) if page * gradings.PAGE < total else None,
        "fault": fault,
        "may_file": bool(held(Actor.hr)),
        "job": gradings.newest_job(moving.ARCHIVE_JOB, cycle.id) or gradings.newest_job(signing.NOTIFY_JOB, cycle.id),
        "pack": archiving.latest_pack(cycle.id) if sees_all(seen()) else None,
    }
    return render_template("appraisals/archive.html", **values)


@bp.post("/appraisals/<code>/archive")
def rebuild(code: str) -> Answer:
    """Make the archive again, for example after a font was added."""
    cycle = cycle_or_404(code)
    guards.allow(bool(held(Actor.hr)))
    if Stage(cycle.state) is not Stage.archived:
        raise Refused("归档之后才生成档案包。")
    jobs.start(moving.ARCHIVE_JOB, f"{cycle.title}：归档", cycle_id=cycle.id)
    flash(_("开始生成档案包，好了这里会更新。"), "info")
    return redirect(url_for("appraisals.archive", code=code), 303)


@bp.get("/appraisals/<code>/archive.zip")
@writes
def archive_zip(code: str) -> Answer:
    """The archive, sent from disk; who took it is recorded."""
    cycle = cycle_or_404(code)
    guards.allow(sees_all(seen()) and bool(held(Actor.hr, Actor.committee)))
    pack = guards.found(archiving.latest_pack(cycle.id))
    audit.record("cycle.archive_taken", "cycle", cycle.code, cycle.title, digest=pack["file"])
    answer = Answer(files.chunks(pack["file"]), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(pack['name'])}"
    return answer
