"""An exam day over HTTP: N people sign in, start, read, save 20 answers, hand in; then the database is checked.

`bench/exam_storm.py [N] [--kill] [--alone] [--postgres] [--workers=3]`, N is 500 unless given. Every third person knows the answers. The people, the
database and the server are the script's own (var/storm). Afterwards every acknowledged answer must be there exactly
once and every score must be what these answers earn; --kill ends the server with kill -9 half-way, starts it again,
and checks the same. --alone lets one sit after the other and tells the server's CPU of each step. The clients run in one process on the same machine, so latencies hold their load too.
"""

import asyncio
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

import site_data as site
from answers import cpu_seconds, resident_mb
from sqlalchemy import create_engine, text

PORT = 8198
EXAM = "exam-c1"
SAVES = 20
FOLDER = site.ROOT / "var" / ("storm-pg" if site.IS_POSTGRES else "storm")
RETRY_SECONDS = 0.2
PATIENCE = 180  # seconds a person keeps trying while the server is away
FORM = re.compile(r'data-question-form="(\d+)".*?</form>', re.DOTALL)
CHOICE = re.compile(r'type="(radio|checkbox)" name="choice" value="([^"]+)"')


def prepare(count: int) -> None:
    """A fresh database with the courses and N people who share one password."""
    base, name = FOLDER / f"base-{count}", f"storm_{count}"
    base.mkdir(parents=True, exist_ok=True)
    site.settings(base, site.database_url(name))
    from lms.db import db
    from wsgi import create_app

    app = create_app(log_level="ERROR")
    if not site.is_prepared(app):
        runner = app.test_cli_runner()
        for command in (["db", "upgrade"], ["library", "load"]):
            print("preparing:", *command, flush=True)
            result = runner.invoke(args=command)
            if result.exit_code:
                raise SystemExit(result.output or result.exception)
        with app.app_context():
            people(count)
    with app.app_context():
        db.engine.dispose()
    shutil.rmtree(FOLDER / "run", ignore_errors=True)
    shutil.copytree(base, FOLDER / "run")
    site.settings(FOLDER / "run", site.database_url("storm_run", copy_of=name))
    fonts = FOLDER / "run" / "fonts"
    if not fonts.exists():
        fonts.symlink_to(site.ROOT / "var" / "fonts")


def people(count: int) -> None:
    """N agents of one vendor, S00001 and so on."""
    from datetime import date

    from lms import clock
    from lms.access import passwords
    from lms.access.models import Account, Role, RoleGrant, Scope
    from lms.db import db, transaction
    from lms.organisation.models import Post, Unit, UnitKind, Vendor
    from lms.people.models import EmploymentForm, Person, Spell

    now, password = clock.now(), passwords.hash_password(site.PASSWORD)
    with transaction():
        unit = Unit(code="STORM", name="受理大厅", kind=UnitKind("team"))
        vendor, post = (
            Vendor(code="STORM", name="云州信服有限公司"),
            Post(code="STORM", name="坐席", level=2, is_front_line=True),
        )
        db.session.add_all([unit, vendor, post])
        db.session.flush()
        for n in range(1, count + 1):
            person = Person(
                name=f"考生{n}", given_name="考生", sort_key=f"kao {n:05}", certificate_name="考生", phone="13800001234"
            )
            db.session.add(person)
            db.session.flush()
            db.session.add_all([
                Spell(person_id=person.id, staff_number=f"S{n:05}", form=EmploymentForm("outsourced"), employer=vendor.name,
                      vendor_id=vendor.id, unit_id=unit.id, post_id=post.id, starts_on=date(2024, 1, 1)),
                Account(person_id=person.id, password_hash=password, welcomed_at=now),
                RoleGrant(person_id=person.id, role=Role.learner, scope=Scope.all, granted_at=now),
            ])  # fmt: skip


class Server:
    """The real server on the run's database; knows what CPU all its lives have used."""

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None
        self.used_before = 0.0
        self.at_start = 0.0

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lms.operations.serving", "--port", str(PORT)],
            cwd=site.ROOT, stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    async def is_up(self) -> None:
        """Wait for the port; what was used to get there is not an examinee's."""
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                break
        assert self.process is not None
        self.at_start = cpu_seconds(self.process.pid)

    def used(self) -> float:
        """CPU seconds of the server since it was up, earlier lives included."""
        assert self.process is not None
        return self.used_before + cpu_seconds(self.process.pid) - self.at_start

    def kill(self, how: int = signal.SIGKILL) -> None:
        assert self.process is not None
        self.used_before = self.used()
        os.killpg(self.process.pid, how)
        self.process.wait(30)


