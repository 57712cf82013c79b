"""Load the registry on disk; note who cites what."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import delete

from lms import audit, clock, search
from lms.db import db
from lms.policies import queries, rules
from lms.policies.models import Citation, ClauseMark, PolicyClause, PolicyDocument, PolicyStatus, PolicyVersion

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
            entry = yaml.safe_load(path.read_text(encoding="utf-8"))
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
