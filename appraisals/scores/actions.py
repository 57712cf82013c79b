"""Load schemes from their file; work out scores and keep each as a frozen tree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import insert, select

from appraisals.evidence import queries as evidence
from appraisals.evidence.queries import Gathered
from appraisals.scores import queries, rules
from appraisals.scores.models import SchemeRow, ScoreSnapshot
from appraisals.scores.rules import Node, Scheme
from lms import audit, clock
from lms.db import db
from lms.errors import Refused
from lms.people.models import EmploymentForm

FILE = Path(__file__).parent / "schemes.yaml"
WORK_LABELS = {"agent": "坐席", "office": "管理"}


@dataclass(frozen=True)
class Subject:
    """Whose score: the form of employment and kind of work decide the scheme."""

    person_id: int
    form: EmploymentForm
    work: str


def load_schemes(path: Path = FILE) -> int:
    """Add the dated schemes of the file with the terms of their form; rows that are there stay. Returns rows added."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    present = {(row.form, row.work, row.valid_from) for row in queries.scheme_rows()}
    added = 0
    for entry in data["schemes"]:
        scheme = Scheme.from_dict(entry)
        rules.check_weights(scheme)
        form = EmploymentForm(scheme.form)
        if (form, scheme.work, scheme.valid_from) in present:
            continue
        added += 1
        db.session.add(
            SchemeRow(
                form=form,
                work=scheme.work,
                title=f"{form.label}·{WORK_LABELS.get(scheme.work, scheme.work)}",
                weights={"scheme": _plain(entry), "terms": _plain(_terms(data["terms"], scheme))},
                valid_from=scheme.valid_from,
                policy_ref=scheme.policy,
                is_confirmed=scheme.mark == "confirmed",
            )
        )
    db.session.flush()
    if added:
        audit.record("scheme.load", "scheme", "registry", "考核方案", added=added)
    return added


def _terms(entries: list[dict[str, Any]], scheme: Scheme) -> dict[str, Any]:
    """The numbers (seats, bands, days) of the scheme's form that hold on its first day."""
    fitting = [e for e in entries if e["form"] == scheme.form and e["valid_from"] <= scheme.valid_from]
    if not fitting:
        raise Refused("方案 {scheme} 没有对应的名额和天数（terms）。没有载入，请补上。", scheme=scheme.code)
    return max(fitting, key=lambda entry: str(entry["valid_from"]))


def _plain(data: Any) -> Any:
    """Data of YAML as JSON keeps it: days and numbers as text, exact as written."""
    if isinstance(data, Mapping):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return str(data) if isinstance(data, date | float) else data


def schemes_on(day: date) -> dict[tuple[EmploymentForm, str], tuple[SchemeRow, Scheme]]:
    """The schemes in force on a day with the confirmed targets of that day; refuses weights that do not sum to 100."""
    targets = evidence.confirmed_targets(day)
    found = {}
    for key, row in queries.rows_on(day).items():
        scheme = rules.with_targets(Scheme.from_dict(row.weights["scheme"]), targets)
        rules.check_weights(scheme)
        found[key] = (row, scheme)
    return found


@dataclass(frozen=True)
class Reckoned:
    """A score worked out and not yet kept: its tree, the tree as JSON with its digest, and the row that says the same."""

    person_id: int
    scheme_id: int
    tree: Node
    data: dict[str, Any]
    digest: str
    present_id: int | None


def reckon(
    subjects: Iterable[Subject], period_from: date, period_to: date, *, gathered: Mapping[int, Gathered] | None = None
) -> dict[int, Reckoned]:
    """The score of each subject for a period, by the schemes of its first day; reads only.

    The number of queries does not depend on how many they are. Someone whose form has no scheme is refused.
    """
    people = list(subjects)
    ids = [subject.person_id for subject in people]
    schemes = schemes_on(period_from)
    known = evidence.gather(ids, period_from, period_to) if gathered is None else gathered
    before = queries.latest_digests(ids, period_from, period_to)
    result: dict[int, Reckoned] = {}
    for subject in people:
        if (subject.form, subject.work) not in schemes:
            raise Refused(
                "{on} 没有适用于{form}的考核规则。请人事先建立再算。",
                on=period_from.isoformat(),
                form=subject.form.label,
            )
        row, scheme = schemes[subject.form, subject.work]
        tree = rules.score(scheme, known[subject.person_id].parts)
        data = tree.to_dict()
        digest = rules.digest_of(data)
        same = before.get(subject.person_id)
        present_id = same[0] if same is not None and same[1:] == (digest, row.id) else None
        result[subject.person_id] = Reckoned(subject.person_id, row.id, tree, data, digest, present_id)
    return result


def keep(reckoned: Iterable[Reckoned], period_from: date, period_to: date) -> dict[int, int]:
    """A new row for each score that changed, in one statement; returns the row of each person."""
    known = list(reckoned)
    found = {one.person_id: one.present_id for one in known if one.present_id is not None}
    now, who = clock.now(), audit.actor().person_id
    fresh = [
        {
            "person_id": one.person_id, "scheme_id": one.scheme_id, "period_from": period_from, "period_to": period_to,
            "state": one.tree.state.value, "total": one.tree.shown, "tree": one.data, "digest": one.digest,
            "made_at": now, "made_by": who,
        }
        for one in known
        if one.present_id is None
    ]  # fmt: skip
    if fresh:
        rows = db.session.execute(insert(ScoreSnapshot).returning(ScoreSnapshot.id, ScoreSnapshot.person_id), fresh)
        found |= {person_id: row_id for row_id, person_id in rows}
    return found


def compute(
    subjects: Iterable[Subject], period_from: date, period_to: date, *, gathered: Mapping[int, Gathered] | None = None
) -> dict[int, ScoreSnapshot]:
    """Work out and keep the score of each subject; a new row only where the tree changed."""
    reckoned = reckon(subjects, period_from, period_to, gathered=gathered)
    kept = keep(reckoned.values(), period_from, period_to)
    rows = db.session.scalars(select(ScoreSnapshot).where(ScoreSnapshot.id.in_(kept.values())))
    return {row.person_id: row for row in rows}
