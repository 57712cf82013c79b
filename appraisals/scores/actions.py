"""Load schemes from their file; work out scores and keep each as a frozen tree."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from appraisals.evidence import queries as evidence
from appraisals.evidence import rules as evidence_rules
from appraisals.evidence.queries import Gathered
from appraisals.scores import events, queries, rules
from appraisals.scores.models import SchemeRow, ScoreProposal, ScoreSnapshot
from appraisals.scores.rules import Node, Scheme
from assessments.attempts.models import Attempt, Result
from certificates.awards.models import Award
from lms import audit, clock, datafiles
from lms.access.models import Role
from lms.db import db
from lms.errors import Refused
from lms.notices import actions as notices
from lms.people.models import EmploymentForm

FILE = Path(__file__).parent / "schemes.yaml"
LONGEST_CAUSE = 300  # the column
WORK_LABELS = {"agent": "坐席", "office": "管理"}


@dataclass(frozen=True)
class Subject:
    """Whose score: the form of employment and kind of work decide the scheme."""

    person_id: int
    form: EmploymentForm
    work: str


def load_schemes(path: Path = FILE) -> int:
    """Add the dated schemes of the file with the terms of their form; rows that are there stay. Returns rows added."""
    data = datafiles.read(path)
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


def propose_for_results(pairs: Sequence[tuple[Result, Result]], *, note: str) -> list[ScoreProposal]:
    """Results behind frozen scores were corrected."""
    spans: dict[int, tuple[date, date]] = {}
    for before, now in pairs:
        if (before.score, before.is_passed) != (now.score, now.is_passed):
            first, last = _counted(now.attempt)
            known = spans.get(now.person_id, (first, last))
            spans[now.person_id] = min(first, known[0]), max(last, known[1])
    return propose(spans, note)


def propose_for_pass(attempt: Attempt) -> list[ScoreProposal]:
    """A pass behind frozen scores was withdrawn, with what it gave."""
    return propose({attempt.person_id: _counted(attempt)}, f"「{attempt.exam.title}」的合格已收回")


def propose_for_award(award: Award, *, note: str) -> list[ScoreProposal]:
    """A certificate behind frozen scores was withdrawn, or issued anew with another score."""
    return propose({award.person_id: (award.issued_on, award.valid_until or date.max)}, note)


def _counted(attempt: Attempt) -> tuple[date, date]:
    """On which last days of a period an exam counts."""
    day = clock.local(attempt.handed_in_at or attempt.started_at).date()
    return day, day + evidence_rules.A_YEAR


def propose(spans: Mapping[int, tuple[date, date]], note: str) -> list[ScoreProposal]:
    """Something behind frozen scores changed: {person: (first, last) day on which a period ends that may rest on it}.

    For each score that would come out otherwise a proposal with before and after; one that waits already is brought up
    to date. The score itself stays until somebody decides.
    """
    made, by_period = [], defaultdict(list)
    for snapshot, row in queries.resting_on(spans) if spans else ():
        by_period[snapshot.period_from, snapshot.period_to].append((snapshot, row))
    for period, rows in by_period.items():
        known = evidence.gather([snapshot.person_id for snapshot, _row in rows], *period)
        waiting = queries.open_proposals_about(snapshot.id for snapshot, _row in rows)
        schemes = schemes_on(period[0])
        for snapshot, row in rows:
            _, scheme = schemes[row.form, row.work]
            total = rules.score(scheme, known[snapshot.person_id].parts).shown
            present = waiting.get(snapshot.id)
            if present is not None and present.total_after != total:
                present.total_after, present.cause = total, f"{present.cause}；{note}"[:LONGEST_CAUSE]
            elif present is None and total != snapshot.total:
                made.append(
                    ScoreProposal(
                        snapshot_id=snapshot.id,
                        person_id=snapshot.person_id,
                        total_before=snapshot.total,
                        total_after=total,
                        cause=note[:LONGEST_CAUSE],
                        proposed_at=clock.now(),
                    )
                )
    db.session.add_all(made)
    db.session.flush()
    if made:
        title = "考核分有待处理的更正"
        notices.notify_role(
            Role.hr,
            title,
            f"原因：{note}。",
            "score_proposal",
            made[0].id,
            f"score-proposal:{clock.today()}:{note[:60]}",
        )
    return made


def decide_correction(proposal_id: int, decided_by: int, reason: str, *, is_accepted: bool) -> ScoreProposal:
    """Reckon a score anew because a result behind it was corrected, or leave it; with a reason that the person reads."""
    found = queries.held_proposal(proposal_id)
    if found is None:
        raise Refused("没有这一条更正。")
    words = rules.checked_decision(
        reason, is_decided=found.decided_at is not None, is_own=found.person_id == decided_by
    )
    snapshot = found.snapshot
    if is_accepted:
        row = db.session.get_one(SchemeRow, snapshot.scheme_id)
        subject = Subject(found.person_id, row.form, row.work)
        made = compute([subject], snapshot.period_from, snapshot.period_to)[found.person_id]
        found.total_after = made.total
        events.score_corrected.send(made)
    found.is_accepted, found.reason, found.decided_by, found.decided_at = is_accepted, words, decided_by, clock.now()
    db.session.flush()
    period = f"{snapshot.period_from} 至 {snapshot.period_to}"
    audit.record(
        "score.correct", "score_proposal", found.id, period,
        before=found.total_before, after=found.total_after, accepted=is_accepted, reason=words,
    )  # fmt: skip
    done = f"考核分由 {found.total_before} 改为 {found.total_after}" if is_accepted else "考核分没有改"
    notices.notify(
        found.person_id, f"考核分的更正：{period}", f"{done}。理由：{words}。", "", "", key=f"score-decided:{found.id}"
    )
    return found
