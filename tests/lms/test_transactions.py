"""A view that returns commits, a view that raises rolls back; readers never hold the write lock."""

import threading
import time

import pytest
from flask import request
from sqlalchemy import create_engine, func, select

from lms import audit, jobs
from lms.audit import AuditLine
from lms.db import db, reading, transaction
from lms.errors import Refused
from lms.jobs import Job, Progress
from lms.organisation.models import Unit, UnitKind, Vendor
from lms.web.guards import public, writes
from tests import databases, factories
from wsgi import create_app

WRITERS, ROOM = 12, 3
SOON_SECONDS = 4


def add_unit(code: str) -> None:
    db.session.add(Unit(code=code, name="受理一组", kind=UnitKind.team))


def keep() -> str:
    add_unit(request.form["code"])
    audit.record("unit.keep", "unit", request.form["code"])
    return "kept"  # not flushed: the commit itself meets the constraint


def refuse() -> str:
    add_unit("R1")
    audit.record("unit.refuse", "unit", "R1")
    db.session.flush()
    raise Refused("名额已满。")


def fall() -> str:
    add_unit("F1")
    db.session.flush()
    raise ZeroDivisionError


def look() -> str:
    return str(units())


def scribble() -> str:
    add_unit("S1")
    audit.record("unit.scribble", "unit", "S1")
    db.session.flush()
    return "not kept"


def note() -> str:
    add_unit("N1")
    return "kept"


def join() -> str:
    """At most three: the row of the thing that is full is locked, then counted."""
    db.session.scalars(select(Vendor).with_for_update()).one()
    if units() >= ROOM:
        raise Refused("名额已满。")
    add_unit(request.form["code"])
    return "in"


def begin_job() -> str:
    jobs.start("quick")
    if request.form.get("fall"):
        raise Refused("没有开始。")
    return "begun"


def quick(params):
    yield Progress(1, 1)


VIEWS = {
    "/t/keep": ("POST", keep),
    "/t/refuse": ("POST", refuse),
    "/t/fall": ("POST", fall),
    "/t/look": ("GET", look),
    "/t/scribble": ("GET", scribble),
    "/t/note": ("GET", writes(note)),
    "/t/join": ("POST", join),
    "/t/job": ("POST", begin_job),
}


