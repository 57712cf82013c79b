"""Everything a 考核登记表 says about one person, as plain values: for the page, the signature, the PDF and the archive."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from appraisals.cycles import dossiers, gradings, queries
from appraisals.cycles.models import Cycle, FormStep, GradeDecision, Participation, SignOff
from appraisals.cycles.rules import grades
from appraisals.cycles.rules.board import DIMENSIONS
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import FormStage
from appraisals.evidence.rules import round_score
from appraisals.scores.models import ScoreSnapshot
from lms import clock, files
from lms.db import db
from lms.people.models import Spell


@dataclass(frozen=True)
class Opinion:
    """Words of somebody who had a say, with name, part and day."""

    text: str
    who: str
    on: date


@dataclass(frozen=True)
class FormFacts:
    """One form. `grade` is the word of the person's own form of employment; empty while there is none."""

    organisation: str
    title: str
    name: str
    staff_number: str
    unit: str
    post: str
    form: str
    employer: str
    joined_on: date
    period_from: date
    period_to: date
    summary: str
    dimensions: tuple[tuple[str, str], ...]
    total: str
    opinions: tuple[Opinion, ...]
    organ_opinion: Opinion | None
    grade: str
    ungraded: str
    signature: Opinion | None
    agrees: bool | None
    remedies: tuple[Opinion, ...]
    evidence_digest: str
    list_digest: str

    def digest(self) -> str:
        """SHA-256 (hex) of the facts that are signed: everything but the signature and what follows it."""
        data = asdict(self)
        for name in ("signature", "agrees", "remedies"):
            data.pop(name)
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        return files.digest(text.encode())


def many(cycle: Cycle, participation_ids: Iterable[int]) -> dict[int, FormFacts]:
    """The forms of some people of a cycle in a flat number of queries."""
    ids = list(participation_ids)
    people = db.session.scalars(
        select(Participation)
        .where(Participation.id.in_(ids))
        .options(
            joinedload(Participation.person),
            joinedload(Participation.unit),
            joinedload(Participation.spell).options(joinedload(Spell.post), joinedload(Spell.vendor)),
        )
        .order_by(Participation.id)
    ).all()
    decisions: dict[int, list[GradeDecision]] = {}
    for row in db.session.scalars(
        select(GradeDecision).where(GradeDecision.participation_id.in_(ids)).order_by(GradeDecision.id)
    ):
        decisions.setdefault(row.participation_id, []).append(row)
    steps = dossiers.steps_of(ids)
    scores = [one.score_id for one in people if one.score_id]
    rows = db.session.execute(select(ScoreSnapshot.id, ScoreSnapshot.digest).where(ScoreSnapshot.id.in_(scores)))
    digests = {score_id: digest for score_id, digest in rows}  # noqa: C416 - rows are not tuples
    signed = gradings.sign_offs(cycle.id)
    return {
        one.id: _facts(
            cycle, one, decisions.get(one.id, []), steps.get(one.id, []), digests.get(one.score_id or 0, ""), signed
        )
        for one in people
    }


def one(participation: Participation) -> FormFacts:
    """The form of one person."""
    return many(participation.cycle, [participation.id])[participation.id]


def _facts(
    cycle: Cycle,
    person: Participation,
    decisions: Sequence[GradeDecision],
    steps: Sequence[FormStep],
    evidence_digest: str,
    signed: Sequence[SignOff],
) -> FormFacts:
    final = next((row for row in reversed(decisions) if row.is_final), None)
    by_stage = {step.to_stage: step for step in steps}
    sign = by_stage.get(FormStage.signed.value)
    figures = {code: value for code, value in person.dimensions.items() if value is not None}
    spell = person.spell
    return FormFacts(
        organisation=spell.employer,
        title=cycle.title,
        name=person.person.name,
        staff_number=spell.staff_number,
        unit=person.unit.name,
        post=spell.post.name,
        form=person.form.label,
        employer=spell.vendor.name if spell.vendor else spell.employer,
        joined_on=spell.starts_on,
        period_from=cycle.period_from,
        period_to=cycle.period_to,
        summary=person.summary,
        dimensions=tuple(
            (word, f"{round_score(Decimal(figures[code])):.2f}" if code in figures else "—")
            for code, word in DIMENSIONS
        ),
        total="—" if person.total is None else f"{person.total:.2f}",
        opinions=tuple(_said(row) for row in decisions if row.grade == queries.OPINION),
        organ_opinion=_said(final) if final else None,
        grade=grades.grade_label(person.form, cycle.kind, Grade(final.grade)) if final else "",
        ungraded="" if person.grade_mode == "grade" else person.grade_mode_reason,
        signature=_step(sign) if sign else None,
        agrees=sign.agrees if sign else None,
        remedies=tuple(
            _step(step)
            for step in steps
            if step.to_stage in {FormStage.review, FormStage.review_decided, FormStage.appeal, FormStage.appeal_decided}
        ),
        evidence_digest=evidence_digest,
        list_digest=signed[-1].digest if signed else "",
    )


def _said(row: GradeDecision) -> Opinion:
    return Opinion(row.reason, row.decider_label, _day(row.decided_at))


def _step(step: FormStep) -> Opinion:
    return Opinion(step.text, step.actor_label, _day(step.taken_at))


def _day(instant: datetime) -> date:
    return clock.local(instant).date()
