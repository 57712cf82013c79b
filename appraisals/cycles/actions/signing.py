"""The end of a form: the person is told, signs with agreement or disagreement, or somebody witnesses that they do not."""

from collections.abc import Generator
from typing import Any

from sqlalchemy import insert

from appraisals.cycles import dossiers, formfacts, queries
from appraisals.cycles.actions import telling
from appraisals.cycles.models import Cycle, FormStep, Participation
from appraisals.cycles.rules import claims, stages
from appraisals.cycles.rules.stages import Actor, FormStage, Stage
from lms import audit, clock
from lms.db import db
from lms.errors import Refused
from lms.jobs import Progress
from lms.notices import actions as notices

NOTIFY_JOB = "appraisals.notify"
CHUNK = 200


def standing(participation: Participation) -> FormStage:
    """Where a person's form stands now."""
    reached = [step.to_stage for step in dossiers.steps(participation.id)]
    return claims.form_stage(Stage(participation.cycle.state), reached)


def notify(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job: tell everybody of the cycle `cycle_id` their result, once; run again it goes on where it stopped."""
    total = len(queries.participation_ids(params["cycle_id"]))
    done = 0
    while ids := dossiers.waiting_for(params["cycle_id"], FormStage.notified, CHUNK):
        cycle = db.session.get_one(Cycle, params["cycle_id"])
        if Stage(cycle.state) is not Stage.final:
            raise Refused("现在是「{stage}」，结果生效之后才告知。", stage=Stage(cycle.state).label)
        _notify(cycle, ids)
        done += len(ids)
        yield Progress(max(0, total - len(dossiers.waiting_for(cycle.id, FormStage.notified, total))), total,
                       f"已告知 {done} 人")  # fmt: skip


def _notify(cycle: Cycle, ids: list[int]) -> None:
    who, now = audit.actor(), clock.now()
    db.session.execute(
        insert(FormStep),
        [
            {
                "participation_id": one, "from_stage": FormStage.final.value, "to_stage": FormStage.notified.value,
                "actor": Actor.hr.value, "actor_id": who.person_id, "actor_label": who.label[:80], "agrees": None,
                "text": "", "digest": "", "taken_at": now,
            }
            for one in ids
        ],
    )  # fmt: skip
    notices.notify_all(
        queries.person_ids(ids),
        f"{cycle.title}：结果告知",
        "打开看等次和每一项依据，签署「同意」或者「不同意」。",
        "cycle",
        cycle.code,
        key=f"notified:{cycle.id}",
    )


def step(
    participation: Participation,
    to: FormStage,
    actor: Actor,
    *,
    agrees: bool | None = None,
    text: str = "",
    digest: str = "",
) -> FormStep:
    """Take a person's form to another stage, as far as the table allows; the step is kept."""
    here = standing(participation)
    stages.check_form_move(here, to, actor)
    who = audit.actor()
    taken = FormStep(
        participation_id=participation.id,
        from_stage=here.value,
        to_stage=to.value,
        actor=actor.value,
        actor_id=who.person_id,
        actor_label=who.label[:80],
        agrees=agrees,
        text=text,
        digest=digest,
        taken_at=clock.now(),
    )
    db.session.add(taken)
    db.session.flush()
    audit.record("form.step", "participation", participation.id, participation.cycle.title, before=here, after=to)
    return taken


def sign(participation: Participation, person_id: int, *, agrees: bool, text: str) -> FormStep:
    """The person signs: agrees, or disagrees with the reason. Pressed twice, the second press finds the signature."""
    if participation.person_id != person_id:
        raise Refused("登记表由本人签署。")
    before = _signed(participation)
    if before is not None:
        if before.agrees == agrees:
            return before
        raise Refused("登记表已经签署过，不能再改。有不同意见可以申请复核。")
    words = text.strip()
    if not agrees or len(words) > claims.LONGEST_TEXT:
        words = claims.check_text(text)
    taken = step(
        participation,
        FormStage.signed,
        Actor.person,
        agrees=agrees,
        text=words,
        digest=formfacts.one(participation).digest(),
    )
    if not agrees:
        telling.hr_of(participation, "签署了不同意", words)
    return taken


def witness(participation: Participation, witness_id: int, text: str) -> FormStep:
    """Somebody of HR notes that the person was given the result and does not (or cannot) sign, with the witness."""
    if participation.person_id == witness_id:
        raise Refused("自己的登记表由自己签署。")
    words = claims.check_text(text)
    if _signed(participation) is not None:
        raise Refused("登记表已经签署过。没有改动。")
    return step(participation, FormStage.signed, Actor.hr, text=words, digest=formfacts.one(participation).digest())


def _signed(participation: Participation) -> FormStep | None:
    return next((one for one in dossiers.steps(participation.id) if one.to_stage == FormStage.signed), None)
