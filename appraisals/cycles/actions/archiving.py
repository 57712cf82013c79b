"""File a cycle: each person's form as PDF, then one ZIP with forms, hash lists, minutes, publicity, decisions."""

import io
import json
import tempfile
import zipfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from appraisals.cycles import dossiers, formfacts, gradings, layout, queries
from appraisals.cycles.formfacts import FormFacts
from appraisals.cycles.models import ArchivedForm, Claim, ClaimDecision, Cycle, CycleKind, FormStep, Participation
from appraisals.cycles.rules.stages import Actor, FormStage, Stage
from lms import audit, clock, files
from lms.db import db, reading
from lms.errors import Refused
from lms.jobs import Progress

CHUNK = 25
Row = dict[str, Any]


def file_forms(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """The job: file the form of everybody in the cycle `cycle_id`, then make the ZIP; run again it goes on.

    Forms are drawn before the write lock is taken, a few people at a time. A name no face can draw is a problem of its
    own: that form is left out and named, the others are filed.
    """
    cycle_id, problems, skipped = int(params["cycle_id"]), 0, set[int]()
    with reading():
        cycle = db.session.get_one(Cycle, cycle_id)
        if Stage(cycle.state) is not Stage.archived:
            raise Refused("归档之后才生成档案包。")
        ids = queries.participation_ids(cycle_id)
        is_annual = cycle.kind is CycleKind.annual
    total = len(ids)
    while True:
        with reading():
            waiting = [one for one in dossiers.waiting_for(cycle_id, FormStage.archived, CHUNK + len(skipped))
                       if one not in skipped][:CHUNK]  # fmt: skip
            facts = formfacts.many(db.session.get_one(Cycle, cycle_id), waiting)
            done = total - len(dossiers.waiting_for(cycle_id, FormStage.archived, total))
        if not waiting:
            break
        drawn: dict[int, tuple[str, int, FormFacts]] = {}
        faults = []
        for one, form in facts.items():
            try:
                content, pages = layout.render_form(form, is_annual=is_annual)
            except Refused as refused:
                faults.append(f"{form.staff_number} {form.name}：{refused}")
                skipped.add(one)
                continue
            drawn[one] = (files.store(content), pages, form)
        _file(drawn)
        problems += len(faults)
        yield Progress(done + len(drawn), total + 1, f"已归档 {done + len(drawn)} 人", tuple(faults))
    with reading():
        name, size = _pack(cycle_id)
    cycle = db.session.get_one(Cycle, cycle_id)
    audit.record("cycle.archive", "cycle", cycle.code, cycle.title, forms=total - problems, digest=name, size=size)
    result = {"file": name, "bytes": size, "name": f"{cycle.code}-archive.zip"}
    yield Progress(total + 1, total + 1, f"档案包已生成，{total - problems} 份登记表", result=result)


def _file(drawn: dict[int, tuple[str, int, FormFacts]]) -> None:
    if not drawn:
        return
    now, who = clock.now(), audit.actor()
    here = {one: steps[-1].to_stage for one, steps in dossiers.steps_of(drawn).items()}
    db.session.execute(
        insert(ArchivedForm),
        [
            {
                "participation_id": one, "digest": digest, "evidence_digest": form.evidence_digest, "pages": pages,
                "filed_at": now,
            }
            for one, (digest, pages, form) in drawn.items()
        ],
    )  # fmt: skip
    db.session.execute(
        insert(FormStep),
        [
            {
                "participation_id": one, "from_stage": here.get(one, FormStage.final.value),
                "to_stage": FormStage.archived.value, "actor": Actor.hr.value, "actor_id": who.person_id,
                "actor_label": who.label[:80], "agrees": None, "text": "", "digest": digest, "taken_at": now,
            }
            for one, (digest, _, _) in drawn.items()
        ],
    )  # fmt: skip


def _pack(cycle_id: int) -> tuple[str, int]:
    """The ZIP, written to disk member by member so that memory stays flat; its hash and size."""
    cycle = db.session.get_one(Cycle, cycle_id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as pack:  # PDFs are compressed already
            listed = io.StringIO()
            listed.write("工号,姓名,登记表 SHA-256,证据 SHA-256\r\n")
            for number, name, digest, evidence in _forms(cycle_id):
                pack.writestr(f"forms/{number}.pdf", files.load(digest))
                listed.write(f"{number},{name},{digest},{evidence}\r\n")
            pack.writestr("evidence-hashes.csv", "\ufeff" + listed.getvalue())
            for title, rows in _records(cycle):
                pack.writestr(f"{title}.json", json.dumps(rows, ensure_ascii=False, indent=1, default=str))
            for digest in dict.fromkeys(one.digest for one in gradings.sign_offs(cycle_id)):
                if files.has(digest):
                    pack.writestr(f"signed-list-{digest[:12]}.json", files.load(digest))
        return files.store_file(path), path.stat().st_size


def _forms(cycle_id: int) -> Iterator[tuple[str, str, str, str]]:
    """(staff number, name, hash of the form, hash of the evidence) of everybody, few at a time."""
    newest: dict[int, tuple[str, str]] = {}
    ids = queries.participation_ids(cycle_id)
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        newest = {
            row.participation_id: (row.digest, row.evidence_digest)
            for row in db.session.scalars(
                select(ArchivedForm).where(ArchivedForm.participation_id.in_(some)).order_by(ArchivedForm.id)
            )
        }
        numbers = gradings.numbers(some)
        for one in some:
            if one in newest:
                number, name = numbers[one]
                yield number, name, *newest[one]
        db.session.expunge_all()


def _records(cycle: Cycle) -> Iterator[tuple[str, list[Row]]]:
    """Minutes and steps, votes, shares, publicities, signatures, claims with their decisions: a file each."""
    numbers = gradings.numbers(queries.participation_ids(cycle.id))
    yield (
        "moves",
        [
            {"from": m.from_state, "to": m.to_state, "by": m.actor_label, "at": m.moved_at, "note": m.note}
            for m in queries.moves(cycle.id)
        ],
    )
    yield "votes", [
        {"staff_number": numbers[one][0], "votes": v.votes, "minutes": v.minutes, "by": v.recorded_label, "at": v.recorded_at}
        for one, v in gradings.votes(cycle.id).items()
    ]  # fmt: skip
    yield "quotas", [
        {"pool": label, "before": c.before, "after": c.after, "basis": c.basis, "reason": c.reason, "by": c.changed_label,
         "at": c.changed_at}
        for c, label in gradings.quota_changes(cycle.id)
    ]  # fmt: skip
    yield (
        "publicities",
        [
            {"from": p.begins_on, "to": p.ends_on, "rows": p.rows, "sha256": p.digest, "by": p.begun_label}
            for p in dossiers.publicities(cycle.id)
        ],
    )
    yield (
        "sign-offs",
        [{"by": s.label, "at": s.signed_at, "sha256": s.digest, "note": s.note} for s in gradings.sign_offs(cycle.id)],
    )
    rows = db.session.execute(
        select(Claim, ClaimDecision)
        .join(Participation, Participation.id == Claim.participation_id)
        .outerjoin(ClaimDecision, ClaimDecision.claim_id == Claim.id)
        .where(Participation.cycle_id == cycle.id)
        .order_by(Claim.id)
    )
    yield "claims", [
        {"kind": c.kind.value, "about": numbers[c.participation_id][0], "text": c.text, "at": c.made_at,
         "upheld": d.is_upheld if d else None, "decision": d.text if d else "", "by": d.decider_label if d else ""}
        for c, d in rows
    ]  # fmt: skip


def latest_pack(cycle_id: int) -> dict[str, Any] | None:
    """The newest finished archive of a cycle: file, size, name."""
    job = gradings.newest_job("appraisals.archive", cycle_id)
    return job.result if job is not None and job.result.get("file") else None
