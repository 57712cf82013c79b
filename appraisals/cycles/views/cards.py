"""What appraisals show on other pages: 今日, 我的档案, 工作台, a person's page, an exam's result."""

from decimal import Decimal
from typing import Any

from flask import Flask, url_for
from flask_babel import gettext as _

from appraisals.cycles import dossiers, queries
from appraisals.cycles.actions import contesting
from appraisals.cycles.models import Participation
from appraisals.cycles.rules.stages import UNLOCKED, FormStage, Stage
from appraisals.cycles.views import mine, references, steps
from appraisals.cycles.views.frame import sees_all
from appraisals.evidence import queries as evidence
from appraisals.evidence import rules as evidence_rules
from appraisals.scores.rules import Node
from assessments.attempts.models import Result
from lms import clock
from lms.web import links, slots
from lms.web.guards import Visitor
from lms.web.slots import CalendarEntry, Card, NavItem, RecordSection, Task

ROLES = frozenset({"hr", "committee", "line_leader"})
SHOWN = 6
HOUR = 18  # local; without shift data deadlines end at six


def my_cycles(person: Visitor) -> Card | None:
    """我的考核记录: a line a cycle with its score and, once determined, its grade."""
    found = queries.of_person(person.id)
    if not found:
        return None
    rows = [(one, _(Stage(one.cycle.state).label), mine.outcome(one)) for one in found[:SHOWN]]
    return Card("appraisals/_my_cycles.html", {"rows": rows}, order=40)


def today_card(person: Visitor) -> Card | None:
    """The running cycle in four figures: hours, quality, satisfaction, exam."""
    running = _running(person.id)
    if running is None:
        return None
    facts = _from_tree(running) if running.score else _gathered(running)
    hours = facts.pop("hours")
    rows = [
        {"label": _("培训学时"), "value": hours[0], "percent": hours[1], "note": "", "kind": "", "href": None},
        _fact(_("质检均分"), facts.get("qc"), ""),
        _fact(_("满意率"), facts.get("satisfaction"), "%"),
        _fact(_("证书考试"), facts.get("certificates"), ""),
    ]
    values = {
        "title": running.cycle.title,
        "stage": _(Stage(running.cycle.state).label),
        "rows": rows if running.work == "agent" else [rows[0], rows[3]],
        "href": url_for("appraisals.mine", code=running.cycle.code),
    }
    return Card("appraisals/_today.html", values, order=60)


def _running(person_id: int) -> Participation | None:
    """The newest cycle of a person that is not over."""
    found = queries.of_person(person_id)
    return next((one for one in found if one.cycle.state in queries.OPEN_STATES), None)


def _fact(label: str, value: Decimal | None, unit: str) -> dict[str, Any]:
    if value is None:
        return {"label": label, "value": "—", "percent": None, "note": _("还没有数据"), "kind": "", "href": None}
    shown = f"{evidence_rules.plain(value.quantize(Decimal('0.1')))}{unit}"
    return {
        "label": label,
        "value": shown,
        "percent": float(min(value, Decimal(100))),
        "note": "",
        "kind": "ok",
        "href": None,
    }


def _from_tree(running: Participation) -> dict[str, Any]:
    """The figures from the score that stands."""
    assert running.score is not None
    tree = Node.from_dict(running.score.tree)
    facts: dict[str, Any] = {
        code: node.value for code in ("qc", "satisfaction", "certificates") if (node := tree.find(code))
    }
    done, due = (Decimal(running.dimensions.get(key, 0)) for key in ("hours_done", "hours_required"))
    return facts | {"hours": _hours(done, due)}


def _gathered(running: Participation) -> dict[str, Any]:
    """The figures from what is known today, before any score."""
    cycle, person_id = running.cycle, running.person_id
    last = min(cycle.period_to, clock.today())
    known = evidence.gather([person_id], cycle.period_from, last)[person_id]
    facts: dict[str, Any] = {code: one.value for code, one in known.parts.items()}
    done, due = (known.hours.done, known.hours.required) if known.hours else (Decimal(0), Decimal(0))
    return facts | {"hours": _hours(done, due)}


def _hours(done: Decimal, due: Decimal) -> tuple[str, float]:
    """Hours done and due in words, and the share in percent."""
    share = float(evidence_rules.hours_points(done, due)) if due > 0 else 0.0
    return f"{evidence_rules.plain(done)} / {evidence_rules.plain(due)}", share


def tasks(person: Visitor) -> list[Task]:
    """What an appraisal asks of somebody now: write the summary, sign the form, decide a claim."""
    found = [_summary_task(person), *_signing_tasks(person), *_claim_tasks(person)]
    return [one for one in found if one is not None]


def _summary_task(person: Visitor) -> Task | None:
    """Write the own summary while the cycle collects them."""
    running = _running(person.id)
    if running is None or running.cycle.state != Stage.self_summary or running.summary_at is not None:
        return None
    due = steps.planned_day(running.cycle, Stage.self_summary) or running.cycle.grading_due_on
    return Task(
        title=_("%(title)s：写个人总结", title=running.cycle.title),
        due_at=clock.local_instant(due, HOUR) if due else None,
        minutes=15,
        href=url_for("appraisals.mine", code=running.cycle.code) + "#summary",
        action=_("去写"),
        facts=(_("考核"),),
        is_mandatory=True,
    )


