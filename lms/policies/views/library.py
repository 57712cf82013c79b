"""The policy library with its updates, and the page behind each citation."""

from dataclasses import dataclass

from flask import Blueprint, Flask, g, render_template, request

from lms import clock
from lms.policies import queries, rules, updates
from lms.policies.models import PolicyDocument
from lms.web import guards, links, slots
from lms.web.links import Target

bp = Blueprint("policies", __name__)


@dataclass(frozen=True)
class Row:
    """A line of the library."""

    document: PolicyDocument
    words: str
    tone: str
    effective: object
    clauses: int
    cited: int


@bp.get("/policies")
def library() -> str:
    """All documents, filtered by words, topic and validity."""
    query = request.args.get("q", "").strip()
    topic = request.args.get("topic", "")
    state = request.args.get("state", "")
    counts = queries.citation_counts()
    today = clock.today()
    everything = queries.documents()
    rows = []
    for document in everything:
        version = queries.current_version(document)
        words, tone = rules.status_words(version.status, version.effective_on, today)
        holds = rules.holds(version.status, version.effective_on, today)
        text = f"{document.title} {document.number} {document.ref} {document.summary}".lower()
        if query and not all(word in text for word in query.lower().split()):
            continue
        if topic and topic not in document.topics:
            continue
        if state and (state == "valid") != holds:
            continue
        rows.append(Row(document, words, tone, version.effective_on, len(version.clauses), counts.get(document.id, 0)))
    topics = sorted({t for document in everything for t in document.topics})
    return render_template(
        "policies/library.html",
        rows=rows,
        topic_choices=[(t, t) for t in topics],
        q=query,
        topic=topic,
        state=state,
        total=len(everything),
        updates=updates.of_person(g.person.id, today),
        may_watch=bool(guards.reaches("trainer", "hr", "line_leader")),
    )


@bp.get("/policies/<code>")
def document(code: str) -> str:
    """One document: versions, clauses with our gist, and what cites it."""
    found = guards.found(queries.document(code))
    today = clock.today()
    versions = [
        (version, *rules.status_words(version.status, version.effective_on, today)) for version in found.versions
    ]
    citing: dict[str, dict[str, tuple[Target, set[str]]]] = {}
    for citation in queries.citations_of(found.id):
        group = citing.setdefault(links.kind_label(citation.kind), {})
        target, clauses = group.setdefault(citation.ref_id, (links.target(citation.kind, citation.ref_id), set()))
        if citation.clause_number:
            clauses.add(citation.clause_number)
        group[citation.ref_id] = (target, clauses)
    return render_template(
        "policies/document.html",
        document=found,
        versions=versions,
        current=queries.current_version(found),
        citing={label: list(group.values()) for label, group in citing.items()},
        marks=rules.MARK_WORDS,
        anchor=queries.anchor,
        updates=updates.of_document(found.id),
        may_publish=bool(guards.reaches("trainer")),
    )


def link(ref_id: str) -> Target | None:
    """The label and page of a policy."""
    found = queries.named(ref_id)
    return Target(found[1], queries.href(found[0])) if found else None


def search_kind() -> list[tuple[str, str]]:
    """Policies are found by search, by everyone signed in."""
    return [("policy", "政策")]


def init_app(app: Flask) -> None:
    """Register the blueprint, the link kind and the search kind."""
    app.register_blueprint(bp)
    links.register(app, "policy", "政策", link)
    slots.fill(app, "search_kinds", search_kind)
