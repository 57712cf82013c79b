"""The panes beside the editor: the question as an agent sees it, its figures, citations, gaps and history."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from assessments.bank import queries, source
from assessments.bank.actions import publishing
from assessments.bank.actions.editing import reference_gaps
from assessments.bank.forms import Editor
from assessments.bank.models import Question, QuestionVersion, Verb
from assessments.bank.rules import figures as figure_rules
from assessments.bank.rules import wording
from assessments.bank.rules.wording import CHOICES, Draft
from assessments.bank.views.frame import lessons_of
from lms import clock
from lms.markdown.values import Citation
from lms.policies import queries as policies
from lms.policies.queries import Registry
from lms.web import slots
from lms.web.errors import sentence

MOVE_WORDS = {
    Verb.sent: "送审",
    Verb.withdrawn: "撤回送审",
    Verb.returned: "退回",
    Verb.published: "发布",
    Verb.discarded: "放弃改动",
    Verb.retired: "停用",
    Verb.restored: "恢复",
}
MOST_FOUND = 8
HUNDREDTH = Decimal("0.01")


def of(question: Question, editor: Editor | None, figures: dict[int, Any]) -> dict[str, Any]:
    """Everything beside the list for an open question."""
    registry = policies.registry()
    current = question.current
    values: dict[str, Any] = {
        "published": source.wording_of(current) if current else None,
        "offered": next(iter(source.parse(question.library_source)[0]), None),
        "history": _history(question),
        "figures": _figures(current, figures.get(current.id) if current else None),
        "current_number": current.number if current else None,
        "more": slots.cards("question_page", current) if current else [],
    }
    return values | (beside(editor, question.course_code, registry) if editor else {})


def beside(editor: Editor, course_code: str, registry: Registry) -> dict[str, Any]:
    """What follows from the wording in the editor: preview, citations, search for more, lessons, gaps."""
    draft, lessons = editor.draft, lessons_of(course_code)
    found = [*wording.gaps(draft), *reference_gaps(draft, registry, [unit.code for unit in lessons])]
    return {
        "preview": preview(draft, registry),
        "basis": [_citation(ref, clause, registry) for ref, clause in draft.basis],
        "found": search(editor.find, registry) if editor.find else None,
        "lesson_choices": [(unit.code, unit.title) for unit in lessons],
        "gaps": [(name, sentence(refused)) for name, refused in found],
        "problems": [(f"#{name}", sentence(refused)) for name, refused in editor.errors],
        "sentence": sentence,
    }


def preview(draft: Draft, registry: Registry) -> dict[str, Any]:
    """The question as an agent sees it in the exam, made the way it would be stored."""
    made = publishing.rendered(draft, registry.cite)
    return {
        "type": _(draft.type.label),
        "stem": Markup(made.stem_html),  # noqa: S704 - cleaned by the renderer
        "choices": [
            {"key": option["key"], "body": Markup(option["html"]), "is_right": option["is_right"]}  # noqa: S704
            for option in made.options
        ],
        "is_multiple": draft.type == "multiple",
        "has_options": bool(made.options),
        "explanation": Markup(made.explanation_html),  # noqa: S704
    }


def _citation(ref: str, clause: str | None, registry: Registry) -> dict[str, Any]:
    facts = registry.cite(Citation(ref, clause, 1))
    return {"ref": ref, "clause": clause, "facts": facts}


def search(words: str, registry: Registry) -> list[dict[str, Any]]:
    """Policies and clauses that a few words name, at most eight."""
    found: list[dict[str, Any]] = []
    wanted = words.casefold().split()
    for document in dict.fromkeys(registry.by_ref.values()):
        title = f"{document.ref} {document.title} {document.number}".casefold()
        if all(word in title for word in wanted):
            found.append({"value": document.ref, "label": f"{document.title} {document.number}", "gist": ""})
        for clause in policies.current_version(document).clauses:
            if all(word in f"{title} {clause.number} {clause.gist}".casefold() for word in wanted):
                label = f"{document.title} {clause.number}"
                found.append({"value": f"{document.ref}#{clause.number}", "label": label, "gist": clause.gist})
    return found[:MOST_FOUND]


def _history(question: Question) -> list[dict[str, Any]]:
    """Versions and what was done, newest first, each step with who and when."""
    moves = queries.moves(question.id)
    entries = [
        (
            move.at,
            {
                "title": _(MOVE_WORDS[move.verb])
                + (_("第 %(n)s 版", n=move.version_number) if move.verb == Verb.published else ""),
                "note": f"{clock.local(move.at):%Y-%m-%d %H:%M} {move.actor_label}"
                + (f"：{move.comment}" if move.comment else ""),
                "state": "done",
            },
        )
        for move in moves
    ]
    told = {move.version_number for move in moves if move.verb == Verb.published}
    entries += [
        (
            version.published_at,
            {
                "title": _("第 %(n)s 版", n=version.number),
                "note": f"{clock.local(version.published_at):%Y-%m-%d} " + _("从课程库载入"),
                "state": "now" if version.id == question.current_id else "done",
            },
        )
        for version in queries.versions(question.id)
        if version.number not in told
    ]
    return [entry for _at, entry in sorted(entries, key=lambda pair: pair[0], reverse=True)]


def _figures(version: QuestionVersion | None, found: Any) -> dict[str, Any] | None:
    if version is None or found is None:
        return None
    is_shown = figure_rules.is_shown(found)
    return {
        "n": found.n,
        "exposure": found.exposure,
        "number": version.number,
        "is_shown": is_shown,
        "facility": _two(found.facility),
        "discrimination": _two(found.discrimination),
        "verdict": _(figure_rules.verdict(found)),
        "needs_review": figure_rules.needs_review(found),
        "picks": [
            {
                "key": option["key"],
                "right": option["is_right"],
                "percent": round(found.picks.get(option["key"], 0) * 100 / found.n),
                "n": found.picks.get(option["key"], 0),
            }
            for option in version.options
        ]
        if is_shown and version.type in {*CHOICES, "true_false"}
        else [],
    }


def _two(value: Any) -> str | None:
    return None if value is None else f"{Decimal(str(value)).quantize(HUNDREDTH, ROUND_HALF_UP)}".replace("-", "−")
