"""Load the registry on disk; note who cites what; publish updates and take receipts."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from lms import audit, clock, datafiles, jobs, search
from lms.db import db
from lms.errors import Refused
from lms.jobs import Progress
from lms.notices import actions as notices
from lms.organisation.queries import unit_ids_below_any
from lms.people.rules import Reach
from lms.policies import queries, rules, updates
from lms.policies.models import (
    Citation,
    ClauseMark,
    PolicyClause,
    PolicyDocument,
    PolicyReceipt,
    PolicyStatus,
    PolicyUpdate,
    PolicyUpdateUnit,
    PolicyVersion,
)
from lms.policies.rules import Draft

TELL_JOB = "policy_update_tell"
CHUNK = 500
FOLDER = Path(__file__).parent / "registry"


@dataclass
class RegistryReport:
    """What loading did, or the faults that stopped it: (file, sentence)."""

    documents: int = 0
    added: int = 0
    changed: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)


def load_registry(folder: Path = FOLDER) -> RegistryReport:
    """Bring the registry in the database to what the files say; with any fault nothing is written."""
    report = RegistryReport()
    entries: list[dict[str, Any]] = []
    codes: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            entry = datafiles.read(path)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            report.faults.append((path.name, f"读不懂这个文件：{error}"))
            continue
        if not isinstance(entry, dict):
            report.faults.append((path.name, "文件应是「键: 值」的列表。"))
            continue
        report.faults += [(path.name, sentence) for sentence in rules.faults(entry)]
        for key in ("code", "ref"):
            name = str(entry.get(key))
            if codes.setdefault(name, path.name) != path.name:
                report.faults.append((path.name, f"{key}「{name}」已经用在 {codes[name]}。"))
        entries.append(entry)
    if report.faults:
        return report
    known = {found.code: found for found in queries.documents()}
    for entry in entries:
        report.documents += 1
        found = known.get(entry["code"])
        if found is None:
            found = PolicyDocument(code=entry["code"])
            db.session.add(found)
            report.added += 1
        if _apply(found, entry):
            report.changed += 1
    db.session.flush()
    if report.added or report.changed:
        audit.record("policy.load", "policy", "registry", "政策库", added=report.added, changed=report.changed)
    return report


def _apply(found: PolicyDocument, entry: dict[str, Any]) -> bool:
    """Copy an entry's words into its rows; True when something was different."""
    values = {
        "ref": entry["ref"],
        "title": entry["title"],
        "number": str(entry["number"]),
        "issuer": entry["issuer"],
        "level": entry["level"],
        "topics": list(entry.get("topics") or []),
        "supersedes": [str(s) for s in entry.get("supersedes") or []],
        "summary": " ".join(str(entry.get("summary") or "").split()),
        "note": " ".join(str(entry.get("note") or "").split()),
    }
    changed = _set(found, values)
    present = {version.label: version for version in found.versions}
    count = len(entry["versions"])
    for number, data in enumerate(entry["versions"]):
        label = str(data["label"])
        version = present.get(label)
        if version is None:
            version = PolicyVersion(label=label, position=0)
            found.versions.append(version)
            changed = True
        changed |= _set(
            version,
            {
                # The file lists the present version first; the highest position is the newest.
                "position": count - number,
                "status": PolicyStatus(data["status"]),
                "issued_on": data.get("issued_on"),
                "effective_on": data.get("effective_on"),
                "are_dates_checked": bool(data.get("dates_checked", False)),
                "source": " ".join(str(data.get("source") or "").split())[:200],
            },
        )
        changed |= _apply_clauses(version, data.get("clauses") or [])
    if changed:
        db.session.flush()
        gists = " ".join(f"{c.number} {c.gist}" for v in found.versions for c in v.clauses)
        search.put("policy", found.code, f"{found.title} {found.number}", f"{found.summary} {gists}")
    return changed


def _apply_clauses(version: PolicyVersion, clauses: list[dict[str, Any]]) -> bool:
    changed = False
    present = {clause.number: clause for clause in version.clauses}
    for position, data in enumerate(clauses):
        number = str(data["number"])
        clause = present.get(number)
        if clause is None:
            clause = PolicyClause(number=number)
            version.clauses.append(clause)
            changed = True
        changed |= _set(
            clause,
            {
                "gist": " ".join(str(data["gist"]).split()),
                "mark": ClauseMark(data["mark"]),
                "checked_on": data.get("checked_on"),
                "position": position,
            },
        )
    return changed


def _set(row: object, values: dict[str, Any]) -> bool:
    different = {key: value for key, value in values.items() if getattr(row, key) != value}
    for key, value in different.items():
        setattr(row, key, value)
    return bool(different)


