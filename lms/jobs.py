"""Long work with progress: a row is the truth, Huey only carries its id. A killed job is taken up again."""

import enum
import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from blinker import Namespace
from flask import Flask, current_app
from huey import MemoryHuey, PostgresHuey, SqliteHuey, crontab
from huey.api import Huey
from sqlalchemy import Index, String, and_, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lms import audit, clock
from lms.db import Model, db, transaction
from lms.errors import Refused
from lms.settings import Settings

LEASE = timedelta(minutes=2)
MAX_TRIES = 5
NUDGE = "jobs_nudge"
GIVEN_UP = "多次中断，已停止；做完的部分保留，可以重新启动。"
log = logging.getLogger("lms.jobs")
# A job has come to its end: done, failed or cancelled. Sender: the Job, in the transaction that says so.
ended = Namespace().signal("job_ended")


class JobStatus(enum.StrEnum):
    """Where a job stands."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"


OPEN = (JobStatus.queued, JobStatus.running)


class Job(Model):
    """One piece of long work: what, for whom, how far, and what became of it."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_status_leased_until", "status", "leased_until"),)

    kind: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(120))
    params: Mapped[dict[str, Any]]
    status: Mapped[JobStatus] = mapped_column(default=JobStatus.queued)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(300), default="")
    problems: Mapped[list[Any]] = mapped_column(default=list)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_cancel_wanted: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    created_by: Mapped[int | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def file_name(self) -> str:
        """The name of the file the job has made, empty where it made none (result: file, name, bytes)."""
        return str(self.result.get("name", "")) if self.result.get("file") else ""

    def may_cancel(self) -> bool:
        return may_cancel(self)

    @property
    def percent(self) -> int:
        if self.status == JobStatus.done:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0


@dataclass(frozen=True)
class Progress:
    """What a verb yields after each chunk: steps done, steps in all, a sentence, rows with problems."""

    done: int
    total: int
    note: str = ""
    problems: tuple[str, ...] = ()
    result: dict[str, Any] | None = None


Verb = Callable[[dict[str, Any]], Generator[Progress, None, None]]


@dataclass
class Registry:
    """The verbs that can run as jobs, and the sweeps that run each minute, of one app."""

    verbs: dict[str, tuple[str, Verb]]
    whole: set[str]
    sweeps: dict[str, Callable[[], int]]
    huey: Huey


def registry() -> Registry:
    """The registry of the current app."""
    found: Registry = current_app.extensions["jobs"]
    return found


def register(app: Flask, kind: str, label: str, verb: Verb, *, is_whole: bool = False) -> None:
    """Make a generator verb startable as a job of that kind; it must find by itself what is still to do. One that is
    whole is not cancelled here: half of it would be wrong, so those who started it say whether it may be taken back.
    """
    app.extensions["jobs"].verbs[kind] = (label, verb)
    if is_whole:
        app.extensions["jobs"].whole.add(kind)


def may_cancel(job: Job) -> bool:
    """Whether the job may be stopped on its own page."""
    return job.is_open and job.kind not in registry().whole


def register_sweep(app: Flask, name: str, sweep: Callable[[], int]) -> None:
    """Run the sweep every minute; it returns how many things it did and opens its own transactions."""
    app.extensions["jobs"].sweeps[name] = sweep


def start(kind: str, label: str = "", **params: Any) -> Job:
    """Queue a job in the present transaction; it starts after the commit, or with the next sweep."""
    known, _ = registry().verbs[kind]
    job = Job(
        kind=kind,
        label=(label or known)[:120],
        params=params,
        created_by=audit.actor().person_id,
        created_at=clock.now(),
        problems=[],
        result={},
    )
    db.session.add(job)
    db.session.flush()
    db.session.info.setdefault(NUDGE, []).append(job.id)
    return job


def nudge() -> None:
    """After a commit: hand the new jobs' ids to Huey, so they start at once."""
    for job_id in db.session().info.pop(NUDGE, []):
        try:
            run_task = current_app.extensions["jobs_task"]
            run_task(job_id)
        except Exception:
            log.exception("job %s waits for the sweep", job_id)


def cancel(job: Job) -> None:
    """Ask a job to stop after its present chunk; what it has finished stays."""
    if not job.is_open:
        raise Refused("这项任务已经结束，不能再取消。")
    if not may_cancel(job):
        raise Refused("这项任务要做就做完，做到一半停下会前后不一，不能在这里取消。")
    job.is_cancel_wanted = True
    audit.record("job.cancel", "job", job.id, job.label)


def stale_ids() -> list[int]:
    """Jobs that wait, or whose worker died."""
    return list(
        db.session.scalars(
            select(Job.id)
            .where(
                or_(
                    Job.status == JobStatus.queued,
                    and_(Job.status == JobStatus.running, Job.leased_until < clock.now()),
                )
            )
            .order_by(Job.id)
        )
    )


def give_up() -> None:
    """Call jobs failed that died with every worker that took them up."""
    lost = select(Job).where(Job.status == JobStatus.running, Job.leased_until < clock.now(), Job.tries >= MAX_TRIES)
    for job in db.session.scalars(lost):
        _end(job, JobStatus.failed, GIVEN_UP)


def run(job_id: int) -> None:
    """Do a job to its end, chunk by chunk, each its own transaction; a job held by another worker is left alone."""
    if not _claim(job_id):
        return
    with transaction(writes=False):
        job = db.session.get_one(Job, job_id)
        kind, params, created_by, label = job.kind, dict(job.params), job.created_by, job.label
    _, verb = registry().verbs[kind]
    with audit.acting_as(created_by, label, f"job:{job_id}"):
        steps = verb(params)
        try:
            while _step(job_id, steps):
                pass
        except Exception as error:
            log.exception("job %s failed", job_id)
            sentence = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
            with transaction():
                job = db.session.get_one(Job, job_id)
                _end(job, JobStatus.failed, sentence)
        finally:
            steps.close()


def _claim(job_id: int) -> bool:
    now = clock.now()
    with transaction():
        taken = db.session.execute(
            update(Job)
            .where(
                Job.id == job_id,
                Job.tries < MAX_TRIES,
                or_(Job.status == JobStatus.queued, and_(Job.status == JobStatus.running, Job.leased_until < now)),
            )
            .values(status=JobStatus.running, leased_until=now + LEASE, tries=Job.tries + 1)
        )
        if not taken.rowcount:  # type: ignore[attr-defined]
            return False
        job = db.session.get_one(Job, job_id)
        job.started_at = job.started_at or now
    return True


def _step(job_id: int, steps: Generator[Progress, None, None]) -> bool:
    """One chunk and its progress in one transaction; False at the end."""
    with transaction():
        step = next(steps, None)
        job = db.session.get_one(Job, job_id)
        if step is None:
            job.done = job.total
            _end(job, JobStatus.done, job.note)
            return False
        job.done, job.total = step.done, step.total
        job.note = (step.note or job.note)[:300]
        if step.problems:
            job.problems = [*job.problems, *step.problems][:500]
        if step.result is not None:
            job.result = step.result
        job.leased_until = clock.now() + LEASE
        if job.is_cancel_wanted:
            _end(job, JobStatus.cancelled, job.note)
            return False
    return True


def _end(job: Job, status: JobStatus, note: str) -> None:
    job.status, job.note, job.finished_at = status, note[:300], clock.now()
    ended.send(job)


def sweep() -> dict[str, int]:
    """Take up stale jobs and run every registered sweep; one that fails does not stop the others."""
    done: dict[str, int] = {}
    with transaction():
        give_up()
        waiting = stale_ids()
    for job_id in waiting:
        run(job_id)
    done["jobs"] = len(waiting)
    for name, function in registry().sweeps.items():
        try:
            done[name] = function()
        except Exception:
            log.exception("sweep %s failed", name)
            done[name] = -1
    return done


def _make_huey(settings: Settings) -> Huey:
    if settings.testing:
        return MemoryHuey("lms", results=False)
    if settings.jobs_storage.startswith("postgres"):
        return PostgresHuey("lms", results=False, dsn=settings.jobs_storage)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    name = settings.jobs_storage.removeprefix("sqlite:///") or str(settings.data_dir / "jobs.db")
    return SqliteHuey("lms", results=False, filename=name, fsync=True)


def init_app(app: Flask, settings: Settings) -> None:
    """Make the queue of this app; no worker starts here."""
    huey = _make_huey(settings)
    app.extensions["jobs"] = Registry({}, set(), {}, huey)

    def run_in_app(job_id: int) -> None:
        with app.app_context():
            run(job_id)

    def sweep_in_app() -> None:
        with app.app_context():
            sweep()

    app.extensions["jobs_task"] = huey.task(name="run_job")(run_in_app)
    huey.periodic_task(crontab(minute="*"), name="sweep")(sweep_in_app)


def start_workers(app: Flask, workers: int) -> Any:
    """Start consumer threads in this process (bin/serve, bin/lms jobs work); returns the consumer to stop."""
    consumer = app.extensions["jobs"].huey.create_consumer(
        workers=workers, worker_type="thread", check_worker_health=True
    )
    consumer._set_signal_handlers = lambda: None  # noqa: SLF001 - signals belong to the server
    consumer.start()
    with app.app_context():
        with transaction(writes=False):
            waiting = stale_ids()
        for job_id in waiting:
            app.extensions["jobs_task"](job_id)
    return consumer