def _signing_tasks(person: Visitor) -> list[Task]:
    """Sign the form of a cycle whose result one has been told."""
    final = [one for one in queries.of_person(person.id) if one.cycle.state == Stage.final]
    taken = dossiers.steps_of([one.id for one in final]) if final else {}
    return [
        Task(
            title=_("%(title)s：签署登记表", title=one.cycle.title),
            due_at=None,
            minutes=3,
            href=url_for("appraisals.mine", code=one.cycle.code) + "#sign",
            action=_("去签署"),
            facts=(_("考核"),),
            is_mandatory=True,
        )
        for one in final
        if taken.get(one.id) and taken[one.id][-1].to_stage == FormStage.notified
    ]


def _claim_tasks(person: Visitor) -> list[Task]:
    """Decide the claims one has been asked to."""
    return [
        Task(
            title=_("%(title)s：处理%(kind)s", title=case.claim.participation.cycle.title,
                    kind=_(contesting.KIND_WORDS[case.claim.kind])),
            due_at=clock.local_instant(case.claim.answer_due_on, HOUR) if case.claim.answer_due_on else None,
            minutes=20,
            href=url_for("appraisals.claim", claim_id=case.claim.id),
            action=_("去处理"),
            facts=(_("考核"),),
            is_mandatory=True,
        )
        for case in dossiers.cases_for(person.id)
        if case.is_open
    ]  # fmt: skip


def result_card(result: Result, person: Visitor) -> Card | None:
    """Where the score of an exam goes: into 德 or 能 of the cycle that will read it, and into 勤 by its hours."""
    if not result.is_passed:
        return None
    day = clock.local(result.attempt.handed_in_at or result.graded_at).date()
    reading = [one for one in queries.of_person(person.id) if day <= one.cycle.period_to]
    first = min(reading, key=lambda one: one.cycle.period_to, default=None)
    codes = set(result.attempt.exam.course_codes)
    goes = []
    if codes & evidence_rules.ETHICS_COURSES:
        goes.append((_("德"), _("政治与职业道德课程：取这场考试的最好成绩")))
    goes += [(_("能"), _("证书考试平均分：发证后计入")), (_("勤"), _("学时完成率：考试学时记入台账"))]
    values = {
        "goes": goes,
        "title": first.cycle.title if first else None,
        "is_read": first is not None and first.cycle.state not in UNLOCKED,
        "href": url_for("appraisals.mine", code=first.cycle.code) if first else None,
    }
    return Card("appraisals/_result.html", values, order=60)


def calendar(person: Visitor) -> list[CalendarEntry]:
    """The days by which a running cycle wants something of the person."""
    return [
        CalendarEntry(
            day=one.cycle.grading_due_on,
            title=_("%(title)s：评定截止", title=one.cycle.title),
            kind="appraisal",
            href=url_for("appraisals.mine", code=one.cycle.code),
        )
        for one in queries.of_person(person.id)
        if one.cycle.grading_due_on is not None and one.cycle.state in queries.OPEN_STATES
    ]


def record_section(person_id: int) -> RecordSection:
    """Cycles with score, grade and own summary, for the copy of one's own record."""
    rows = []
    for one in queries.of_person(person_id):
        told = mine.outcome(one)
        total = f"{one.total:.2f}" if one.total is not None else ""
        words = told.word if told else ""
        reason = told.decision.reason if told else ""
        rows.append((one.cycle.title, _(Stage(one.cycle.state).label), total, words, reason or one.summary))
    columns = (_("考核"), _("阶段"), _("得分"), _("等次"), _("理由或个人总结"))
    return RecordSection(_("考核"), columns, tuple(rows), widths=(2, 1, 0.8, 0.8, 4), order=70, key="appraisals")


def person_tab(person_id: int, viewer: Visitor) -> Card | None:
    """A person's cycles on their page, as far as the viewer's reaches go."""
    reaches = tuple(reach for reach in viewer.reaches if reach.role in ROLES)
    if not reaches:
        return None
    rows = [
        (one, _(Stage(one.cycle.state).label), mine.outcome(one))
        for one in queries.of_person(person_id)[:SHOWN]
        if sees_all(reaches) or queries.may_reach(one.id, reaches)
    ]
    return Card("appraisals/_person_tab.html", {"rows": rows}, order=60) if rows else None


def desk_card(person: Visitor) -> Card | None:
    """Cycles that are under way, for those who move them on."""
    reaches = tuple(reach for reach in person.reaches if reach.role in {"hr", "committee"})
    if not reaches:
        return None
    running = [cycle for cycle in queries.cycles() if cycle.state in queries.OPEN_STATES][:SHOWN]
    counts = queries.headcounts([cycle.id for cycle in running], reaches)
    undecided = queries.undecided([cycle.id for cycle in running if cycle.state == Stage.grading], reaches)
    rows = [(cycle, _(Stage(cycle.state).label), counts.get(cycle.id, 0), undecided.get(cycle.id)) for cycle in running]
    return Card("appraisals/_desk.html", {"rows": rows}, order=30) if rows else None


def init_app(app: Flask) -> None:
    """Fill the slots, register the links and the entry of the rail."""
    slots.fill(app, "me_main", my_cycles)
    slots.fill(app, "today_side", today_card)
    slots.fill(app, "tasks", tasks)
    slots.fill(app, "result_side", result_card)
    slots.fill(app, "person_tabs", person_tab)
    slots.fill(app, "desk", desk_card)
    slots.fill(app, "calendar", calendar)
    slots.fill(app, "record_sections", record_section)
    slots.fill(
        app,
        "navigation",
        lambda: NavItem("考核", "appraisals.cycles", "stamp", shell="staff", roles=ROLES, order=40),
    )
    links.register(app, "participation", "考核", references.participation_link)
    links.register(app, "measure_row", "指标数据", references.measure_link)
    links.register(app, "cycle", "考核周期", references.cycle_link)
    links.register(app, "claim", "异议和复核", references.claim_link)
