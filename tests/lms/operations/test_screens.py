"""The system administrator's screens and the public statements."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock, jobs, mail
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.jobs import Job, JobStatus
from lms.mail import MAX_TRIES, MailState, OutboxMail
from tests import factories

SAME = {"Sec-Fetch-Site": "same-origin"}
SCREENS = ["/operations", "/operations/mail", "/operations/backups", "/operations/settings"]
pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def signed_in(app):
    def of(*roles):
        with transaction():
            someone = factories.person("赵根", roles=roles)
        client = app.test_client()
        factories.sign_in(client, someone)
        return client

    return of


@pytest.fixture
def root(signed_in):
    return signed_in("system_admin")


@pytest.fixture
def mails():
    with transaction():
        made = [mail.send_later(f"{n}@example.test", f"主题{n}", "正文不公开") for n in range(4)]
        db.session.flush()
        made[0].sent_at = clock.now()
        made[1].tries, made[1].last_error = 2, "ConnectionRefusedError: 111"
        made[2].tries = MAX_TRIES
    return [one.id for one in made]


@pytest.mark.parametrize("path", SCREENS)
@pytest.mark.parametrize("role", ["learner", "hr", "security_admin", "audit_admin", "trainer"])
def test_the_screens_are_the_system_administrators(signed_in, role, path):
    assert signed_in(role).get(path).status_code == 403


class TestHealthPage:
    def test_what_is_red_stands_first_with_how_to_mend_it(self, root):
        with transaction():
            mail.send_later("a@example.test", "x", "y").tries = 1
        page = root.get("/operations").text
        assert page.index("发送受阻的邮件 1 封") < page.index("数据库可用")
        assert "核对 LMS_SMTP_ 开头的设置" in page


class TestOutbox:
    def test_each_state_has_its_count_and_its_list(self, root, mails):
        assert mail.counts() == {
            MailState.waiting: 1, MailState.stuck: 1, MailState.given_up: 1, MailState.sent: 1,
        }  # fmt: skip
        page = root.get("/operations/mail?state=stuck").text
        assert "主题1" in page
        assert "ConnectionRefusedError" in page
        assert "主题0" not in page

    def test_the_text_of_a_mail_is_not_shown(self, root, mails):
        assert "正文不公开" not in root.get("/operations/mail").text

    def test_one_that_was_given_up_gets_all_its_tries_again(self, root, mails):
        assert root.post(f"/operations/mail/{mails[2]}/retry", headers=SAME).status_code == 303
        again = db.session.get_one(OutboxMail, mails[2])
        assert (again.tries, again.state) == (0, MailState.waiting)
        assert again in mail.due()
        assert db.session.scalar(select(AuditLine.verb).order_by(AuditLine.id.desc())) == "mail.retry"

    def test_one_that_has_left_is_not_sent_twice(self, root, mails):
        answer = root.post(f"/operations/mail/{mails[0]}/retry", headers=SAME)
        assert answer.status_code == 409
        assert "已经发出" in answer.text

    def test_a_long_outbox_costs_no_more_queries(self, root, mails, count_queries):
        root.get("/operations/mail")
        first = len(count_queries)
        with transaction():
            for n in range(60):
                mail.send_later(f"more{n}@example.test", "更多", "x")
        count_queries.clear()
        page = root.get("/operations/mail")
        assert len(count_queries) <= first
        assert "更早的" in page.text


class TestBackups:
    def test_a_backup_is_made_listed_and_checked(self, app, root, monkeypatch, tmp_path):
        made = []

        def create(settings, target, revision, say):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"archive")
            made.append(target)
            say("备份完成")
            return target

        monkeypatch.setattr("lms.operations.backup.create", create)
        answer = root.post("/operations/backups", headers=SAME)
        job = db.session.scalars(select(Job)).one()
        assert answer.location == f"/jobs/{job.id}"
        jobs.run(job.id)
        assert (job.status, job.note) == (JobStatus.done, "备份完成")
        name = made[0].name
        assert name in root.get("/operations/backups").text
        root.post("/operations/backups/check", data={"name": name}, headers=SAME)
        check = db.session.scalars(select(Job).order_by(Job.id.desc())).first()
        jobs.run(check.id)
        assert check.status == JobStatus.failed
        assert "不是一份完整的备份" in check.note
        made[0].unlink()

    @pytest.mark.parametrize("name", ["../hotline.db", "nothing.tar.gz", ""])
    def test_only_what_is_listed_can_be_checked(self, root, name):
        assert root.post("/operations/backups/check", data={"name": name}, headers=SAME).status_code == 404
        assert db.session.scalar(select(Job.id)) is None


class TestSettings:
    def test_secrets_and_passwords_are_never_shown(self, app, root, monkeypatch):
        settings = app.config["LMS_SETTINGS"]
        secrets = {"smtp_password": "very-secret-1", "s3_secret": "very-secret-3"}
        changed = replace(settings, jobs_storage="postgresql://lms:very-secret-2@db/jobs", **secrets)
        monkeypatch.setitem(app.config, "LMS_SETTINGS", changed)
        page = root.get("/operations/settings").text
        assert "very-secret" not in page
        assert settings.secret_key not in page
        assert "••••@db/jobs" in page
        assert "LMS_TIME_ZONE" in page


class TestStatements:
    @pytest.mark.parametrize("path", ["/accessibility", "/privacy"])
    def test_everybody_may_read_them(self, client, path):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "所在单位的培训科或人事" in answer.text

    def test_they_stand_at_the_foot_of_the_sign_in_page(self, client):
        with transaction():
            factories.person()
        page = client.get("/login").text
        assert 'href="/privacy"' in page
        assert 'href="/accessibility"' in page


def test_old_mail_is_tried_again_only_when_its_turn_comes(mails):
    stuck = db.session.get_one(OutboxMail, mails[1])
    stuck.next_try_at = clock.now() + timedelta(minutes=4)
    assert stuck not in mail.due()
    mail.retry(stuck)
    assert stuck in mail.due()
