"""Sitting an exam: question, save, check, hand in, take over. A GET never hands in."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from assessments.attempts import actions, queries, rules
from assessments.attempts.models import Attempt, AttemptQuestion, AttemptStatus
from assessments.bank.models import QuestionType
from courses.catalogue.rules import shown_title
from lms import clock
from lms.errors import Refused
from lms.web import errors, guards
from lms.web.guards import lean
from lms.web.languages import locale

LETTERS = "ABCDEFGH"
LOW_SECONDS = 300
RULE_HINTS = {
    "all_or_nothing": "至少选两项，多选、少选、错选均不得分",
    "half_for_subset": "至少选两项，少选得一半分，有错选不得分",
    "per_option": "至少选两项，按选项计分，错选倒扣到零为止",
}


@dataclass(frozen=True)
class Cell:
    """A question in the navigator."""

    number: int
    href: str
    answered: bool
    flagged: bool
    current: bool


def _attempt(attempt_id: int) -> Attempt:
    return guards.found(queries.attempt(attempt_id, g.person.id))


def _closed(attempt: Attempt) -> Response | None:
    if attempt.status == AttemptStatus.open:
        return None
    return redirect(url_for("attempts.result", attempt_id=attempt.id), 303)


def seconds_left(attempt: Attempt) -> int:
    """Whole seconds until the server's deadline, never negative."""
    return max(0, int((attempt.deadline_at - clock.now()).total_seconds()))


def _shell(attempt: Attempt, current: int | None = None) -> dict[str, Any]:
    """What every page of a sitting shows: title, clock, navigator, counts."""
    saved = queries.latest_answers(attempt.id)
    places = queries.places(attempt.id)
    terms = attempt.terms
    sections = []
    for position, title, _least in terms["sections"]:
        inside = [place for place in places if place.section == position]
        points = f"{inside[0].points.normalize():f}" if inside else ""
        sections.append(
            {
                "title": title,
                "note": _("每题 %(n)s 分", n=points),
                "cells": [_cell(attempt.id, place.position, saved, current) for place in inside],
            }
        )
    answered = sum(rules.is_answered(found.value) for found in saved.values())
    flagged = [n for n, found in sorted(saved.items()) if found.value.get("flagged")]
    blank = [place.position for place in places if not rules.is_answered(_value(saved, place.position))]
    last = max((found.saved_at for found in saved.values()), default=None)
    left = seconds_left(attempt)
    return {
        "attempt": attempt,
        "title": shown_title(attempt.exam, locale()),
        "pass_mark": terms["pass_mark"].removesuffix(".0000"),
        "sections": sections,
        "total": len(places),
        "answered": answered,
        "flagged": flagged,
        "blank": blank,
        "last_saved": clock.local(last).strftime("%H:%M") if last else None,
        "left": left,
        "left_text": f"{left // 60:02d}:{left % 60:02d}",
        "is_low": left < LOW_SECONDS,
    }


def _value(saved: dict[int, queries.Saved], position: int) -> dict[str, Any] | None:
    return saved[position].value if position in saved else None


def _cell(attempt_id: int, position: int, saved: dict[int, queries.Saved], current: int | None) -> Cell:
    value = _value(saved, position)
    return Cell(
        number=position,
        href=url_for("attempts.question", attempt_id=attempt_id, n=position),
        answered=rules.is_answered(value),
        flagged=bool(value and value.get("flagged")),
        current=position == current,
    )


def _elsewhere(attempt: Attempt) -> str | None:
    """The page that asks whether to move the exam here, when it is open on another device."""
    if attempt.device == str(g.person.session_id):
        return None
    return render_template("assessments/attempts/elsewhere.html", **_shell(attempt))


def _time_up(attempt: Attempt) -> str | None:
    if clock.now() < attempt.deadline_at:
        return None
    return render_template("assessments/attempts/time_up.html", **_shell(attempt))


def question(attempt_id: int, n: int) -> str | Response:
    """One question with the navigator, exactly as it was left."""
    attempt = _attempt(attempt_id)
    standing = _closed(attempt) or _time_up(attempt) or _elsewhere(attempt)
    if standing is not None:
        return standing
    return _draw(attempt, guards.found(queries.question_at(attempt.id, n)))


def _draw(attempt: Attempt, asked: AttemptQuestion, error: str = "") -> str:
    shell = _shell(attempt, asked.position)
    saved = queries.latest_answers(attempt.id).get(asked.position)
    value = saved.value if saved else {}
    by_key = {option["key"]: option for option in asked.version.options}
    kind = asked.version.type
    choices = [
        {"value": key, "key": LETTERS[place], "body": Markup(by_key[key]["html"])}  # noqa: S704 - cleaned when stored
        for place, key in enumerate(asked.option_order)
    ]
    hint = RULE_HINTS[attempt.terms["multiple_rule"]] if kind == QuestionType.multiple else ""
    return render_template(
        "assessments/attempts/question.html",
        **shell,
        asked=asked,
        kind=kind,
        choices=choices,
        chosen=value.get("chosen", []),
        text=value.get("text", ""),
        is_flagged=bool(value.get("flagged")),
        stem=Markup(asked.version.stem_html),  # noqa: S704
        hint=_(hint) if hint else "",
        points=f"{asked.points.normalize():f}",
        next_seq=queries.next_seq(attempt.id, attempt.epoch),
        has_shortcuts=g.person.has_shortcuts,
        error=error,
    )


