"""A cycle of 20,000 people in a database of its own: opening, scoring, the board and its filters, in seconds and ms."""

import argparse
import os
import resource
import shutil
import statistics
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import site_data as site

FOLDER = site.ROOT / "var" / "bench-scores"
FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
NOW = datetime(2026, 10, 12, 1, tzinfo=UTC)
VALUES = {  # measure → (mean, spread)
    "qc": (90, 4), "satisfaction": (95, 2), "fcr": (92, 3), "on_time": (98, 1), "improvement": (85, 6),
    "attendance": (97, 2), "extra_duty": (88, 6), "survey_360": (90, 4), "competency_rating": (86, 5), "simulator": (87, 5),
}  # fmt: skip
CODE = "BENCH"
PAGES = (
    "", "?state=undecided", "?q=B019", "?sort=achievement", "?page=900", "/pools", "/sources", "/people/777", "/sign-off",
    "/archive", "/records",
)  # fmt: skip


def fill(people: int) -> None:
    """Units, vendors, people with spells and accounts, a quarter's values, hours and certificates; seeded."""
    from sqlalchemy import insert

    from appraisals.cycles import cli
    from appraisals.evidence import queries as evidence
    from appraisals.evidence.models import MeasureRow
    from certificates.awards.models import Award, AwardStatus
    from courses.hours.models import HourEntry, HourRequirement
    from lms.access.models import Account, Role, RoleGrant, Scope
    from lms.db import db, transaction
    from lms.organisation.models import Post, Unit, UnitKind, Vendor
    from lms.people.models import VENDOR_FORMS, EmploymentForm, Person, Spell

    chance = Random(20_000)
    with transaction():
        cli.load_all()
        organ = Unit(code="O", name="数据局", kind=UnitKind.organ)
        db.session.add(organ)
        db.session.flush()
        centre = Unit(code="I", name="热线中心", kind=UnitKind.institution, line_parent_id=organ.id)
        db.session.add(centre)
        db.session.flush()
        teams = [
            Unit(code=f"T{n}", name=f"受理{n}组", kind=UnitKind.team, line_parent_id=centre.id)
            for n in range(people // 100)
        ]
        vendors = [Vendor(code=f"V{n}", name=f"服务商{n}") for n in range(8)]
        post = Post(code="agent", name="坐席", level=2, is_front_line=True)
        db.session.add_all([*teams, *vendors, post])
        db.session.add_all(
            HourRequirement(form=form, hours=Decimal(40), title="测量", valid_from=date(2025, 1, 1))
            for form in EmploymentForm
        )
        db.session.flush()
        unit_ids, vendor_ids, post_id = [one.id for one in teams], [one.id for one in vendors], post.id
        forms = list(EmploymentForm)
        codes = {one.code: one.id for one in evidence.measures()}
    for start in range(1, people + 1, 2_000):
        ids = range(start, min(people, start + 1_999) + 1)
        persons, spells, accounts, values, hours, awards = [], [], [], [], [], []
        for n in ids:
            form = forms[n % 5]
            vendor = vendor_ids[n % 8] if form in VENDOR_FORMS else None
            persons.append({"id": n, "name": f"坐席{n:05}", "given_name": f"{n:05}", "sort_key": f"zuoxi {n:05}",
                            "certificate_name": f"坐席{n:05}", "phone": "13800000000"})  # fmt: skip
            spells.append({"person_id": n, "staff_number": f"B{n:05}", "form": form, "employer": "云州", "vendor_id": vendor,
                           "unit_id": unit_ids[n % len(unit_ids)], "post_id": post_id, "starts_on": date(2024, 1, 1)})  # fmt: skip
            accounts.append({"person_id": n, "welcomed_at": NOW})
            values += [
                {"person_id": n, "measure_id": codes[code], "period_from": FIRST, "period_to": LAST, "sample_size": 6,
                 "value": Decimal(str(round(min(100, max(0, chance.gauss(*how))), 1))), "source": "测量", "recorded_at": NOW}
                for code, how in VALUES.items()
            ]  # fmt: skip
            hours += [
                {"person_id": n, "year": 2026, "occurred_on": date(2026, month, 3), "category": "class", "label": "集中培训",
                 "minutes": 225, "hours": Decimal(5), "calculation": "测量", "source_kind": "bench",
                 "source_id": f"{n}-{month}", "recorded_at": NOW}
                for month in range(1, 7)
            ]  # fmt: skip
            awards.append(
                {"number": f"BN{n:06}", "person_id": n, "source_kind": "bench", "source_id": str(n), "subject": "C1",
                 "title": "上岗证", "status": AwardStatus.issued, "holder_name": f"坐席{n:05}", "post_title": "坐席",
                 "unit_name": "受理组", "score": Decimal(chance.randint(80, 100)), "issued_on": date(2026, 1, 5),
                 "endorsing_department": "培训科", "facts": {}, "facts_hash": "0" * 64, "pdf_hash": "0" * 64, "issued_at": NOW}
            )  # fmt: skip
        with transaction():
            for model, rows in ((Person, persons), (Spell, spells), (Account, accounts), (MeasureRow, values),
                                (HourEntry, hours), (Award, awards)):  # fmt: skip
                db.session.execute(insert(model), rows)
    with transaction():
        for role in (Role.hr, Role.committee):
            db.session.add(RoleGrant(person_id=1, role=role, scope=Scope.all, granted_at=NOW))


def prepared(people: int):
    """The application on a fresh database with so many people."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    (FOLDER / "fonts").symlink_to(site.ROOT / "var" / "fonts")
    os.environ["LMS_DATA_DIR"] = str(FOLDER)
    from wsgi import create_app

    app = create_app(log_level="ERROR")
    result = app.test_cli_runner().invoke(args=["db", "upgrade"])
    if result.exit_code:
        raise SystemExit(result.output or result.exception)
    with app.app_context():
        fill(people)
    return app


def graded(cycle_id: int) -> None:
    """The second grade for everybody, the highest for as many of each pool as it has seats, proposed by a person."""
    from sqlalchemy import insert

    from appraisals.cycles import queries
    from appraisals.cycles.models import GradeDecision
    from appraisals.cycles.rules import board
    from lms.db import db, transaction

    with transaction():
        rows = queries.board(cycle_id, (queries.EVERYBODY,))
        pools = {key: (one.label, one.percent) for key, one in queries.pools(cycle_id).items()}
        left = {one.pool: one.seats for one in board.seats_of(rows, pools)}
        given = []
        for row in rows:
            left[row.pool] -= 1
            given.append({"participation_id": row.id, "grade": "excellent" if left[row.pool] >= 0 else "competent",
                          "decided_by": 2, "decider_label": "测量，人事", "decided_at": NOW})  # fmt: skip
        db.session.execute(insert(GradeDecision), given)


def signed(cycle_id: int) -> None:
    """The list made and signed, the grades fixed, as the one signer's press does it."""
    from appraisals.cycles.actions import determining
    from appraisals.cycles.models import Cycle
    from appraisals.cycles.rules.stages import Actor, Decider
    from lms.db import db, reading, transaction

    cost = time.process_time()
    with reading():
        listed = determining.grade_list(db.session.get_one(Cycle, cycle_id))
    made = time.process_time()
    with transaction():
        cycle = db.session.get_one(Cycle, cycle_id)
        determining.sign_off(cycle, Decider(1, "坐席00001", Actor.committee), listed, listed.seen)
    print(f"list made: CPU {made - cost:.2f} s, signed and fixed: CPU {time.process_time() - made:.2f} s")


def ask(client, paths: tuple[str, ...]) -> None:
    """Each page five times: the median."""
    for path in paths:
        walls, costs = [], []
        for _ in range(5):
            wall, cost = time.perf_counter(), time.process_time()
            answer = client.get(f"/appraisals/{CODE}{path}")
            walls.append((time.perf_counter() - wall) * 1000)
            costs.append((time.process_time() - cost) * 1000)
        wall, cost = statistics.median(walls), statistics.median(costs)
        print(f"/appraisals/{CODE}{path:20} {wall:7.0f} ms, CPU {cost:6.0f} ms  ({answer.status_code})")


def measure(app, people: int) -> None:
    """Open, lock, score as the job runner does, grade by the rules, then ask for pages."""
    from appraisals.cycles import queries
    from appraisals.cycles.actions import moving, opening
    from appraisals.cycles.models import CycleKind
    from appraisals.cycles.rules.stages import Stage
    from lms import audit, jobs
    from lms.access.views import COOKIE
    from lms.db import transaction
    from lms.operations import memory

    with app.app_context():
        started = time.perf_counter()
        with transaction():
            cycle = opening.open_cycle(CODE, "测量周期", CycleKind.quarterly, FIRST, LAST)
            moving.step(cycle, Stage.plan_published)
            moving.step(cycle, Stage.evidence_locked)
            job_id = moving.start_scores(cycle).id
        print(f"open {people} people: {time.perf_counter() - started:.1f} s")
        memory.keep_for_good()  # as the server and the worker do
        wall, cpu = time.perf_counter(), time.process_time()
        with audit.acting_as(None, "测量", "bench"):
            jobs.run(job_id)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"scores of {people} people: {wall:.1f} s, CPU {cpu:.1f} s, {1000 * cpu / people:.2f} ms each")
        with transaction():
            cycle = queries.cycle(CODE)
            moving.step(cycle, Stage.grading)
            cycle_id = cycle.id
    client = app.test_client()
    client.set_cookie(COOKIE, site.session_for(app, "B00001"))
    ask(client, PAGES)
    with app.app_context():
        graded(cycle_id)
    print("everybody graded:")
    ask(client, PAGES)
    with app.app_context():
        signed(cycle_id)
    print("signed off:")
    ask(client, ("", "/sign-off", "/pools"))
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=20_000)
    people = arguments.parse_args().people
    print(site.machine())
    measure(prepared(people), people)


if __name__ == "__main__":
    main()
