"""Saving answers over HTTP with 64 clients: requests a second, server CPU a save, latency, resident memory.

`bench/answers.py [seconds] [--postgres] [--workers=3]`. The client is one process with raw sockets on the same machine,
so figures include its load; CPU milliseconds are those of all servers (granian, its workers, PostgreSQL; from /proc).
"""

import os
import selectors
import socket
import statistics
import subprocess
import sys
import time
from itertools import count

import site_data as site

CLIENTS = 64
PORT = 8199
FIRST_SEQ = 100_000
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for parent in found:
        for task in os.listdir(f"/proc/{parent}/task"):
            with open(f"/proc/{parent}/task/{task}/children") as file:
                found += [int(child) for child in file.read().split()]
    return found


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a server's processes so far, and of the database's, those that have ended included."""
    total = 0
    database = site.postmaster()
    for one in family(pid) + (family(database) if database else []):
        try:
            with open(f"/proc/{one}/stat") as file:
                fields = file.read().rsplit(") ", 1)[1].split()
        except FileNotFoundError:  # it has just ended
            continue
        total += int(fields[11]) + int(fields[12])
        if one == database:
            total += int(fields[13]) + int(fields[14])
    return total / TICKS


def resident_mb(pid: int) -> float:
    total = 0
    for one in family(pid):
        with open(f"/proc/{one}/statm") as file:
            total += int(file.read().split()[1])
    return total * PAGE_BYTES / 1024 / 1024


def prepare(app) -> list[tuple[str, int]]:
    """64 people with a session and an attempt each: (cookie token, attempt id)."""
    from sqlalchemy import select

    from assessments.attempts import actions
    from assessments.attempts.models import Attempt, AttemptStatus
    from assessments.exams import queries
    from lms.access import session
    from lms.access.models import Account
    from lms.db import db, transaction

    ready = []
    with app.app_context():
        with transaction(writes=False):
            accounts = [
                (account.id, account.person_id)
                for account in db.session.scalars(
                    select(Account).where(Account.is_disabled.is_(False), Account.welcomed_at.is_not(None))
                )
            ]
        for account_id, person_id in accounts:
            if len(ready) == CLIENTS:
                break
            try:
                with transaction():
                    exam = queries.exam("exam-intake-post")
                    attempt = db.session.scalars(
                        select(Attempt).where(
                            Attempt.person_id == person_id,
                            Attempt.exam_id == exam.id,
                            Attempt.status == AttemptStatus.open,
                        )
                    ).first() or actions.start(exam, person_id, "bench")
                    token = session.open_session(
                        db.session.get(Account, account_id), hours=8, device="bench", address="127.0.0.1"
                    )
                    ready.append((token, attempt.id))
            except Exception as error:  # somebody has passed or must wait: take the next
                last = error
        if len(ready) < CLIENTS:
            raise SystemExit(f"only {len(ready)} people can sit the exam: {last}")
    return ready


def request_for(token: str, attempt_id: int, seq: int) -> bytes:
    body = f'{{"position":{seq % 20 + 1},"epoch":1,"seq":{FIRST_SEQ + seq},"chosen":["{"ABCD"[seq % 4]}"]}}'.encode()
    return (
        f"POST /attempts/{attempt_id}/answers HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nCookie: hotline_session={token}\r\n"
        f"Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def main() -> None:
    seconds = float(next((a for a in sys.argv[1:] if not a.startswith("-")), "10"))
    people = prepare(site.copied("bench-answers"))
    server = subprocess.Popen(
        [sys.executable, "-m", "lms.operations.serving", "--port", str(PORT)], cwd=site.ROOT, stdout=subprocess.DEVNULL
    )
    try:
        measure(server.pid, people, seconds)
    finally:
        server.terminate()
        server.wait(20)


def connect() -> socket.socket:
    for _ in range(200):
        try:
            made = socket.create_connection(("127.0.0.1", PORT))
        except OSError:
            time.sleep(0.2)
        else:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made
    raise SystemExit("the server did not start")


def is_whole(answer: bytes) -> bool:
    """Whether a response with a content-length has come completely."""
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    length = next((int(h.split(b":")[1]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length")), 0)
    return len(body) >= length


def measure(pid: int, people: list[tuple[str, int]], seconds: float) -> None:
    selector = selectors.DefaultSelector()
    sequences = {token: count(int(time.time()) % 100_000 * 7) for token, _ in people}
    sent: dict[socket.socket, float] = {}
    waits: list[float] = []
    statuses: dict[bytes, int] = {}
    received: dict[socket.socket, bytes] = {}
    for person in people:
        made = connect()
        selector.register(made, selectors.EVENT_READ, person)

    def ask(made: socket.socket, person: tuple[str, int]) -> None:
        sent[made] = time.perf_counter()
        made.sendall(request_for(*person, next(sequences[person[0]])))

    warm_until = time.perf_counter() + 1.0
    for key in list(selector.get_map().values()):
        ask(key.fileobj, key.data)
    started, cpu = None, 0.0
    while True:
        now = time.perf_counter()
        if started is None and now >= warm_until:
            started, cpu = now, cpu_seconds(pid)
            waits.clear()
            statuses.clear()
        if started is not None and now - started >= seconds:
            break
        for key, _ in selector.select(1):
            answer = received.pop(key.fileobj, b"") + key.fileobj.recv(65536)
            if not is_whole(answer):
                received[key.fileobj] = answer
                continue
            status = answer[9:12]
            statuses[status] = statuses.get(status, 0) + 1
            waits.append((time.perf_counter() - sent[key.fileobj]) * 1000)
            ask(key.fileobj, key.data)
    elapsed = time.perf_counter() - started
    used = cpu_seconds(pid) - cpu
    waits.sort()
    print(site.machine())
    print(
        f"{len(waits) / elapsed:.0f} saves/s over {CLIENTS} clients, {used * 1000 / len(waits):.2f} ms server CPU each"
    )
    print(
        f"latency ms: median {statistics.median(waits):.0f}, p99 {waits[int(len(waits) * 0.99)]:.0f}, max {waits[-1]:.0f}"
    )
    print(f"answers by status: { ({k.decode(): v for k, v in statuses.items()}) }; resident {resident_mb(pid):.0f} MB")


if __name__ == "__main__":
    main()