@dataclass
class Examinee:
    """One person at a browser: a connection, a cookie, and what the server has acknowledged."""

    number: str
    storm: "Storm"
    knows: bool
    cookie: str = ""
    attempt: int = 0
    kept: dict[tuple[int, int], dict] = field(default_factory=dict)  # (question, save) → answer
    wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, step: str, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, dict, str]:
        """One request, tried again while the server is away; its wait is noted under the step."""
        started = time.perf_counter()
        while True:
            try:
                told = await asyncio.wait_for(self._once(method, path, body, kind), PATIENCE)
            except (OSError, asyncio.IncompleteReadError):
                self.wire = None
                self.storm.retries += 1
                if time.perf_counter() - started > PATIENCE:
                    raise
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.storm.note(step, (time.perf_counter() - started) * 1000)
                return told

    async def _once(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, dict, str]:
        if self.wire is None:
            self.wire = await asyncio.open_connection("127.0.0.1", PORT)
        reader, writer = self.wire
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nSec-Fetch-Site: same-origin\r\nAccept: {'application/json' if kind == 'json' else 'text/html'}\r\n"
        if self.cookie:
            head += f"Cookie: hotline_session={self.cookie}\r\n"
        if body:
            head += f"Content-Type: application/{'json' if kind == 'json' else 'x-www-form-urlencoded'}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip() for line in lines[1:] if line for name, _, value in [line.partition(":")]
        }
        if "content-length" in headers:
            content = await reader.readexactly(int(headers["content-length"]))
        else:
            content = await self._chunks(reader)
        if (cookie := re.search(r"hotline_session=([^;]+)", headers.get("set-cookie", ""))) is not None:
            self.cookie = cookie[1]
        return int(lines[0].split()[1]), headers, content.decode()

    @staticmethod
    async def _chunks(reader: asyncio.StreamReader) -> bytes:
        content = b""
        while size := int((await reader.readline()).strip(), 16):
            content += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return content

    async def sit(self) -> None:
        """From sign-in to result."""
        status, _, page = await self.ask(
            "sign in", "POST", "/login", f"number={self.number}&password={site.PASSWORD}".encode()
        )
        assert status == 303, words(status, page)
        await self.ask("terms", "GET", f"/exams/{EXAM}")
        status, headers, page = await self.ask("start", "POST", f"/exams/{EXAM}/attempts", b"ready=1&keeps=1")
        assert status == 303, words(status, page)
        self.attempt = int(headers["location"].split("/")[2])
        await self.ask("exam page", "GET", f"/attempts/{self.attempt}/q/1")
        _, _, paper = await self.ask("whole paper", "GET", f"/attempts/{self.attempt}/paper")
        questions = {int(one[1]): CHOICE.findall(one[0]) for one in FORM.finditer(paper)}
        right = self.storm.right_answers(self.attempt) if self.knows else {}
        order = random.sample(sorted(questions), len(questions))
        for seq, position in enumerate([*order, *order][:SAVES], 1):
            await self.save(seq, position, right.get(position) or guess(questions[position]))
        await self.ask("check page", "GET", f"/attempts/{self.attempt}/check")
        status, _, page = await self.ask("hand in", "POST", f"/attempts/{self.attempt}/submission", b"go=1")
        assert status == 303, words(status, page)
        status, _, page = await self.ask("result", "GET", f"/attempts/{self.attempt}/result")
        assert status == 200, words(status, page)
        if self.wire:
            self.wire[1].close()

    async def save(self, seq: int, position: int, value: dict) -> None:
        sent = {"position": position, "epoch": 1, "seq": seq, **value, "loaded": int(time.time() * 1000), "elapsed": 0}
        status, _, told = await self.ask(
            "save", "POST", f"/attempts/{self.attempt}/answers", json.dumps(sent).encode(), "json"
        )
        assert status == 200, told
        self.kept[position, seq] = value
        self.storm.saved()


def words(status: int, page: str) -> str:
    """What a page that was not expected says."""
    return f"{status}: " + " ".join(re.sub(r"<[^>]+>", " ", page).split())[:600]


def guess(choices: list[tuple[str, str]]) -> dict:
    if not choices:
        return {"text": "12388"}
    keys = [key for _kind, key in choices]
    n = 1 if choices[0][0] == "radio" else random.randint(2, len(keys))
    return {"chosen": sorted(random.sample(keys, n))}


