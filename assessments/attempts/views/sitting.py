"""Sitting an exam: question, save, check, hand in, take over. A GET never hands in; without script forms do it all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from assessments.attempts import actions, queries, rules, saving
from assessments.attempts.models import Attempt, AttemptQuestion, AttemptStatus, HandedInBy
from assessments.attempts.queries import Saved
from assessments.attempts.rules import Stamp
from assessments.bank.models import QuestionType
from courses.catalogue.rules import shown_title
from lms import clock
from lms.errors import Refused
from lms.web import errors, guards
from lms.web.guards import lean, own_eyes
from lms.web.languages import locale

LETTERS = "ABCDEFGH"
LOW_SECONDS = 300
LARGEST_SAVE = 32_768  # bytes of JSON: an answer of 2,000 characters, escaped
MOST_QUESTIONS = 10_000
MOST_SAVES = 2**31
MOST_MS = 2**43  # milliseconds since 1970: the year 2248
BOUNDS = (("position", MOST_QUESTIONS), ("epoch", MOST_SAVES), ("seq", MOST_SAVES))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RULE_HINTS = {
    "all_or_nothing": lazy_gettext("至少选两项，多选、少选、错选均不得分"),
    "half_for_subset": lazy_gettext("至少选两项，少选得一半分，有错选不得分"),
    "per_option": lazy_gettext("至少选两项，按选项计分，错选倒扣到零为止"),
}
Page = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Cell:
    """A question in the navigator."""

    number: int
    href: str
    answered: bool
    flagged: bool
    current: bool


@dataclass(frozen=True)
class Shown:
    """A question as the page draws it."""

    asked: AttemptQuestion
    value: dict[str, Any]

    @property
    def position(self) -> int:
        return self.asked.position

    @property
    def kind(self) -> QuestionType:
        return self.asked.version.type

    @property
    def is_multiple(self) -> bool:
        return self.kind == QuestionType.multiple

    @property
    def longest(self) -> int:
        """Most characters of an answer in words."""
        return rules.LONGEST_TEXT.get(self.kind, rules.MAX_TEXT)

    @property
    def stem(self) -> Markup:
        return Markup(self.asked.version.stem_html)  # noqa: S704 - cleaned when it was stored

    @property
    def points(self) -> str:
        return f"{self.asked.points.normalize():f}"

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Options in the order this person has them, lettered as they stand."""
        by_key = {option["key"]: option["html"] for option in self.asked.version.options}
        return [
            {"value": key, "key": LETTERS[place], "body": Markup(by_key[key])}  # noqa: S704 - cleaned when stored
            for place, key in enumerate(self.asked.option_order)
        ]


def _own(attempt_id: int) -> Attempt:
    return guards.found(queries.attempt(attempt_id, g.person.id))


def _closed(attempt: Attempt) -> Response | None:
    """Where to go when there is nothing left to answer."""
    if attempt.status == AttemptStatus.open:
        return None
    return redirect(url_for("attempts.result", attempt_id=attempt.id), 303)


def _instead(attempt: Attempt) -> Page | None:
    """What stands in place of the questions: the result, the end of time, or the way over from another device."""
    if attempt.status != AttemptStatus.open:
        return _closed(attempt)
    if clock.now() >= attempt.deadline_at:
        return render_template("assessments/attempts/time_up.html", **_shell(attempt))
    if attempt.device != str(g.person.session_id):
        return render_template("assessments/attempts/elsewhere.html", **_shell(attempt))
    return None


def _shell(attempt: Attempt, current: int | None = None) -> dict[str, Any]:
    """What every page of a sitting shows: title, clock, navigator, counts."""
    saved, places, terms = queries.latest_answers(attempt.id), queries.places(attempt.id), attempt.terms
    answered = {n for n, found in saved.items() if rules.is_answered(found.value)}
    flagged = {n for n, found in saved.items() if found.value.get("flagged")}
    address = url_for("attempts.question", attempt_id=attempt.id, n=0).removesuffix("0")
    sections = []
    for position, title, _least in terms["sections"]:
        inside = [place for place in places if place.section == position]
        cells = [_cell(address, place.position, answered, flagged, current) for place in inside]
        points = f"{inside[0].points.normalize():f}" if inside else ""
        sections.append({"title": title, "note": _("每题 %(n)s 分", n=points), "cells": cells})
    left = seconds_left(attempt)
    return {
        "attempt": attempt,
        "title": shown_title(attempt.exam, locale()),
        "pass_mark": Decimal(terms["pass_mark"]),
        "sections": sections,
        "total": len(places),
        "answered": len(answered),
        "flagged": sorted(flagged),
        "blank": [place.position for place in places if place.position not in answered],
        "saved": saved,
        "last_saved": _wall(max((found.saved_at for found in saved.values()), default=None)),
        "next_seq": 1 + max((found.seq for found in saved.values() if found.epoch == attempt.epoch), default=0),
        "left": left,
        "server_ms": round(clock.now().timestamp() * 1000),
        "late": sum(found.saved_at >= attempt.deadline_at for found in saved.values()),
        "waits_until": attempt.grace_until if attempt.grace_until and clock.now() < attempt.grace_until else None,
        "extra_words": extra_words(terms.get("extra", (0, 0))),
        "is_low": left < LOW_SECONDS,
    }


