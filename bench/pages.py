"""CPU milliseconds and SQL statements of each page, as one person sees it, on the demo organisation."""

import statistics
import time
from typing import Any

import site_data as site
from sqlalchemy import event, func, select

PAGES = {
    "A1037": ["/", "/courses", "/courses/C1", "/lessons/c1-mandate", "/exams", "/me", "/me/hours", "/certificates",
              "/attempts/{attempt}/result", "/attempts/{attempt}/result?all=1", "/policies", "/policies/P03", "/notices", "/search?q=热线"],
    "T2001": ["/desk", "/training", "/training/questions", "/training/exams", "/training/marking",
              "/training/exams/exam-c1/statistics", "/training/objections"],
    "H4001": ["/desk", "/people", "/appraisals", "/staff/certificates"],
    "S9003": ["/audit"],
}  # fmt: skip
ROUNDS = 60


def main() -> None:
    app = site.app()
    from lms.access.views import COOKIE
    from lms.db import db

    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    print(site.machine())
    print(f"{'page':40} {'ms CPU':>8} {'queries':>8} {'KB':>7}")
    for number, paths in PAGES.items():
        client = app.test_client()
        client.set_cookie(COOKIE, site.session_for(app, number))
        for given in paths:
            path = given.format(attempt=newest_result(app, number))
            client.get(path)
            times = []
            for _ in range(ROUNDS):
                statements.clear()
                started = time.process_time()
                answer = client.get(path)
                times.append((time.process_time() - started) * 1000)
            note = "" if answer.status_code == 200 else f"  ({answer.status_code})"
            size = len(answer.get_data()) / 1024
            print(f"{number + ' ' + path:40} {statistics.median(times):8.1f} {len(statements):8} {size:7.1f}{note}")


def newest_result(app: Any, number: str) -> int:
    """The newest attempt of a person that has a result; 0 for none."""
    from assessments.attempts.models import Attempt
    from lms.db import db
    from lms.people.models import Spell

    with app.app_context():
        found = db.session.scalar(
            select(func.max(Attempt.id)).where(
                Attempt.result_id.is_not(None),
                Attempt.person_id.in_(select(Spell.person_id).where(Spell.staff_number == number)),
            )
        )
        db.session.remove()
    return found or 0


if __name__ == "__main__":
    main()