def save_form(attempt_id: int, n: int) -> str | Response | tuple[str, int]:
    """Without script: save this question's form and go where the pressed button leads."""
    attempt = _attempt(attempt_id)
    closed = _closed(attempt)
    if closed is not None:
        return closed
    asked = guards.found(queries.question_at(attempt.id, n))
    is_flagged = request.form.get("flagged") == "1"
    go = request.form.get("go", "next")
    if go == "flag":
        is_flagged = not is_flagged
    given = {"chosen": request.form.getlist("choice"), "text": request.form.get("text", ""), "flagged": is_flagged}
    epoch = request.form.get("epoch", attempt.epoch, type=int)
    try:
        actions.save(
            attempt.id, g.person.id, n, epoch=epoch, seq=queries.next_seq(attempt.id, epoch), given=given
        )
    except Refused as refused:
        if clock.now() >= attempt.deadline_at or epoch != attempt.epoch:
            return redirect(url_for("attempts.question", attempt_id=attempt.id, n=n), 303)
        return _draw(attempt, asked, errors.sentence(refused)), 422
    last = len(queries.places(attempt.id))
    if go == "check" or (go == "next" and n >= last):
        return redirect(url_for("attempts.check", attempt_id=attempt.id), 303)
    target = {"previous": max(1, n - 1), "flag": n, "stay": n}.get(go, min(last, n + 1))
    return redirect(url_for("attempts.question", attempt_id=attempt.id, n=target), 303)


@lean
def save(attempt_id: int) -> Response | tuple[Response, int]:
    """One answer as JSON {position, epoch, seq, chosen | text, flagged}: 200 with the time, or 409 with a sentence."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not all(isinstance(body.get(key), int) for key in ("position", "epoch", "seq")):
        return jsonify(sentence=_("这个请求看不懂，没有保存。刷新页面再试。")), 400
    if not 0 < body["seq"] < 2**31 or not 0 < body["epoch"] < 2**31 or not 0 < body["position"] < 10_000:
        return jsonify(sentence=_("这个请求看不懂，没有保存。刷新页面再试。")), 400
    try:
        saved_at = actions.save(
            attempt_id, g.person.id, body["position"], epoch=body["epoch"], seq=body["seq"], given=body
        )
    except actions.Overtaken as overtaken:
        return jsonify(sentence=errors.sentence(overtaken), next_seq=overtaken.next_seq), 409
    except Refused as refused:
        return jsonify(sentence=errors.sentence(refused), closed=True), 409
    return jsonify(saved_at=clock.local(saved_at).strftime("%H:%M"))


def check(attempt_id: int) -> str | Response:
    """What is unanswered or flagged, before handing in."""
    attempt = _attempt(attempt_id)
    standing = _closed(attempt) or _time_up(attempt) or _elsewhere(attempt)
    if standing is not None:
        return standing
    return render_template("assessments/attempts/check.html", **_shell(attempt))


def submission(attempt_id: int) -> Response:
    """Hand in; a second press leads to the same result."""
    attempt = _attempt(attempt_id)
    closed = _closed(attempt)
    if closed is not None:
        return closed
    found = actions.submit(attempt)
    if found.attempt.handed_in_by == "deadline":
        at = clock.local(found.attempt.deadline_at).strftime("%H:%M:%S")
        flash(_("时间到，已按最后保存的答案交卷（%(at)s）。", at=at), "info")
    return redirect(url_for("attempts.result", attempt_id=attempt.id), 303)


def take_over(attempt_id: int) -> Response:
    """Move the exam to this device."""
    attempt = _attempt(attempt_id)
    actions.take_over(attempt, str(g.person.session_id))
    flash(_("考试已移到这台设备，另一台只能看。时间没有变。"), "ok")
    return redirect(url_for("attempts.question", attempt_id=attempt.id, n=1), 303)


def register(bp: Blueprint) -> None:
    """The addresses."""
    bp.get("/attempts/<int:attempt_id>/q/<int:n>", endpoint="question")(question)
    bp.post("/attempts/<int:attempt_id>/q/<int:n>", endpoint="save_form")(save_form)
    bp.post("/attempts/<int:attempt_id>/answers", endpoint="save")(save)
    bp.get("/attempts/<int:attempt_id>/check", endpoint="check")(check)
    bp.post("/attempts/<int:attempt_id>/submission", endpoint="submission")(submission)
    bp.post("/attempts/<int:attempt_id>/device", endpoint="take_over")(take_over)