def extra_words(extra: Sequence[int]) -> str:
    """Extra time in words, empty where there is none: (percent, minutes)."""
    percent, minutes = extra
    if percent:
        return _("时间是规定的 %(n)s 倍", n=f"{1 + percent / 100:g}")
    return _("加时 %(n)s 分钟", n=minutes) if minutes else ""


def seconds_left(attempt: Attempt) -> int:
    """Whole seconds until the server's deadline, never negative."""
    return max(0, int((attempt.deadline_at - clock.now()).total_seconds()))


def _wall(instant: datetime | None) -> str | None:
    if instant is None:
        return None
    wall = clock.local(instant)
    return f"{wall.hour:02}:{wall.minute:02}"


def _cell(address: str, position: int, answered: set[int], flagged: set[int], current: int | None) -> Cell:
    return Cell(
        number=position,
        href=f"{address}{position}",
        answered=position in answered,
        flagged=position in flagged,
        current=position == current,
    )


@own_eyes
def question(attempt_id: int, n: int) -> Page:
    """One question with the navigator, exactly as it was left."""
    attempt = _own(attempt_id)
    return _instead(attempt) or _draw(attempt, guards.found(queries.question_at(attempt.id, n)))


def _draw(attempt: Attempt, asked: AttemptQuestion, error: str = "") -> str:
    shell = _shell(attempt, asked.position)
    return render_template(
        "assessments/attempts/question.html",
        **shell,
        one=_shown(asked, shell["saved"]),
        hint=RULE_HINTS[attempt.terms["multiple_rule"]],
        error=error,
    )


def _shown(asked: AttemptQuestion, saved: dict[int, Saved]) -> Shown:
    return Shown(asked, saved[asked.position].value if asked.position in saved else {})


@own_eyes
def paper(attempt_id: int) -> Page:
    """Every question as a fragment, so that a page with script goes on while the network is away."""
    attempt = _own(attempt_id)
    if _instead(attempt) is not None:
        return "", 409
    shell = _shell(attempt)
    return render_template(
        "assessments/attempts/_paper.html",
        **shell,
        questions=[_shown(asked, shell["saved"]) for asked in queries.questions(attempt.id)],
        hint=RULE_HINTS[attempt.terms["multiple_rule"]],
    )


def save_form(attempt_id: int, n: int) -> Page:
    """Without script: save this question's form and go where the pressed button leads."""
    attempt = _own(attempt_id)
    instead = _instead(attempt)
    if instead is not None:
        return instead
    asked = guards.found(queries.question_at(attempt.id, n))
    go = request.form.get("go", "")
    is_flagged = (request.form.get("flagged") == "1") != (go == "flag")
    given = {"chosen": request.form.getlist("choice"), "text": request.form.get("text", ""), "flagged": is_flagged}
    epoch = request.form.get("epoch", attempt.epoch, type=int)
    try:
        seq = queries.next_seq(attempt.id, attempt.epoch)
        saving.save(attempt.id, g.person.id, n, epoch=epoch, seq=seq, given=given)
    except rules.Moved:
        return redirect(url_for("attempts.question", attempt_id=attempt.id, n=n), 303)
    except Refused as refused:
        return _draw(attempt, asked, errors.sentence(refused)), 422
    if go == "check":
        return redirect(url_for("attempts.check", attempt_id=attempt.id), 303)
    target = int(go) if go.isascii() and go.isdigit() and len(go) < 6 else n
    return redirect(url_for("attempts.question", attempt_id=attempt.id, n=target), 303)