class Storm:
    """Everybody at once."""

    def __init__(self, count: int, kill_at: int | None, *, is_alone: bool = False) -> None:
        self.waits: dict[str, list[float]] = defaultdict(list)
        self.is_alone = is_alone
        self.costs: dict[str, float] = defaultdict(float)  # CPU seconds of all who took the step
        self.noted = 0.0
        self.retries = 0
        self.saves = 0
        self.kill_at = kill_at
        self.server = Server()
        address = os.environ["LMS_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
        self.database = create_engine(address or f"sqlite:///{FOLDER / 'run' / 'hotline.db'}")
        self.down: asyncio.Task | None = None
        self.people = [Examinee(f"S{n:05}", self, knows=n % 3 == 0) for n in range(1, count + 1)]

    def rows(self, query: str, attempt: int) -> list[list]:
        """What the database itself holds of an attempt, JSON read."""
        with self.database.connect() as connection:
            found = connection.execute(text(query), {"attempt": attempt}).all()
        return [[json.loads(one) if isinstance(one, str) and one[:1] in '[{"' else one for one in row] for row in found]

    def right_answers(self, attempt: int) -> dict[int, dict]:
        rows = self.rows(
            "SELECT q.position, v.options, v.accepted FROM attempt_questions q"
            " JOIN question_versions v ON v.id = q.version_id WHERE q.attempt_id = :attempt", attempt,
        )  # fmt: skip
        found = {}
        for position, options, accepted in rows:
            keys = sorted(one["key"] for one in options if one["is_right"])
            found[position] = {"chosen": keys} if keys else {"text": str(accepted[0])}
        return found

    def note(self, step: str, waited: float) -> None:
        """A step is done; with one person at a time, all the server has used since the last one was for it."""
        self.waits[step].append(waited)
        if self.is_alone:
            used = self.server.used()
            self.costs[step] += used - self.noted
            self.noted = used

    def saved(self) -> None:
        self.saves += 1
        if self.kill_at is not None and self.saves >= self.kill_at:
            self.kill_at = None
            self.server.kill()
            print(f"killed the server after {self.saves} acknowledged saves", flush=True)
            self.server.start()
            self.down = asyncio.create_task(self.server.is_up())

    async def run(self) -> None:
        self.server.start()
        await self.server.is_up()
        started = time.perf_counter()
        if self.is_alone:
            for one in self.people:
                await one.sit()
        else:
            await asyncio.gather(*(one.sit() for one in self.people))
        elapsed = time.perf_counter() - started
        if self.down is not None:
            await self.down
        used, assert_pid = self.server.used(), self.server.process
        assert assert_pid is not None
        print(site.machine())
        print(
            f"{len(self.people)} people in {elapsed:.1f} s, {used * 1000 / len(self.people):.1f} ms server CPU each, {self.saves} saves; resident {resident_mb(assert_pid.pid):.0f} MB; {self.retries} tries again"
        )
        costs = f" {'CPU':>8}" if self.is_alone else ""
        print(f"{'step':12} {'n':>6} {'median':>8} {'p95':>8} {'p99':>8} {'max':>8}{costs}  ms")
        for step, waits in self.waits.items():
            waits.sort()
            at = [waits[min(len(waits) - 1, int(len(waits) * part))] for part in (0.95, 0.99)]
            print(
                f"{step:12} {len(waits):6} {statistics.median(waits):8.1f} {at[0]:8.1f} {at[1]:8.1f} {waits[-1]:8.1f}"
                + (f" {1000 * self.costs[step] / len(waits):8.1f}" if self.is_alone else "")
            )

    def check(self) -> None:
        """Every acknowledged answer once and as it was sent, one result a person, every score what the answers earn."""
        from assessments.attempts import queries
        from assessments.marking import rules as marking
        from lms.db import transaction
        from wsgi import create_app

        wrong: list[str] = []
        passed = 0
        with create_app(log_level="ERROR").app_context(), transaction(writes=False):
            for one in self.people:
                rows = self.rows("SELECT position, seq, value FROM answers WHERE attempt_id = :attempt", one.attempt)
                for (position, seq), value in one.kept.items():
                    mine = [kept for place, n, kept in rows if (place, n) == (position, seq)]
                    if mine != [value]:
                        wrong.append(f"{one.number}: question {position}, save {seq}: {mine} instead of {value}")
                if len(rows) != len(one.kept):
                    wrong.append(f"{one.number}: {len(rows)} answers kept, {len(one.kept)} acknowledged")
                result = queries.result(one.attempt)
                if result is None:
                    wrong.append(f"{one.number}: no result")
                    continue
                rule = result.attempt.terms["multiple_rule"]
                last = {position: one.kept[position, seq] for position, seq in sorted(one.kept)}
                earned = sum(
                    (
                        marking.mark(asked.version, last.get(asked.position), asked.points, rule).points
                        for asked in queries.questions(one.attempt)
                    ),
                    Decimal(0),
                )
                passed += result.is_passed
                if result.score != earned:
                    wrong.append(f"{one.number}: {result.score} points, the answers earn {earned}")
        total = sum(len(one.kept) for one in self.people)
        print(
            f"checked: {total} acknowledged answers, {len(self.people)} results, {passed} passed, {len(wrong)} faults"
        )
        if wrong:
            raise SystemExit("\n".join(wrong[:20]))


def main() -> None:
    count = int(next((a for a in sys.argv[1:] if a.isdigit()), "500"))
    random.seed(count)
    prepare(count)
    storm = Storm(count, kill_at=count * SAVES // 2 if "--kill" in sys.argv else None, is_alone="--alone" in sys.argv)
    try:
        asyncio.run(storm.run())
    finally:
        if storm.server.process and storm.server.process.poll() is None:
            storm.server.kill(signal.SIGTERM)
    storm.check()


if __name__ == "__main__":
    main()
