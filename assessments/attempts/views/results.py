"""The result page: verdict, abilities, lost points with their reasons, where the score goes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from assessments.attempts import queries
from assessments.attempts.models import Attempt, AttemptQuestion, AttemptStatus, Result, ResultItem
from assessments.bank.models import QuestionType
from assessments.exams import rules as exam_rules
from courses.catalogue.rules import COMPETENCIES, shown_title
from lms import clock
from lms.people import queries as people
from lms.people import rules as people_rules
from lms.web import guards, links, slots
from lms.web.languages import locale
from lms.web.shell import mark_section

LETTERS = "ABCDEFGH"
REFERENCE_PERCENT = 80
VIEWERS = ("trainer", "hr", "line_leader", "committee")


@dataclass(frozen=True)
class Line:
    """One question on the result page."""

    item: ResultItem
    asked: AttemptQuestion
    stem: Markup
    summary: str
    choices: list[dict[str, Any]]
    answer_words: str
    right_words: str
    explanation: Markup
    basis: list[links.Target]
    lesson: links.Target | None


def result(attempt_id: int) -> str | Response:
    """The result of an attempt: the person's own, or of somebody in the viewer's reach."""
    mark_section("exams.index")
    attempt = guards.found(queries.attempt(attempt_id))
    is_own = attempt.person_id == g.person.id
    if not is_own:
        guards.allow(_may_see(attempt), seen=False)
    if attempt.status == AttemptStatus.open:
        if is_own:
            return redirect(url_for("attempts.question", attempt_id=attempt.id, n=1), 303)
        guards.allow(False, seen=False)
    found = queries.result(attempt.id)
    voiding = queries.voiding(attempt.id) if attempt.status == AttemptStatus.voided else None
    closes_at = attempt.terms.get("closes_at")
    closes = datetime.fromisoformat(closes_at) if closes_at else None
    may_review = exam_rules.may_review(attempt.terms["review"], closes, clock.now())
    lines = _lines(attempt, found) if found is not None and (may_review or not is_own) else []
    shows_all = request.args.get("all") == "1"
    lost = [line for line in lines if line.item.verdict != "right"]
    history = queries.attempts_of(attempt.person_id, attempt.exam_id)
    return render_template(
        "assessments/attempts/result.html",
        attempt=attempt,
        title=shown_title(attempt.exam, locale()),
        result=found,
        voiding=voiding,
        is_own=is_own,
        pass_mark=Decimal(attempt.terms["pass_mark"]),
        abilities=_abilities(found) if found else [],
        weakest=_weakest(found) if found else None,
        lines=lines if shows_all else lost,
        all_count=len(lines),
        lost_count=len(lost),
        lost_points=sum((line.item.full_points - line.item.points for line in lost), Decimal(0)),
        shows_all=shows_all,
        may_review=may_review or not is_own,
        review=attempt.terms["review"],
        closes=closes,
        history=history,
        previous=_previous(history, attempt),
        next_at=_next_at(attempt, found),
        used=_used(attempt),
        cards=slots.cards("result_side", found, g.person) if found is not None and voiding is None else [],
    )


def _may_see(attempt: Attempt) -> bool:
    reaches = guards.reaches(*VIEWERS)
    spell = people.current_spell(attempt.person_id, clock.today())
    if not reaches or spell is None:
        return False
    return people_rules.may_see(reaches, spell, below=people.units_below(reaches))


def _abilities(found: Result) -> list[dict[str, Any]]:
    rows = []
    for one in found.abilities:
        full, points = Decimal(one["full_points"]), Decimal(one["points"])
        percent = points * 100 / full if full else Decimal(0)
        rows.append(
            {
                "label": _(COMPETENCIES.get(one["code"], one["code"])),
                "points": points,
                "full": full,
                "percent": percent,
                "kind": "ok" if percent >= REFERENCE_PERCENT else "warn",
            }
        )
    return rows


def _weakest(found: Result) -> str | None:
    rows = [row for row in _abilities(found) if row["percent"] < REFERENCE_PERCENT]
    return min(rows, key=lambda row: row["percent"])["label"] if rows else None


def _previous(history: list[tuple[Attempt, Result | None]], attempt: Attempt) -> Result | None:
    return next((r for a, r in history if a.number < attempt.number and r is not None), None)


def _next_at(attempt: Attempt, found: Result | None) -> exam_rules.Standing | None:
    """When and whether the next attempt opens, for one that did not pass."""
    if found is None or found.is_passed:
        return None
    made = queries.sittings(attempt.person_id, [attempt.exam_id]).get(attempt.exam_id, [])
    return exam_rules.standing(attempt.exam, made, clock.now())


def _used(attempt: Attempt) -> tuple[int, int]:
    """Minutes and seconds from start to handing in."""
    end = attempt.handed_in_at or clock.now()
    seconds = max(0, int((end - attempt.started_at).total_seconds()))
    return seconds // 60, seconds % 60


def _lines(attempt: Attempt, found: Result) -> list[Line]:
    asked = {question.position: question for question in queries.questions(attempt.id)}
    return [_line(item, asked[item.position]) for item in found.items]


def _line(item: ResultItem, asked: AttemptQuestion) -> Line:
    version = asked.version
    value = item.value or {}
    chosen = set(value.get("chosen", ()))
    right = {option["key"] for option in version.options if option["is_right"]}
    letters = {key: LETTERS[place] for place, key in enumerate(asked.option_order)}
    by_key = {option["key"]: option for option in version.options}
    choices = []
    for key in asked.option_order:
        is_right, is_chosen = key in right, key in chosen
        state = "right" if is_right and is_chosen else "wrong" if is_chosen else "missed" if is_right else None
        note = None
        if state == "missed" and version.type != QuestionType.multiple:
            note = _("正确答案")
        body = Markup(by_key[key]["html"])  # noqa: S704 - cleaned when it was stored
        choices.append({"key": letters[key], "body": body, "state": state, "note": note})
    answer = "、".join(sorted(letters[key] for key in chosen if key in letters)) or str(value.get("text") or "")
    rights = "、".join(sorted(letters[key] for key in right if key in letters)) if choices else _accepted(asked)
    return Line(
        item=item,
        asked=asked,
        stem=Markup(version.stem_html),  # noqa: S704
        summary=version.stem_text[:60] + ("…" if len(version.stem_text) > 60 else ""),
        choices=choices,
        answer_words=answer or _("没有作答"),
        right_words=rights,
        explanation=Markup(version.explanation_html),  # noqa: S704
        basis=[_basis(ref, clause) for ref, clause in version.basis],
        lesson=links.target("lesson", version.lesson_code) if version.lesson_code else None,
    )


def _accepted(asked: AttemptQuestion) -> str:
    version = asked.version
    if version.type == QuestionType.numeric and version.tolerance:
        return f"{version.accepted[0]} ± {version.tolerance.normalize():f} {version.unit_label}".strip()
    unit = f" {version.unit_label}" if version.unit_label else ""
    return f"{version.accepted[0]}{unit}"


def _basis(ref: str, clause: str | None) -> links.Target:
    found = links.target("policy", ref)
    label = f"{found.label} {clause}" if clause else found.label
    return links.Target(label if found.href else ref, found.href)


def register(bp: Blueprint) -> None:
    """The address."""
    bp.get("/attempts/<int:attempt_id>/result", endpoint="result")(result)