def units() -> int:
    return db.session.scalar(select(func.count()).select_from(Unit)) or 0


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An app on a database of its own, with a few views that write."""
    data = tmp_path_factory.mktemp("transactions")
    with databases.own(data) as url:
        app = create_app(testing=True, data_dir=data, database_url=url, secret_key="t" * 40)
        for address, (method, view) in VIEWS.items():
            app.add_url_rule(address, view.__name__, public(view), methods=[method])
        jobs.register(app, "quick", "快", quick)
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def bare(site):
    """The site with no units, one vendor, inside an app context."""
    with site.app_context():
        with transaction():
            for model in (Unit, Vendor, AuditLine, audit.AuditHead, Job):
                db.session.query(model).delete()
            db.session.add(Vendor(code="V1", name="云州信服有限公司"))
        yield site


@pytest.fixture
def browser(bare):
    return bare.test_client()


def kept() -> list[str]:
    """The codes that another connection sees."""
    with db.engine.connect() as connection:
        return list(connection.scalars(select(Unit.code).order_by(Unit.code)))


def lines() -> list[str]:
    with db.engine.connect() as connection:
        return list(connection.scalars(select(AuditLine.verb)))


def beside(site, step) -> float:
    """Do a step in another thread with its own session; the seconds it took."""
    faults = []

    def go():
        with site.app_context():
            try:
                step()
            except Exception as error:  # noqa: BLE001 - told below
                faults.append(error)

    started = time.monotonic()
    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    assert faults == []
    return time.monotonic() - started


@pytest.mark.own_database
class TestViews:
    def test_one_that_returns_has_committed_rows_and_audit_together(self, browser):
        assert browser.post("/t/keep", data={"code": "K1"}).status_code == 200
        assert (kept(), lines()) == (["K1"], ["unit.keep"])

    def test_one_that_refuses_leaves_neither_row_nor_audit_line(self, browser):
        answer = browser.post("/t/refuse")
        assert answer.status_code == 409
        assert "名额已满。" in answer.text
        assert (kept(), lines()) == ([], [])

    def test_audit_of_a_refused_request_does_not_ride_on_the_next(self, browser):
        browser.post("/t/refuse")
        browser.post("/t/keep", data={"code": "K1"})
        assert lines() == ["unit.keep"]

    def test_one_that_fails_leaves_nothing(self, browser):
        with pytest.raises(ZeroDivisionError):
            browser.post("/t/fall")
        assert kept() == []

    def test_a_duplicate_that_only_the_commit_meets_is_409_and_not_500(self, browser):
        browser.post("/t/keep", data={"code": "K1"})
        answer = browser.post("/t/keep", data={"code": "K1"})
        assert answer.status_code == 409
        assert "同样的内容刚刚已经保存过" in answer.text
        assert (kept(), lines()) == (["K1"], ["unit.keep"])

    def test_what_a_get_writes_without_saying_so_is_not_kept(self, browser):
        browser.get("/t/scribble")
        assert (kept(), lines()) == ([], [])

    def test_a_get_marked_writes_is_kept(self, browser):
        assert browser.get("/t/note").status_code == 200
        assert kept() == ["N1"]

    def test_a_get_does_not_wait_for_a_writer(self, bare, browser):
        with transaction():
            add_unit("W1")
            db.session.flush()  # the write lock is ours
            assert beside(bare, lambda: bare.test_client().get("/t/look")) < SOON_SECONDS
            assert beside(bare, lambda: bare.test_client().get("/healthz")) < SOON_SECONDS

    def test_of_twelve_at_once_exactly_as_many_get_in_as_the_rule_allows(self, bare):
        gate = threading.Barrier(WRITERS)
        answers = []

        def try_it(n):
            client = bare.test_client()
            gate.wait()
            answers.append(client.post("/t/join", data={"code": f"J{n}"}).status_code)

        threads = [threading.Thread(target=try_it, args=(n,)) for n in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [200] * ROOM + [409] * (WRITERS - ROOM)
        assert len(kept()) == ROOM


@pytest.mark.own_database
class TestNudging:
    @pytest.fixture
    def nudged(self, bare, monkeypatch):
        """For each nudge, whether another connection already saw the job."""
        seen = []

        def note_it(job_id):
            with db.engine.connect() as connection:
                seen.append(connection.scalar(select(func.count()).where(Job.id == job_id)))

        monkeypatch.setitem(bare.extensions, "jobs_task", note_it)
        return seen

    def test_workers_hear_of_a_job_only_when_it_is_committed(self, browser, nudged):
        assert browser.post("/t/job").status_code == 200
        assert nudged == [1]

    def test_a_request_that_rolls_back_nudges_nobody(self, browser, nudged):
        browser.post("/t/job", data={"fall": "1"})
        browser.post("/t/keep", data={"code": "K1"})
        assert nudged == []

    def test_a_queue_that_is_away_does_not_spoil_the_answer(self, bare, browser, monkeypatch):
        def away(job_id):
            raise OSError("queue is away")

        monkeypatch.setitem(bare.extensions, "jobs_task", away)
        assert browser.post("/t/job").status_code == 200
        assert len(jobs.stale_ids()) == 1  # the sweep finds it
        db.session.rollback()


@pytest.mark.own_database
class TestReading:
    def test_its_snapshot_ends_with_the_block(self, bare):
        with reading():
            assert units() == 0
        assert not db.session().in_transaction()
        beside(bare, lambda: self.write("B1"))
        with reading():
            assert units() == 1

    def test_it_does_not_hold_the_write_lock(self, bare):
        with reading():
            units()
            assert beside(bare, lambda: self.write("B1")) < SOON_SECONDS
        assert kept() == ["B1"]

    def test_inside_an_open_transaction_it_ends_nothing(self, bare):
        with transaction():
            add_unit("B1")
            with reading():
                assert units() == 1
            add_unit("B2")
        assert kept() == ["B1", "B2"]

    def test_a_write_after_it_takes_the_lock_at_once(self, bare):
        """SQLite: a snapshot that turned into a writer would fail once somebody else had written."""
        with reading():
            units()
            beside(bare, lambda: self.write("B1"))
        with transaction():
            assert units() == 1
            add_unit("B2")
        assert kept() == ["B1", "B2"]

    @staticmethod
    def write(code: str) -> None:
        with transaction():
            add_unit(code)


@pytest.mark.own_database
class TestTransaction:
    def test_a_block_that_raises_forgets_what_it_noted(self, bare):
        with pytest.raises(RuntimeError), transaction():
            add_unit("T1")
            audit.record("never", "unit", "T1")
            raise RuntimeError
        assert db.session().info == {}
        assert (kept(), lines()) == ([], [])

    def test_a_hook_that_fails_rolls_the_whole_back(self, bare, monkeypatch):
        def full(session):
            raise OSError(28, "No space left")

        monkeypatch.setattr("lms.db._before_commit", [full])
        with pytest.raises(OSError, match="No space"), transaction():
            add_unit("T1")
        assert kept() == []

    def test_foreign_keys_hold(self, bare):
        with pytest.raises(Exception, match="(?i)foreign key"), transaction():
            db.session.add(Unit(code="T1", name="x", kind=UnitKind.team, line_parent_id=987654))
        assert kept() == []


class TestTheTestsThemselves:
    """What other tests commit ends in a savepoint."""

    @pytest.mark.parametrize("turn", [1, 2])
    def test_a_commit_is_gone_for_the_next_test(self, context, turn):
        with transaction():
            factories.unit("LEAK")
        with transaction():
            db.session.add(Vendor(code="LEAK", name=f"第 {turn} 次"))  # unique: a leak would fail the second turn
        assert db.session.scalar(select(func.count()).select_from(Vendor).where(Vendor.code == "LEAK")) == 1

    def test_another_connection_never_sees_it(self, app, context):
        with transaction():
            factories.unit("LEAK")
        engine = create_engine(app.config["LMS_SETTINGS"].database)
        with engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(Unit)) == 0
        engine.dispose()

    def test_a_rolled_back_block_keeps_what_was_committed_before(self, context):
        with transaction():
            factories.unit("KEPT")
        with pytest.raises(RuntimeError), transaction():
            factories.unit("LOST")
            raise RuntimeError
        assert list(db.session.scalars(select(Unit.code))) == ["KEPT"]
