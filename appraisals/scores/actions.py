"""Load schemes from their file; work out scores and keep each as a frozen tree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from appraisals.evidence import queries as evidence
from appraisals.evidence.queries import Gathered
from appraisals.scores import queries, rules
from appraisals.scores.models import SchemeRow, ScoreSnapshot
from appraisals.scores.rules import Scheme
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


def compute(
    subjects: Iterable[Subject], period_from: date, period_to: date, *, gathered: Mapping[int, Gathered] | None = None
) -> dict[int, ScoreSnapshot]:
    """The score of each subject for a period, by the schemes of its first day; a new row only where the tree changed.

    The number of queries does not depend on how many they are. Someone whose form has no scheme is refused.
    """
    people = list(subjects)
    ids = [subject.person_id for subject in people]
    schemes = schemes_on(period_from)
    known = evidence.gather(ids, period_from, period_to) if gathered is None else gathered
    before = queries.latest(ids, period_from, period_to)
    now, who = clock.now(), audit.actor().person_id
    result: dict[int, ScoreSnapshot] = {}
    for subject in people:
        if (subject.form, subject.work) not in schemes:
            raise Refused(
                "{on} 没有适用于{form}的考核规则。请人事先建立再算。",
                on=period_from.isoformat(),
                form=subject.form.label,
            )
        row, scheme = schemes[subject.form, subject.work]
        tree = rules.score(scheme, known[subject.person_id].parts)
        digest = tree.digest()
        present = before.get(subject.person_id)
        if present is not None and present.digest == digest and present.scheme_id == row.id:
            result[subject.person_id] = present
            continue
        result[subject.person_id] = ScoreSnapshot(
            person_id=subject.person_id,
            scheme_id=row.id,
            period_from=period_from,
            period_to=period_to,
            state=tree.state.value,
            total=tree.shown,
            tree=tree.to_dict(),
            digest=digest,
            made_at=now,
            made_by=who,
        )
        db.session.add(result[subject.person_id])
    db.session.flush()
    return result
