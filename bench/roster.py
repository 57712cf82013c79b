"""A roster of 50,000 rows: made, uploaded, previewed, written and, if asked, taken back, beside somebody who saves.

`bench/roster.py [rows] [--undo]`. The saver is a process of its own that writes one row in a transaction of its own
every 10 ms, as a saved answer does; how long each waited for the write lock is printed. A fresh database each time;
LMS_DATABASE_URL points elsewhere (the saver then is left out).
"""

import multiprocessing
import os
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("LMS_LOG_LEVEL", "ERROR")

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂华建国志远文静海宁雨桐思琪立群晓岚翀喆堃玥𬱖"
TEAMS = tuple(f"受理{n}组" for n in range(1, 61))
FORMS = ("公务员", "事业编", "编外", "劳务派遣（慧声）", "外包（众听）")
POSTS = ("坐席", "高级坐席", "质检员", "班组长", "回访员")
HEADER = ("姓名", "工号", "性别", "所在部门", "班组", "用工性质", "岗位", "到岗日期", "手机号", "备注")


def sheet(rows: int) -> bytes:
    """A roster as an office writes it: a title, mixed dates, phones as numbers and as text."""
    from lms.sheets import writing

    chance = random.Random(12345)

    def lines():
        for n in range(rows):
            day = date(2014, 1, 1) + timedelta(days=chance.randrange(4400))
            shown = chance.choice((day, day.isoformat(), f"{day:%Y.%m.%d}", f"{day.year}年{day.month}月{day.day}日"))
            phone = 13_000_000_000 + n * 7919 % 5_999_999_999
            name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
            yield (
                name, f"N{n:06d}", chance.choice("男女"), "云州市热线中心", chance.choice(TEAMS), chance.choice(FORMS),
                chance.choice(POSTS), shown, phone if n % 3 else str(phone), "",
            )  # fmt: skip

    return writing.workbook(writing.Table("花名册", HEADER, lines()))


def saver(path: str, waits, stop) -> None:
    """One small durable write every 10 ms; how long each took."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA synchronous=FULL")
    found = []
    while not stop.is_set():
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO rate_counts (bucket, minute, count) VALUES ('bench', ?, 1)", (time.time_ns(),))
        connection.execute("COMMIT")
        found.append((time.perf_counter() - started) * 1000)
        time.sleep(0.01)
    waits.put(found)


def beside(app, path: str | None, what: str, work) -> None:
    """Do something, time it, and say how long the saver waited meanwhile."""
    context = multiprocessing.get_context("spawn")
    waits, stop = context.Queue(), context.Event()
    process = context.Process(target=saver, args=(path, waits, stop)) if path else None
    if process:
        process.start()
        time.sleep(1)
    started, cpu = time.perf_counter(), time.process_time()
    with app.app_context():
        work()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = f"{what:<22} {seconds:7.2f} s  {cpu:7.2f} s CPU   peak {memory:5.0f} MB"
    if process:
        stop.set()
        found = sorted(waits.get(timeout=30))
        process.join()
        part = statistics.quantiles(found, n=100) if len(found) > 1 else [0] * 99
        told += f"   a save waited {part[49]:.1f} ms median, {part[98]:.1f} p99, {found[-1]:.0f} worst ({len(found)})"
    print(told, flush=True)


def main() -> None:
    rows = int(next((a for a in sys.argv[1:] if not a.startswith("-")), "50000"))
    started = time.perf_counter()
    content = sheet(rows)
    print(f"{rows} rows, {len(content) / 1e6:.1f} MB, made in {time.perf_counter() - started:.1f} s", flush=True)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        run(Path(folder), content, rows)


def run(folder: Path, content: bytes, rows: int) -> None:
    from lms import audit, files, jobs
    from lms.db import db, is_sqlite, transaction
    from lms.imports import queries, rules
    from lms.imports.actions import preparing, registering, writing
    from lms.operations import migrating
    from lms.organisation import actions as organisation
    from wsgi import create_app

    app = create_app(data_dir=folder, database_url=os.environ.get("LMS_DATABASE_URL", ""))
    kept: dict[str, int] = {}
    with app.app_context():
        migrating.upgrade()
        with transaction():
            organisation.found("云州市热线中心", "RX")
            for name in ("云州慧声信息服务有限公司", "临江众听科技有限公司"):
                organisation.vendor_named(name)
            for name in POSTS:
                organisation.post_named(name)
        path = str(folder / "hotline.db") if is_sqlite() else None
        kind = registering.kinds(app)["roster"]

    def upload() -> None:
        outlined = preparing.outline(content, "roster.xlsx")
        with transaction():
            imported = preparing.upload(kind, "roster.xlsx", files.store(content), outlined, rules.EVERYTHING)
            preparing.choose(imported, preparing.suggested(kind, imported), {"unknown": "create"})
            kept["id"], kept["job"] = imported.id, preparing.start_reading(imported, kind).id

    def confirm() -> None:
        with transaction():
            imported = queries.one(kept["id"])
            assert imported is not None
            print("preview:", imported.counts, flush=True)
            job = writing.confirm(imported, kind, [group.key for group in kind.groups if group.is_writable])
            job_id = job.id
        jobs.run(job_id)

    def undo() -> None:
        with transaction():
            imported = queries.one(kept["id"])
            assert imported is not None
            job_id = writing.undo(imported, kind).id
        jobs.run(job_id)

    beside(app, path, "upload and look", upload)
    beside(app, path, "preview (job)", lambda: jobs.run(kept["job"]))
    beside(app, path, "write (job)", confirm)
    with app.app_context(), transaction(writes=False):
        outcomes = queries.outcomes(kept["id"])
        print("written:", outcomes, "audit:", audit.verify(), flush=True)
        assert outcomes.get("written") == rows
    if "--undo" in sys.argv:
        beside(app, path, "undo (job)", undo)
    with app.app_context():
        db.engine.dispose()


if __name__ == "__main__":
    main()