@lean
def save(attempt_id: int) -> Response | tuple[Response, int]:
    """One answer as JSON {position, epoch, seq, chosen | text, flagged, loaded, elapsed}: 200 with the time it was kept,
    the seconds left, and whether it came late; else a sentence and a state: overtaken (send again with next_seq),
    moved (read only), closed (nothing more is taken), refused (not an answer).
    """
    sent = _sent()
    if sent is None:
        return jsonify(state="refused", sentence=_("这个请求看不懂，没有保存。刷新页面再试。")), 400
    try:
        kept = saving.save(
            attempt_id, g.person.id, sent["position"], epoch=sent["epoch"], seq=sent["seq"], given=sent,
            stamp=_stamp(sent),
        )  # fmt: skip
    except rules.Overtaken as overtaken:
        return jsonify(state="overtaken", sentence=errors.sentence(overtaken), next_seq=overtaken.next_seq), 409
    except rules.Moved as moved:
        return jsonify(state="moved", sentence=errors.sentence(moved)), 409
    except rules.Closed as closed:
        return jsonify(state="closed", sentence=errors.sentence(closed)), 409
    except Refused as refused:
        return jsonify(state="refused", sentence=errors.sentence(refused)), 422
    left = max(0, int((kept.deadline_at - kept.saved_at).total_seconds()))
    return jsonify(saved_at=_wall(kept.saved_at), left=left, late=kept.is_late)


def _sent() -> dict[str, Any] | None:
    """The JSON of a save, its numbers in bounds; None for anything else."""
    if (request.content_length or 0) > LARGEST_SAVE:
        return None
    try:
        sent = request.get_json(silent=True)
    except RecursionError:
        return None
    if not isinstance(sent, dict):
        return None
    fits = all(type(sent.get(name)) is int and 0 < sent[name] < most for name, most in BOUNDS)
    return sent if fits else None


def _stamp(sent: dict[str, Any]) -> Stamp | None:
    """When the page says the answer was given: milliseconds since 1970 as the page had it, and since then."""
    loaded, elapsed = sent.get("loaded"), sent.get("elapsed")
    if type(loaded) is not int or type(elapsed) is not int or not 0 < loaded < MOST_MS or abs(elapsed) >= MOST_MS:
        return None
    try:
        return Stamp(EPOCH + timedelta(milliseconds=loaded), timedelta(milliseconds=elapsed))
    except OverflowError:
        return None


@lean
@own_eyes
def time_left(attempt_id: int) -> Response:
    """Whether the attempt still runs, here, and for how long: the open page asks once a minute."""
    attempt = _own(attempt_id)
    is_here = attempt.device == str(g.person.session_id)
    return jsonify(left=seconds_left(attempt), is_open=attempt.status == AttemptStatus.open, is_here=is_here)


@own_eyes
def check(attempt_id: int) -> Page:
    """What is unanswered or flagged, before handing in."""
    attempt = _own(attempt_id)
    return _instead(attempt) or render_template("assessments/attempts/check.html", **_shell(attempt))


def submission(attempt_id: int) -> Response:
    """Hand in; a second press leads to the same result."""
    attempt = _own(attempt_id)
    closed = _closed(attempt)
    if closed is not None:
        return closed
    actions.submit(attempt)
    if attempt.handed_in_by == HandedInBy.deadline:
        flash(_("时间到，已按最后保存的答案交卷。"), "info")
    return redirect(url_for("attempts.result", attempt_id=attempt.id), 303)


def take_over(attempt_id: int) -> Response:
    """Move the exam to this device, back to the question one came from."""
    attempt = _own(attempt_id)
    closed = _closed(attempt)
    if closed is not None:
        return closed
    actions.take_over(attempt, str(g.person.session_id), keeps_answers=request.form.get("keeps") == "1")
    flash(_("考试已移到这台设备，另一台只能看。时间没有变。"), "ok")
    n = request.form.get("n", 1, type=int)
    return redirect(url_for("attempts.question", attempt_id=attempt.id, n=n if 0 < n < MOST_QUESTIONS else 1), 303)


def register(bp: Blueprint) -> None:
    """Put the pages at their addresses."""
    one = "/attempts/<int(max=2147483647):attempt_id>"
    number = f"{one}/q/<int(max=9999):n>"
    bp.add_url_rule(number, "question", question)
    bp.add_url_rule(number, "save_form", save_form, methods=["POST"])
    bp.add_url_rule(f"{one}/paper", "paper", paper)
    bp.add_url_rule(f"{one}/answers", "save", save, methods=["POST"])
    bp.add_url_rule(f"{one}/time", "time_left", time_left)
    bp.add_url_rule(f"{one}/check", "check", check)
    bp.add_url_rule(f"{one}/submission", "submission", submission, methods=["POST"])
    bp.add_url_rule(f"{one}/device", "take_over", take_over, methods=["POST"])
