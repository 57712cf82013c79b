"""Reads of the policy registry: by reference, by clause, and who cites what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import selectinload

from lms import clock
from lms.db import db, plain_rows
from lms.markdown.values import Citation as Cited
from lms.markdown.values import CiteFacts
from lms.policies import rules
from lms.policies.models import Citation, PolicyClause, PolicyDocument, PolicyStatus, PolicyVersion


def anchor(number: str) -> str:
    """The page anchor of a clause."""
    return "c-" + "".join(c if c.isalnum() else "-" for c in number)


def href(code: str, clause: str | None = None) -> str:
    """The page of a policy, at a clause."""
    return f"/policies/{code}" + (f"#{anchor(clause)}" if clause else "")


def document(code_or_ref: str) -> PolicyDocument | None:
    """A document by its code or reference, with versions and clauses."""
    return db.session.scalar(
        select(PolicyDocument)
        .where(or_(PolicyDocument.ref == code_or_ref, PolicyDocument.code == code_or_ref))
        .options(selectinload(PolicyDocument.versions).selectinload(PolicyVersion.clauses))
    )


_NAMED = select(PolicyDocument.code, PolicyDocument.title).where(
    or_(PolicyDocument.ref == bindparam("wanted"), PolicyDocument.code == bindparam("wanted"))
)


def named(code_or_ref: str) -> tuple[str, str] | None:
    """Code and title of a document by its code or reference."""
    row = plain_rows(_NAMED, wanted=code_or_ref).first()
    return (row.code, row.title) if row else None


def documents() -> list[PolicyDocument]:
    """All documents with versions and clauses, by code."""
    return list(
        db.session.scalars(
            select(PolicyDocument)
            .options(selectinload(PolicyDocument.versions).selectinload(PolicyVersion.clauses))
            .order_by(PolicyDocument.code)
        )
    )


def current_version(found: PolicyDocument) -> PolicyVersion:
    """The version that counts today: the newest in force, else the newest there is."""
    in_force = [v for v in found.versions if v.status == PolicyStatus.in_force]
    return (in_force or list(found.versions))[0]


def resolve(ref: str, clause: str | None) -> tuple[PolicyDocument, PolicyClause | None] | None:
    """The document and clause that a citation means; None when the registry has neither or lacks the clause."""
    found = document(ref)
    return None if found is None else _with_clause(found, clause)


def _with_clause(found: PolicyDocument, clause: str | None) -> tuple[PolicyDocument, PolicyClause | None] | None:
    if not clause:
        return found, None
    for version in (current_version(found), *found.versions):
        for row in version.clauses:
            if row.number == clause:
                return found, row
    return None


@dataclass
class Registry:
    """The whole registry in memory, for loading many lessons with a fixed number of queries."""

    by_ref: dict[str, PolicyDocument]

    def resolve(self, ref: str, clause: str | None) -> tuple[PolicyDocument, PolicyClause | None] | None:
        found = self.by_ref.get(ref)
        return None if found is None else _with_clause(found, clause)

    def cite(self, citation: Cited) -> CiteFacts | None:
        """What a citation shows in a lesson; None when the registry does not know it."""
        found = self.resolve(citation.ref, citation.clause)
        return None if found is None else facts(*found)


def registry() -> Registry:
    """The registry, read with three queries."""
    by_ref: dict[str, PolicyDocument] = {}
    for found in documents():
        by_ref[found.ref] = by_ref[found.code] = found
    return Registry(by_ref)


def cite_facts(citation: Cited) -> CiteFacts | None:
    """What one citation shows; None when the registry does not know it."""
    found = resolve(citation.ref, citation.clause)
    return None if found is None else facts(*found)


def facts(found: PolicyDocument, clause: PolicyClause | None) -> CiteFacts:
    """Title, number, status and gist as a lesson shows them."""
    version = clause.version if clause else current_version(found)
    words, tone = rules.status_words(version.status, version.effective_on, clock.today())
    effective = _day(version.effective_on)
    if effective:
        effective = f"{effective}施行" + ("" if version.are_dates_checked else "（日期待核对）")
    return CiteFacts(
        title=found.title,
        number=found.number,
        clause=clause.number if clause else None,
        gist=clause.gist if clause else "",
        status_label=words,
        status_tone=tone,
        effective_text=effective,
        url=href(found.code, clause.number if clause else None),
    )


def _day(day: date | None) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日" if day else ""


def citations_of(document_id: int) -> list[Citation]:
    """Everything that cites a document, grouped by kind and clause."""
    return list(
        db.session.scalars(
            select(Citation)
            .where(Citation.document_id == document_id)
            .order_by(Citation.kind, Citation.clause_number, Citation.id)
        )
    )


def citation_counts() -> dict[int, int]:
    """How many things cite each document."""
    rows = db.session.execute(select(Citation.document_id, func.count()).group_by(Citation.document_id))
    return {document_id: n for document_id, n in rows}  # noqa: C416 - rows are not tuples


def cited_by(kind: str, ref_ids: Iterable[object]) -> list[Citation]:
    """Citations made by these things."""
    names = [str(ref_id) for ref_id in ref_ids]
    return list(db.session.scalars(select(Citation).where(Citation.kind == kind, Citation.ref_id.in_(names))))


@dataclass(frozen=True)
class Citable:
    """Something an author may cite: 「ref」 or 「ref#clause」 as written in a text, and what a lesson then shows."""

    written: str
    facts: CiteFacts


def citable(words: str, limit: int = 20) -> list[Citable]:
    """Documents and clauses that hold all these words in title, number, short name or gist; clauses of the version
    that counts today only. Nothing for no words. In a fixed number of queries.
    """
    wanted = words.lower().replace("#", " ").split()
    found: list[Citable] = []
    if not wanted:
        return found
    for one in documents():
        head = f"{one.title} {one.number} {one.ref} {one.code}".lower()
        if all(word in head for word in wanted):
            found.append(Citable(one.ref, facts(one, None)))
        for clause in current_version(one).clauses:
            text = f"{head} {clause.number} {clause.gist}".lower()
            if all(word in text for word in wanted):
                found.append(Citable(f"{one.ref}#{clause.number}", facts(one, clause)))
    return found[:limit]