def set_citations(kind: str, ref_id: object, cited: Iterable[tuple[str, str | None]]) -> None:
    """Note what (kind, ref_id) cites, replacing what was noted; unknown references are left out."""
    db.session.execute(delete(Citation).where(Citation.kind == kind, Citation.ref_id == str(ref_id)))
    registry = queries.registry() if (cited := sorted({(ref, clause or "") for ref, clause in cited})) else None
    for ref, clause in cited:
        found = registry.resolve(ref, clause or None) if registry else None
        if found is not None:
            db.session.add(
                Citation(
                    document_id=found[0].id,
                    clause_number=clause,
                    kind=kind,
                    ref_id=str(ref_id),
                    cited_at=clock.now(),
                )
            )


def publish_update(document: PolicyDocument, draft: Draft, *, clause: str = "", lesson_code: str = "") -> PolicyUpdate:
    """Tell those it concerns what has changed in a policy; the notices go out as a job."""
    today = clock.today()
    rules.check_update(draft, today)
    if clause and queries.resolve(document.ref, clause) is None:
        raise Refused("「{title}」没有登记条款 {clause}，换一条或留空。", title=document.title, clause=clause)
    who = audit.actor()
    found = PolicyUpdate(
        document=document,
        version_label=queries.current_version(document).label,
        clause_number=clause,
        title=draft.title,
        change=draft.change,
        effective_on=draft.effective_on,
        due_on=draft.due_on,
        is_for_all=draft.is_for_all,
        lesson_code=lesson_code,
        question=draft.question,
        choices=rules.choices(draft),
        published_at=clock.now(),
        published_by=who.person_id,
        published_label=who.label[:80],
    )
    db.session.add(found)
    db.session.flush()
    if not draft.is_for_all:
        db.session.add_all(
            PolicyUpdateUnit(update_id=found.id, unit_id=unit_id)
            for unit_id in sorted(unit_ids_below_any(set(draft.unit_ids)))
        )
    audit.record(
        "policy.publish_update", "policy_update", found.id, found.title,
        document=document.code, clause=clause, due_on=draft.due_on.isoformat(), units=list(draft.unit_ids) or "all",
    )  # fmt: skip
    search.put("policy_update", found.id, found.title, f"{found.change} {document.title} {document.number}")
    jobs.start(TELL_JOB, f"政策更新通知：{found.title}", update_id=found.id)
    return found


def tell_concerned(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """Job: a notice for everybody an update concerns, a portion at a time; who has one is left out."""
    found = updates.update(int(params["update_id"]))
    if found is None or found.withdrawn_at is not None:
        return
    ids = list(db.session.scalars(updates.concerned(found, clock.today())))
    title, told = f"政策更新：{found.title}", 0
    body = f"{found.change} {_due_words(found)}"
    for start in range(0, len(ids), CHUNK):
        portion = ids[start : start + CHUNK]
        told += notices.notify_all(portion, title, body, "policy_update", found.id, f"policy-update:{found.id}")
        yield Progress(start + len(portion), len(ids), f"已通知 {told} 人")


def _due_words(found: PolicyUpdate) -> str:
    return f"{found.due_on.month} 月 {found.due_on.day} 日 18:00 前阅读并确认。"


def confirm_update(found: PolicyUpdate, person_id: int, answer: str = "") -> PolicyReceipt:
    """Keep a person's receipt; a second press finds the first one."""
    known = updates.receipt(found.id, person_id)
    if known is not None:
        return known
    rules.check_may_confirm(found.choices, answer, is_withdrawn=found.withdrawn_at is not None)
    receipt = PolicyReceipt(
        update_id=found.id,
        person_id=person_id,
        version_label=found.version_label,
        answer=answer if found.choices else "",
        confirmed_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(receipt)
    except IntegrityError:  # two tabs at once
        kept = updates.receipt(found.id, person_id)
        assert kept is not None
        return kept
    audit.record("policy.confirm", "policy_update", found.id, found.title, version=found.version_label)
    return receipt


def remind_unread(found: PolicyUpdate, reaches: Iterable[Reach], unit_id: int | None = None) -> int:
    """催办: a notice to those in reach who have not confirmed, once a day each; returns how many were told."""
    if found.withdrawn_at is not None:
        raise Refused("这条更新已经收回，不用催办。")
    today, told, after, reaches = clock.today(), 0, 0, list(reaches)
    while portion := updates.readers(found, reaches, today, unit_id=unit_id, after=after, limit=CHUNK):
        after = portion[-1].person_id
        told += notices.notify_all(
            [one.person_id for one in portion],
            f"还没有确认：{found.title}",
            f"{found.change} {_due_words(found)}",
            "policy_update",
            found.id,
            f"policy-remind:{found.id}:{today.isoformat()}",
        )
    audit.record("policy.remind", "policy_update", found.id, found.title, told=told, unit=unit_id)
    return told


def withdraw_update(found: PolicyUpdate, reason: str) -> None:
    """Take an update back: it is no task any more; receipts stay."""
    found.withdrawn_reason = rules.check_may_withdraw(reason, is_withdrawn=found.withdrawn_at is not None)
    found.withdrawn_at = clock.now()
    search.remove("policy_update", [found.id])
    audit.record("policy.withdraw_update", "policy_update", found.id, found.title, reason=found.withdrawn_reason)
