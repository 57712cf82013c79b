"""How long a save waits beside what else the server does: people who sign in, a roster of 50,000 rows, a ZIP, pages.

`bench/beside.py [rows] [--postgres] [--workers=3]`. Four people save 25 answers a second each over HTTP while one thing
after the other is done in the same server; for each are printed how long it took and how long the saves waited. On a
copy of the demo organisation (var/bench-beside), made anew each time.
"""

import http.client
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from urllib.parse import urlencode

import site_data as site
from answers import connect, is_whole, prepare, request_for, resident_mb
from roster import sheet
from sqlalchemy import create_engine, text

PORT = 8199
SAVERS, PAUSE = 4, 0.04
SELECT = re.compile(r'<select[^>]*name="(column-[^"]+)"(.*?)</select>', re.DOTALL)
CHOSEN = re.compile(r'<option value="([^"]*)"[^>]*\bselected')
BOUNDARY = "----bench"


class Browser:
    """One signed-in person who follows no redirects."""

    def __init__(self, token: str = "") -> None:
        self.token = token

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/x-www-form-urlencoded") -> tuple:
        """Status, the address led to, the page."""
        link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        headers = {"Cookie": f"hotline_session={self.token}", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        link.request(method, path, body, headers | ({"Content-Type": kind} if body else {}))
        answer = link.getresponse()
        page = answer.read().decode()
        link.close()
        return answer.status, answer.headers.get("Location", ""), page


class Savers:
    """People who save all the time; their waits since they were last asked."""

    def __init__(self, people: list[tuple[str, int]]) -> None:
        self.waits: list[float] = []
        self.faults = 0
        self.is_over = False
        self.threads = [threading.Thread(target=self._save, args=(person,), daemon=True) for person in people[:SAVERS]]
        for thread in self.threads:
            thread.start()

    def _save(self, person: tuple[str, int]) -> None:
        link, numbers = connect(), count(int(time.time()) % 100_000 * 7)
        while not self.is_over:
            started = time.perf_counter()
            link.sendall(request_for(*person, next(numbers)))
            answer = link.recv(65536)
            while not is_whole(answer):
                answer += link.recv(65536)
            self.faults += answer[9:12] != b"200"
            self.waits.append((time.perf_counter() - started) * 1000)
            time.sleep(PAUSE)

    def beside(self, what: str, work: Callable[[], object]) -> None:
        """Do something and say how the saves fared."""
        time.sleep(0.5)
        self.waits, started = [], time.perf_counter()
        work()
        seconds, waits = time.perf_counter() - started, sorted(self.waits)
        part = statistics.quantiles(waits, n=100) if len(waits) > 1 else [0.0] * 99
        print(
            f"{what:28} {seconds:6.1f} s   a save waited ms: median {part[49]:5.1f}, p99 {part[98]:6.1f}, worst {waits[-1]:6.1f} ({len(waits)})",
            flush=True,
        )


class Day:
    """What is done beside the saves."""

    def __init__(self, hr: Browser, rows: int, database: str) -> None:
        self.hr, self.content, self.job, self.place = hr, sheet(rows), 0, ""
        self.database = create_engine(database)

    def sign_in(self) -> None:
        """Twenty people at once."""
        body = urlencode({"number": "A1037", "password": site.PASSWORD}).encode()
        threads = [threading.Thread(target=Browser().ask, args=("POST", "/login", body)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def pages(self) -> None:
        """Three hundred pages of a trainer and HR, three at a time."""
        paths = ["/staff/certificates", "/people", "/appraisals"]
        threads = [
            threading.Thread(target=lambda p=path: [self.hr.ask("GET", p) for _ in range(100)]) for path in paths
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def upload(self) -> None:
        """The sheet, as a browser sends it."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="roster.xlsx"\r\n\r\n'
        body = head.encode() + self.content + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        status, self.place, page = self.hr.ask("POST", "/imports/roster/new", body, kind)
        assert status == 303, page[-2000:]

    def preview(self) -> None:
        """The columns as they were guessed, and the job that checks each row."""
        _status, _to, page = self.hr.ask("GET", self.place)
        given = {name: (CHOSEN.findall(rest) or [""])[0] for name, rest in SELECT.findall(page)}
        status, self.place, page = self.hr.ask(
            "POST", self.place, urlencode(given | {"option-unknown": "create"}).encode()
        )
        assert status == 303, page[-2000:]
        self.until("SELECT stage FROM imports WHERE id = :id", {"ready"})

    def write(self) -> None:
        """All groups, and the job that writes them."""
        groups = re.findall(r'name="group" value="([^"]+)"', self.hr.ask("GET", self.place)[2])
        body = urlencode([("group", one) for one in groups]).encode()
        status, _to, page = self.hr.ask("POST", f"{self.place}/confirmation", body)
        assert status == 303, page[-2000:]
        self.until("SELECT stage FROM imports WHERE id = :id", {"done"})

    def bundle(self) -> None:
        """Every certificate in one ZIP."""
        status, self.place, page = self.hr.ask("POST", "/staff/certificates/bundle", b"x=1")
        assert status == 303, page[-2000:]
        self.until("SELECT status FROM jobs WHERE id = :id", {"done"})

    def until(self, query: str, wanted: set[str]) -> None:
        """Wait for a row to say so."""
        number = int(re.findall(r"\d+", self.place)[0])
        while True:
            with self.database.connect() as connection:
                found = connection.execute(text(query), {"id": number}).scalar()
            if found in wanted:
                return
            assert found not in {"failed", "cancelled"}, found
            time.sleep(0.2)


def main() -> None:
    rows = int(next((a for a in sys.argv[1:] if not a.startswith("-")), "50000"))
    random.seed(rows)
    app = site.copied("bench-beside")
    from lms.db import db

    people, hr = prepare(app), Browser(site.session_for(app, "H4001"))
    with app.app_context():
        database = db.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "lms.operations.serving", "--port", str(PORT)]
    server = subprocess.Popen(command, cwd=site.ROOT, stdout=subprocess.DEVNULL)
    try:
        connect().close()
        savers, day = Savers(people), Day(hr, rows, database)
        print(site.machine())
        savers.beside("nothing", lambda: time.sleep(5))
        savers.beside("20 people sign in", day.sign_in)
        savers.beside("300 pages of HR", day.pages)
        savers.beside(f"{rows} rows: upload", day.upload)
        savers.beside(f"{rows} rows: preview", day.preview)
        savers.beside(f"{rows} rows: write", day.write)
        savers.beside("ZIP of all certificates", day.bundle)
        savers.is_over = True
        print(f"saves that were refused: {savers.faults}; resident {resident_mb(server.pid):.0f} MB")
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main()
