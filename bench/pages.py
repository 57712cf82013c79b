"""CPU milliseconds and SQL statements of each page, as one person sees it, on the demo organisation."""

import statistics
import time

import site_data as site
from sqlalchemy import event

PAGES = {
    "A1037": ["/", "/courses", "/courses/C1", "/lessons/c1-mandate", "/exams", "/me", "/me/hours", "/certificates",
              "/policies", "/policies/P03", "/notices", "/search?q=热线"],
    "T2001": ["/desk", "/training", "/training/questions", "/training/exams"],
    "H4001": ["/desk", "/people", "/appraisals", "/staff/certificates"],
    "S9003": ["/audit"],
}  # fmt: skip
ROUNDS = 30


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
        for path in paths:
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


if __name__ == "__main__":
    main()
