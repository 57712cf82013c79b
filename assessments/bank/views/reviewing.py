"""Steps of a question besides writing: review, out of use and back; and the same for many at once with a look first."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from assessments.bank import queries, source
from assessments.bank.actions import editing, reviewing
from assessments.bank.actions.reviewing import Ready
from assessments.bank.models import Question
from assessments.bank.rules import states
from assessments.bank.views import listing
from assessments.bank.views.frame import (
    PAGE,
    STAFF,
    address,
    lesson_codes,
    prepared,
    query_of,
    question_or_404,
    wanted_filter,
)
from lms.db import reading
from lms.errors import Refused
from lms.policies import queries as policies
from lms.web import errors, guards
from lms.web.guards import needs
from lms.web.shell import mark_section

BULK = {
    "send": ("送审", "送审后由另一位培训师审核，编写人不能审自己的题。"),
    "publish": ("发布", "发布后试卷就会抽到，正在作答的人按旧版本。"),
    "retire": ("停用", "停用后不再抽到，以前的作答还按它评分。"),
    "tag": ("加标签", "标签只用来查找，不改题目内容。"),
}

STEPS: dict[str, tuple[Callable[[Question, int], None], str]] = {
    "withdraw": (reviewing.withdraw, "已撤回送审，可以接着修改。"),
    "discard": (editing.discard, "已放弃改动，内容回到已发布的版本。"),
    "ignore": (reviewing.ignore_library, "保留现在的写法，课程库的这一稿不再提示。"),
}
STEPS_WITH_WORDS: dict[str, tuple[Callable[[Question, int, str], None], str]] = {
    "return": (reviewing.send_back, "已退回，编写人会收到通知。"),
    "retire": (reviewing.retire, "已停用，不再抽到；以前的作答不受影响。"),
    "restore": (reviewing.restore, "已恢复。"),
}


@needs(*STAFF)
def move(code: str, verb: str) -> Response | tuple[str, int]:
    """One step; a refusal shows the page again with its sentence and keeps what was written in the box."""
    guards.allow(verb == "publish" or verb in {**STEPS, **STEPS_WITH_WORDS}, seen=False)
    ready = prepared(code) if verb == "publish" else None
    question = question_or_404(code, to_change=True)
    seen, words = request.form.get("edition", -1, type=int), request.form.get("words", "").strip()
    try:
        said = _take(question, verb, seen, words, ready)
    except Refused as refused:
        page = listing.bank_page(question, "edit", refused=errors.sentence(refused), words=words, verb=verb)
        return page, 409
    flash(said, "ok")
    return redirect(address(question), 303)


def _take(question: Question, verb: str, seen: int, words: str, ready: Ready | None) -> str:
    if verb == "publish":
        version = reviewing.release(question, seen, ready)
        return _("已发布第 %(n)s 版，从现在起抽题用这一版。", n=version.number)
    if verb in STEPS_WITH_WORDS:
        act, said = STEPS_WITH_WORDS[verb]
        act(question, seen, words)
        return _(said)
    plain, said = STEPS[verb]
    plain(question, seen)
    return _(said)


@dataclass(frozen=True)
class Line:
    """One question of a bulk step: may it be done, and if not, why."""

    question: Question
    words: str
    problem: str

    @property
    def key(self) -> str:
        return f"{self.question.code}:{self.question.edition}"


def _picked() -> list[tuple[str, int]]:
    """(code, edition) of the ticked questions, at most a page of them."""
    pairs = [value.partition(":") for value in request.form.getlist("pick")][:PAGE]
    return [(code, int(n) if n.isascii() and n.isdigit() and len(n) < 9 else -1) for code, _colon, n in pairs]


def _problem(question: Question, verb: str, ready: Ready | None) -> str:
    """Why a step cannot be taken with a question, or nothing."""
    try:
        if verb == "send":
            states.check_may_send(question, question.draft, len(ready.gaps) if ready else 0)
        elif verb == "publish":
            states.check_reviewer(question.draft, g.person.id)
        elif verb == "retire":
            states.check_may_retire(question)
    except Refused as refused:
        return errors.sentence(refused)
    return ""


@needs(*STAFF)
def bulk() -> str | Response | tuple[str, int]:
    """Many questions at once: first what would be done and what not and why, then, confirmed, the doing."""
    verb, picked = request.form.get("do", ""), _picked()
    back = url_for("exams.questions", **query_of(wanted_filter()))
    if verb not in BULK or not picked:
        flash(_("先勾选题目，再选要做的事。"), "warn")
        return redirect(back, 303)
    ready = _readied([code for code, _edition in picked]) if verb in {"send", "publish"} else {}
    if not request.form.get("confirmed"):
        with reading():
            return _look(verb, picked, ready)
    try:
        act = _act(verb, request.form.get("words", ""), ready)
    except Refused as refused:
        with reading():
            return _look(verb, picked, ready, errors.sentence(refused)), 422
    done, left = 0, []
    for code, seen in picked:
        question = queries.question(code, to_change=True)
        if question is None:
            continue
        try:
            states.check_edition(question, seen)
            act(question)
            done += 1
        except Refused as refused:
            left.append(f"{code}：{errors.sentence(refused)}")
    if done:
        flash(_("已处理 %(n)s 题。", n=done), "ok")
    if left:
        flash(_("%(n)s 题没有动：", n=len(left)) + " ".join(left)[:400], "warn")
    return redirect(back, 303)


def _readied(codes: list[str]) -> dict[str, Ready]:
    """The working copies of these questions looked through and rendered before the write begins."""
    with reading():
        registry = policies.registry()
        known = queries.questions_by_code(codes)
        lessons = {course: lesson_codes(course) for course in {one.course_code for one in known.values()}}
        return {
            code: reviewing.prepare(draft, registry, lessons[one.course_code])
            for code, one in known.items()
            if one.draft is not None and (draft := source.latest_wording(one)) is not None
        }


def _look(verb: str, picked: list[tuple[str, int]], ready: dict[str, Ready], refused: str = "") -> str:
    mark_section("exams.questions")
    known = queries.questions_by_code(code for code, _edition in picked)
    lines = []
    for code, _edition in picked:
        question = known.get(code)
        if question is not None:
            draft = source.latest_wording(question)
            lines.append(Line(question, draft.words if draft else "", _problem(question, verb, ready.get(code))))
    return render_template(
        "assessments/bank/bulk.html",
        verb=verb,
        title=_(BULK[verb][0]),
        effect=_(BULK[verb][1]),
        lines=lines,
        ready=[line for line in lines if not line.problem],
        refused=refused,
        words=request.form.get("words", ""),
        query=query_of(wanted_filter()),
    )


def _act(verb: str, words: str, ready: dict[str, Ready]) -> Callable[[Question], object]:
    """What to do with each question; refuses a missing reason or tag before anything is done."""
    if verb == "send":
        return lambda one: reviewing.send(one, one.edition, len(ready[one.code].gaps) if one.code in ready else 0)
    if verb == "publish":
        return lambda one: reviewing.release(one, one.edition, ready.get(one.code))
    if verb == "retire":
        reason = states.check_reason(words, "写明停用的理由，以后能看到。")
        return lambda one: reviewing.retire(one, one.edition, reason)
    labels = states.tags_in(words)
    if not labels:
        raise Refused("写一个标签，几个之间用空格隔开。")
    return lambda one: editing.add_tags(one, labels)


def register(bp: Blueprint) -> None:
    """Put the steps at their addresses."""
    bp.add_url_rule("/training/questions/<code>/<verb>", "question_move", move, methods=["POST"])
    bp.add_url_rule("/training/bank/steps", "question_bulk", bulk, methods=["POST"])
