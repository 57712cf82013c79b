"""Jobs: progress, cancel, failure with its sentence, and taking up what a killed worker left."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from lms import clock, jobs
from lms.db import db, transaction
from lms.errors import Refused
from lms.jobs import Job, JobStatus, Progress
from lms.mail import OutboxMail, send_later

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("context")


def written() -> int:
    return len(list(db.session.scalars(select(OutboxMail))))


def write_five(params):
    """Finds by itself what is still to do, as every job must."""
    while (done := written()) < 5:
        if params.get("stop_at") == done:
            raise Refused("第 {n} 行看不懂，前面的都已保留。", n=done + 1)
        send_later(f"{done}@example.test", "x", "y")
        db.session.flush()
        yield Progress(done + 1, 5, f"已写 {done + 1} 封")


@pytest.fixture
def registered(app):
    verbs = app.extensions["jobs"].verbs
    jobs.register(app, "write_five", "写五封", write_five)
    yield
    del verbs["write_five"]


@pytest.fixture
def job(registered):
    def make(**params) -> Job:
        with transaction():
            return jobs.start("write_five", **params)

    return make


def test_a_job_runs_to_its_end_and_tells_how_far_it_is(job):
    found = job()
    jobs.run(found.id)
    assert (found.status, found.done, found.total, found.percent) == (JobStatus.done, 5, 5, 100)
    assert found.note == "已写 5 封"
    assert written() == 5


def test_a_job_that_refuses_keeps_what_was_done_and_says_why(job):
    found = job(stop_at=2)
    jobs.run(found.id)
    assert found.status == JobStatus.failed
    assert found.note == "第 3 行看不懂，前面的都已保留。"
    assert written() == 2


def test_a_job_asked_to_stop_stops_after_its_chunk(job):
    found = job()
    with transaction():
        jobs.cancel(found)
    jobs.run(found.id)
    assert found.status == JobStatus.cancelled
    assert written() == 1
    with pytest.raises(Refused):
        jobs.cancel(found)


def test_a_finished_job_is_not_run_again(job):
    found = job()
    jobs.run(found.id)
    jobs.run(found.id)
    assert written() == 5


def test_a_job_whose_worker_died_is_taken_up_where_it_stopped(job):
    found = job()
    with clock.frozen(NOW):
        assert jobs._claim(found.id)
        steps = write_five({})
        assert jobs._step(found.id, steps)
        assert jobs._step(found.id, steps)
        steps.close()  # the process is gone; the row still says running
        assert jobs.stale_ids() == []
    with clock.frozen(NOW + jobs.LEASE + timedelta(seconds=1)):
        assert jobs.stale_ids() == [found.id]
        assert jobs.sweep()["jobs"] == 1
    assert found.status == JobStatus.done
    assert written() == 5


def test_a_job_that_another_worker_holds_is_left_alone(job):
    found = job()
    with clock.frozen(NOW):
        assert jobs._claim(found.id)
        jobs.run(found.id)
    assert written() == 0


def test_a_job_that_keeps_dying_is_given_up(job):
    found = job()
    for n in range(jobs.MAX_TRIES):
        with clock.frozen(NOW + n * timedelta(hours=1)):
            assert jobs._claim(found.id)
    with clock.frozen(NOW + timedelta(days=1)):
        jobs.sweep()
        assert jobs.stale_ids() == []
    assert found.status == JobStatus.failed
    assert written() == 0


def test_a_sweep_that_fails_does_not_stop_the_others(app):
    calls = []
    sweeps = app.extensions["jobs"].sweeps
    jobs.register_sweep(app, "broken", lambda: 1 // 0)
    jobs.register_sweep(app, "after", lambda: calls.append(1) or 1)
    try:
        done = jobs.sweep()
    finally:
        del sweeps["broken"], sweeps["after"]
    assert done["broken"] == -1
    assert done["after"] == 1
    assert calls == [1]
