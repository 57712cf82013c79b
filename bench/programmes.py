"""Programmes at 20,000 people, in a database of its own: publishing chunk by chunk, the sweep, and each page."""

import os
import statistics
import sys
import time
from datetime import date, timedelta

import site_data as site
from sqlalchemy import event, insert

PEOPLE = 20_000
UNITS = 240
FOLDER = site.ROOT / "var" / "bench-programmes"
ROUNDS = 9
FORMS = ("civil_servant", "institution", "direct_contract", "dispatch", "outsourced")


def app():
    """The application on its own data folder, with the course library and the people."""
    os.environ["LMS_DATA_DIR"] = str(FOLDER)
    FOLDER.mkdir(parents=True, exist_ok=True)
    fonts = FOLDER / "fonts"
    if not fonts.exists():
        fonts.symlink_to(site.ROOT / "var" / "fonts")
    fresh = not (FOLDER / "hotline.db").exists()
    from wsgi import create_app

    made = create_app(log_level="ERROR")
    if fresh:
        runner = made.test_cli_runner()
        for command in (["db", "upgrade"], ["library", "load"]):
            result = runner.invoke(args=command)
            if result.exit_code:
                raise SystemExit(result.output or result.exception)
        with made.app_context():
            fill()
    return made


def fill() -> None:
    """Units, vendors and people; two of three have completed each course."""
    from courses.catalogue import queries as catalogue
    from courses.progress.models import CourseCompletion
    from lms import clock
    from lms.access.models import Account, Role, RoleGrant, Scope
    from lms.db import db, transaction
    from lms.organisation.models import Post, Unit, UnitKind, Vendor
    from lms.people.models import Person, Spell

    now = clock.now()
    with transaction():
        root = Unit(code="RX", name="热线中心", kind=UnitKind.institution)
        db.session.add(root)
        db.session.flush()
        units = [
            Unit(code=f"T{n}", name=f"受理 {n} 组", kind=UnitKind.team, line_parent_id=root.id, position=n)
            for n in range(UNITS)
        ]
        vendors = [Vendor(code=f"V{n}", name=f"承接方 {n}") for n in range(4)]
        post = Post(code="agent", name="坐席", level=2)
        db.session.add_all([*units, *vendors, post])
        db.session.flush()
        persons = [
            {
                "name": f"测{n:05}", "given_name": f"{n:05}", "sort_key": f"ce{n:05}", "certificate_name": f"测{n:05}",
                "phone": "", "email": f"p{n}@bench.example", "id": n,
            }
            for n in range(1, PEOPLE + 1)
        ]  # fmt: skip
        db.session.execute(insert(Person), persons)
        spells = []
        for n in range(1, PEOPLE + 1):
            form = FORMS[n % 5]
            vendor = vendors[n % 4].id if form in {"dispatch", "outsourced"} else None
            spells.append(
                {
                    "person_id": n, "staff_number": f"N{n}", "form": form, "employer": "云州市", "vendor_id": vendor,
                    "unit_id": units[n % UNITS].id, "post_id": post.id,
                    "starts_on": date(2024, 1, 1) + timedelta(days=n % 700),
                }
            )  # fmt: skip
        db.session.execute(insert(Spell), spells)
        db.session.execute(
            insert(CourseCompletion),
            [
                {
                    "person_id": n,
                    "course_id": course.id,
                    "course_version": 1,
                    "completed_at": now - timedelta(days=n % 90),
                }
                for course in catalogue.open_courses()
                for n in range(1, PEOPLE + 1)
                if n % 3
            ],
        )
        db.session.add(Account(person_id=1, welcomed_at=now))
        db.session.add(RoleGrant(person_id=1, role=Role.hr, scope=Scope.all, granted_at=now))
        db.session.add(RoleGrant(person_id=1, role=Role.learner, scope=Scope.all, granted_at=now))


def publish(made) -> int:
    """Ask everybody; prints how long a chunk holds the write lock."""
    from courses.catalogue import queries as catalogue
    from courses.programmes.actions import drafting, following
    from courses.programmes.actions.drafting import Plan
    from courses.programmes.models import Stage
    from courses.programmes.rules.audience import Audience
    from courses.programmes.rules.deadlines import Due
    from lms import clock
    from lms.db import db, transaction

    locks: list[float] = []
    begun = [0.0]
    with made.app_context():

        @event.listens_for(db.engine, "before_cursor_execute")
        def begin(_connection, _cursor, statement, *_rest) -> None:
            if statement.lstrip().startswith(("INSERT", "UPDATE")) and not begun[0]:
                begun[0] = time.perf_counter()

        @event.listens_for(db.engine, "commit")
        def end(_connection) -> None:
            if begun[0]:
                locks.append(1000 * (time.perf_counter() - begun[0]))
                begun[0] = 0.0

        with transaction():
            items = tuple(("course", course.code) for course in catalogue.open_courses())
            plan = Plan(
                "年度必修", items, Audience(), Due(on=clock.today() + timedelta(days=20)), days_before=(30, 7, 1),
            )  # fmt: skip
            programme = drafting.draft(plan)
            programme.state, programme.published_at = Stage.published, clock.now() - timedelta(days=10)
            db.session.flush()
            programme_id = programme.id
        locks.clear()
        cpu, started = time.process_time(), time.perf_counter()
        steps = following.follow(programme_id)
        while True:
            with transaction():
                if next(steps, None) is None:
                    break
        print(
            f"publish to {PEOPLE}: {time.perf_counter() - started:.1f} s, CPU {time.process_time() - cpu:.1f} s, "
            f"{len(locks)} chunks, first write to commit median {statistics.median(locks):.0f} ms, longest {max(locks):.0f} ms"
        )
        cpu = time.process_time()
        for _step in following.follow(programme_id):
            pass
        db.session.rollback()
        print(f"follow again, nothing to do: CPU {1000 * (time.process_time() - cpu):.0f} ms")
    return programme_id


def main() -> None:
    made = app()
    programme_id = publish(made)
    from lms.access import session
    from lms.access.models import Account
    from lms.access.views import COOKIE
    from lms.db import db, transaction

    with made.app_context(), transaction():
        account = db.session.query(Account).filter_by(person_id=1).one()
        token = session.open_session(account, hours=8, device="bench", address="127.0.0.1")
    client = made.test_client()
    client.set_cookie(COOKIE, token)
    at = f"/training/programmes/{programme_id}"
    print(site.machine())
    print(f"{'page':52} {'ms CPU':>8} {'KB':>7}")
    for path in (
        at, f"{at}/people", f"{at}/people?state=late", f"{at}/people?unit=5&form=dispatch", f"{at}/people?page=100",
        "/training/programmes/new", "/training/programmes/audience?forms=dispatch", "/training/compliance",
        "/training/programmes", f"{at}/nudge?person=3", "/", f"{at}/people.xlsx?state=all",
    ):  # fmt: skip
        times = []
        for _round in range(1 if path.endswith("state=all") else ROUNDS):
            started = time.process_time()
            answer = client.get(path)
            times.append(1000 * (time.process_time() - started))
        note = "" if answer.status_code == 200 else f"  ({answer.status_code})"
        print(f"{path:52} {statistics.median(times):8.0f} {len(answer.get_data()) / 1024:7.0f}{note}")


if __name__ == "__main__":
    sys.exit(main())
