"""The pages of jobs: one's own only, a cancel that keeps what is done, progress without JavaScript."""

import pytest
from sqlalchemy import select

from lms import audit, clock, jobs
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.jobs import Job, JobStatus
from tests import factories

HTML = {"Accept": "text/html"}
REFRESH = '<meta http-equiv="refresh"'


@pytest.fixture
def people(app):
    """A trainer, another trainer, and the system administrator, by id."""
    with app.app_context(), transaction():
        return {
            "zhou": factories.person("周敏", roles=["trainer"]).id,
            "wu": factories.person("吴迪", roles=["trainer"]).id,
            "root": factories.person("赵根", roles=["system_admin"]).id,
        }


@pytest.fixture
def browser(app, people):
    def of(name):
        client = app.test_client()
        factories.sign_in(client, people[name])
        return client

    return of


@pytest.fixture
def job(app, people):
    def make(owner="zhou", **values) -> int:
        with app.app_context(), transaction():
            given = {
                "kind": "import", "label": "导入花名册", "params": {}, "problems": [], "result": {},
                "created_by": people[owner], "created_at": clock.now(), **values,
            }  # fmt: skip
            row = Job(**given)
            db.session.add(row)
            db.session.flush()
            return row.id

    return make


class TestWhose:
    def test_the_list_holds_ones_own(self, browser, job):
        job("zhou", label="我的导入")
        job("wu", label="别人的导入")
        text = browser("zhou").get("/jobs").text
        assert "我的导入" in text
        assert "别人的导入" not in text

    def test_the_system_administrator_sees_all(self, browser, job):
        job("zhou", label="我的导入")
        job("wu", label="别人的导入")
        text = browser("root").get("/jobs").text
        assert "我的导入" in text
        assert "别人的导入" in text
        assert "全部人的任务" in text

    def test_anothers_job_is_not_there(self, app, browser, job):
        theirs = job("wu")
        assert browser("zhou").get(f"/jobs/{theirs}").status_code == 404
        assert browser("zhou").post(f"/jobs/{theirs}/cancellation").status_code == 404
        with app.app_context():
            assert not db.session.get_one(Job, theirs).is_cancel_wanted

    def test_one_that_never_was_is_404(self, browser):
        assert browser("zhou").get("/jobs/999999").status_code == 404

    def test_none_yet_says_what_would_come_here(self, browser):
        assert "还没有任务。" in browser("zhou").get("/jobs").text

    def test_a_long_list_goes_on_where_it_stopped(self, browser, job):
        made = [job(label=f"第 {n} 项任务") for n in range(35)]
        first = browser("zhou").get("/jobs").text
        assert "第 34 项任务" in first
        assert "第 4 项任务" not in first
        assert f'href="/jobs?before={made[5]}"' in first
        rest = browser("zhou").get(f"/jobs?before={made[5]}").text
        assert "第 4 项任务" in rest
        assert "第 5 项任务" not in rest
        assert "更早的任务" not in rest


class TestCancel:
    def test_it_asks_the_job_to_stop_and_says_that_what_is_done_stays(self, app, browser, job):
        mine = job(status=JobStatus.running, done=2, total=5)
        client = browser("zhou")
        answer = client.post(f"/jobs/{mine}/cancellation")
        assert (answer.status_code, answer.location) == (303, f"/jobs/{mine}")
        assert "做完的部分会保留" in client.get(answer.location).text
        with app.app_context():
            row = db.session.get_one(Job, mine)
            assert row.is_cancel_wanted
            assert row.status == JobStatus.running  # the worker stops it after its chunk
            assert db.session.scalars(select(AuditLine.verb).where(AuditLine.kind == "job")).all() == ["job.cancel"]

    @pytest.mark.parametrize("status", [JobStatus.done, JobStatus.failed, JobStatus.cancelled])
    def test_one_that_has_ended_cannot_be_stopped(self, browser, job, status):
        mine = job(status=status)
        client = browser("zhou")
        assert f"/jobs/{mine}/cancellation" not in client.get(f"/jobs/{mine}").text
        answer = client.post(f"/jobs/{mine}/cancellation", headers=HTML)
        assert answer.status_code == 409
        assert "这项任务已经结束，不能再取消。" in answer.text

    @pytest.mark.parametrize("status", [JobStatus.queued, JobStatus.running])
    def test_an_open_one_offers_it_as_a_plain_form(self, browser, job, status):
        mine = job(status=status)
        assert f'action="/jobs/{mine}/cancellation"' in browser("zhou").get(f"/jobs/{mine}").text

    def test_the_administrator_may_stop_anybodys(self, browser, job):
        assert browser("root").post(f"/jobs/{job('wu')}/cancellation").status_code == 303


class TestProgress:
    @pytest.mark.parametrize(
        ("status", "again"),
        [
            (JobStatus.queued, True),
            (JobStatus.running, True),
            (JobStatus.done, False),
            (JobStatus.failed, False),
            (JobStatus.cancelled, False),
        ],
    )
    def test_an_open_job_is_asked_for_again_without_javascript(self, browser, job, status, again):
        text = browser("zhou").get(f"/jobs/{job(status=status)}").text
        assert (REFRESH in text) == again

    def test_how_far_it_is_and_which_rows_were_odd(self, browser, job):
        mine = job(status=JobStatus.running, done=120, total=482, problems=["第 7 行：<工号> 重复"])
        text = browser("zhou").get(f"/jobs/{mine}").text
        assert "120 / 482" in text
        assert "第 7 行：&lt;工号&gt; 重复" in text
        assert "有问题的行" in text

    def test_a_failed_one_tells_its_sentence(self, browser, job):
        mine = job(status=JobStatus.failed, note="第 3 行看不懂，前面的都已保留。")
        assert "第 3 行看不懂" in browser("zhou").get(f"/jobs/{mine}").text

    def test_a_fragment_is_the_card_alone(self, browser, job):
        text = browser("zhou").get(f"/jobs/{job()}", headers={"HX-Request": "true"}).text
        assert "导入花名册" in text
        assert "<html" not in text

    def test_a_reference_leads_to_its_page(self, app, browser, job):
        mine = job()
        with app.test_request_context():
            from_link = app.extensions["links"]["job"][1](str(mine))
            assert (from_link.label, from_link.href) == ("导入花名册", f"/jobs/{mine}")
            assert app.extensions["links"]["job"][1]("999999") is None


def test_the_one_who_started_it_owns_it(app, people):
    jobs.register(app, "t_nothing", "什么也不做", lambda params: iter(()))
    try:
        with app.app_context(), transaction(), audit.acting_as(people["wu"], "吴迪", "test"):
            assert jobs.start("t_nothing").created_by == people["wu"]
    finally:
        del app.extensions["jobs"].verbs["t_nothing"]


def test_the_administrator_is_told_whose_the_file_is_instead_of_being_offered_it(browser, job):
    number = job(status=JobStatus.done, result={"file": "0" * 64, "name": "证书.zip", "bytes": 10})
    assert f"/jobs/{number}/file" in browser("zhou").get(f"/jobs/{number}").text
    seen = browser("root").get(f"/jobs/{number}").text
    assert f"/jobs/{number}/file" not in seen
    assert "只有提交的人可以下载" in seen


def test_one_that_is_done_whole_or_not_at_all_offers_no_cancel(app, browser, job):
    with app.app_context():
        kind = next(iter(jobs.registry().whole))
    number = job(kind=kind, status=JobStatus.running)
    for path in ("/jobs", f"/jobs/{number}"):
        assert f"/jobs/{number}/cancellation" not in browser("zhou").get(path).text
