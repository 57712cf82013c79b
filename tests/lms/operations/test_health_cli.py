"""Health, readiness, the command line, and what bin/serve refuses before it starts."""

import dataclasses
import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from lms import audit, clock, demo, fontmaking, jobs, mail
from lms.access.models import Account
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.jobs import Job, JobStatus, Progress
from lms.mail import OutboxMail
from lms.operations import health, migrating, preparing, serving
from lms.organisation.models import Unit
from lms.settings import ROOT, SAMPLE_SECRET, Settings
from tests import databases, factories
from wsgi import create_app


@pytest.fixture
def settings(app, monkeypatch):
    """Change settings of the app for one test."""

    def change(**values) -> Settings:
        changed = dataclasses.replace(app.config["LMS_SETTINGS"], **values)
        monkeypatch.setitem(app.config, "LMS_SETTINGS", changed)
        return changed

    return change


@pytest.fixture
def administrators(app):
    with app.app_context(), transaction():
        factories.person("赵根", roles=["system_admin"])
        factories.person("钱安", roles=["security_admin"])


def checks(client) -> dict[str, dict]:
    return {check["name"]: check for check in client.get("/readyz").json["checks"]}


class TestHealth:
    def test_the_process_answers_without_asking_the_database(self, client, count_queries):
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})
        assert count_queries == []

    def test_ready_says_what_was_looked_at(self, client):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json["status"]) == (200, "ready")
        assert set(checks(client)) == {
            "database", "schema", "administrators", "demo", "jobs", "mail", "clock", "disk", "fonts", "backup",
        }  # fmt: skip
        assert all(check["sentence"] for check in answer.json["checks"])

    @pytest.mark.parametrize(("revision", "words"), [("0000", "数据库结构是 0000"), (None, "数据库结构是 —")])
    def test_an_old_schema_is_503_with_what_to_do(self, app, client, revision, words):
        with app.app_context(), transaction():
            if revision:
                db.session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})
            else:
                db.session.execute(text("DELETE FROM alembic_version"))
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json["status"]) == (503, "not ready")
        assert words in checks(client)["schema"]["sentence"]
        assert "bin/lms db upgrade" in checks(client)["schema"]["todo"]

    def test_a_missing_audit_administrator_is_told_and_does_not_close_the_doors(self, app, client, administrators):
        assert client.get("/readyz").status_code == 200
        found = checks(client)["administrators"]
        assert not found["ok"]
        assert found["sentence"] == "还没有审计管理员"
        with app.app_context(), transaction():
            factories.person("孙核", roles=["audit_admin"])
        assert checks(client)["administrators"]["ok"]

    def test_demo_accounts_close_the_doors_in_production_only(self, app, client, settings):
        with app.app_context(), transaction():
            factories.person()
            db.session.execute(update(Account).values(is_demo=True))
        assert client.get("/readyz").status_code == 200
        settings(env="production")
        assert client.get("/readyz").status_code == 503
        assert checks(client)["demo"]["sentence"].startswith("正式运行的库里有 1 个演示账号")

    def test_a_full_disk_closes_the_doors(self, client, monkeypatch):
        monkeypatch.setattr(health, "MINIMUM_FREE_BYTES", 10**18)
        assert client.get("/readyz").status_code == 503
        assert not checks(client)["disk"]["ok"]

    def test_a_data_folder_that_is_gone_closes_the_doors(self, client, settings, tmp_path):
        settings(data_dir=tmp_path / "gone")
        assert client.get("/readyz").status_code == 503
        assert "数据目录不在" in checks(client)["disk"]["sentence"]
        assert "bin/lms fonts prepare" in checks(client)["fonts"]["todo"]

    def test_mail_that_is_held_up_and_jobs_that_died_are_told(self, app, client):
        with app.app_context(), transaction():
            mail.send_later("a@example.test", "x", "y").tries = 1
            jobs_row(JobStatus.failed)
        assert checks(client)["mail"]["sentence"] == "发送受阻的邮件 1 封，已放弃 0 封"
        assert "LMS_SMTP_" in checks(client)["mail"]["todo"]
        assert checks(client)["jobs"]["sentence"] == "任务：失败 1，等待接手 0，久等未开始 0"

    def test_a_job_that_nobody_takes_up_says_that_no_worker_runs(self, app, client):
        with app.app_context(), transaction():
            jobs_row(JobStatus.queued).created_at -= timedelta(minutes=6)
        found = checks(client)["jobs"]
        assert not found["ok"]
        assert "bin/lms jobs work" in found["todo"]

    def test_a_clock_that_runs_behind_the_audit_trail_closes_the_doors(self, app, client):
        with app.app_context(), transaction():
            audit.record("demo.load", "demo", "x")
        with clock.frozen(clock.now() - timedelta(hours=1)):
            assert client.get("/readyz").status_code == 503
            assert "NTP" in checks(client)["clock"]["todo"]

    def test_no_backup_and_an_old_backup_are_told(self, app, client, settings, tmp_path):
        settings(data_dir=tmp_path)
        (tmp_path / "backups").mkdir()
        assert checks(client)["backup"]["sentence"] == "还没有备份"
        archive = tmp_path / "backups" / "hotline-20260101-000000.tar.gz"
        archive.write_bytes(b"x")
        assert checks(client)["backup"]["ok"]
        with clock.frozen(clock.now() + timedelta(days=3)):
            assert not checks(client)["backup"]["ok"]

    @pytest.mark.own_database
    def test_a_database_that_is_away_is_503_and_not_500(self, tmp_path):
        app = create_app(
            testing=True, data_dir=tmp_path, database_url="postgresql://x@127.0.0.1:9/none?connect_timeout=2"
        )
        answer = app.test_client().get("/readyz")
        assert answer.status_code == 503
        assert answer.json["checks"][0]["sentence"] == "数据库连不上：OperationalError"
        assert app.test_client().get("/healthz").status_code == 200
        with app.app_context():
            db.engine.dispose()


def jobs_row(status: JobStatus, **values) -> Job:
    row = Job(
        kind="t_cli", label="导入花名册", params={}, status=status, problems=[], result={},
        created_at=jobs.clock.now(), **values,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


class TestCommands:
    @pytest.fixture
    def run(self, app):
        def go(*words: str):
            return app.test_cli_runner().invoke(args=list(words))

        return go

    def test_a_sound_audit_chain_is_0(self, app, run):
        with app.app_context():
            for n in range(3):
                with transaction():
                    audit.record("thing.change", "thing", n)
        result = run("audit", "verify")
        assert (result.exit_code, result.output) == (0, "审计链完好，共 3 行。\n")

    def test_a_broken_chain_is_1_and_names_the_line(self, app, run):
        with app.app_context():
            for n in range(3):
                with transaction():
                    audit.record("thing.change", "thing", n)
            second = db.session.scalars(select(AuditLine.id).order_by(AuditLine.id)).all()[1]
            with transaction():
                db.session.execute(update(AuditLine).where(AuditLine.id == second).values(label="别的"))
        result = run("audit", "verify")
        assert result.exit_code == 1
        assert f"审计链在第 {second} 行断开" in result.output
        assert "之前 1 行完好" in result.output

    def test_jobs_are_listed_newest_first(self, app, run):
        with app.app_context(), transaction():
            jobs_row(JobStatus.done, note="都好")
            jobs_row(JobStatus.running, done=1, total=4)
        lines = run("jobs", "list").output.splitlines()
        assert "running" in lines[0]
        assert "25%" in lines[0]
        assert lines[1].split()[1:] == ["done", "100%", "导入花名册", "都好"]

    def test_a_sweep_does_the_waiting_jobs_and_mail(self, app, run):
        def nothing(params):
            yield Progress(1, 1)

        jobs.register(app, "t_cli", "命令行", nothing)
        with app.app_context(), transaction():
            waiting = jobs.start("t_cli").id
            mail.send_later("a@example.test", "x", "y")
        try:
            result = run("jobs", "sweep")
        finally:
            del app.extensions["jobs"].verbs["t_cli"]
        assert result.exit_code == 0
        assert "jobs: 1" in result.output
        assert "mail: 1" in result.output
        with app.app_context():
            assert db.session.get_one(Job, waiting).status == JobStatus.done

    def test_a_sweep_in_which_something_failed_is_1(self, app, run):
        jobs.register_sweep(app, "t_broken", lambda: 1 // 0)
        try:
            result = run("jobs", "sweep")
        finally:
            del app.extensions["jobs"].sweeps["t_broken"]
        assert result.exit_code == 1
        assert "t_broken: 出错，见日志" in result.output

    def test_mail_that_goes_out_is_0(self, app, run, settings, tmp_path):
        settings(data_dir=tmp_path)
        with app.app_context(), transaction():
            mail.send_later("a@example.test", "x", "y")
        result = run("mail", "deliver")
        assert result.exit_code == 0
        assert "投递完毕：1 封已投递，0 封未成功。发件箱里还有 0 封" in result.output
        assert len(list((tmp_path / "mail").glob("*.eml"))) == 1

    def test_all_that_is_due_goes_out_however_many(self, app, run, settings, tmp_path):
        settings(data_dir=tmp_path)
        with app.app_context(), transaction():
            for n in range(120):
                mail.send_later(f"a{n}@example.test", "x", "y")
        assert "120 封已投递" in run("mail", "deliver").output
        assert len(list((tmp_path / "mail").glob("*.eml"))) == 120

    def test_mail_that_does_not_is_1_and_stays(self, app, run, settings):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            settings(smtp_host="127.0.0.1", smtp_port=probe.getsockname()[1])  # bound, but nobody listens
            with app.app_context(), transaction():
                mail.send_later("a@example.test", "x", "y")
            result = run("mail", "deliver")
        assert result.exit_code == 1
        assert "未成功 1 封" in result.output
        with app.app_context():
            assert db.session.scalars(select(OutboxMail)).one().sent_at is None

    def test_the_demo_is_not_loaded_over_people(self, app, run):
        with app.app_context(), transaction():
            factories.person()
        result = run("demo", "load")
        assert result.exit_code == 1
        assert "库里已经有人员，没有载入演示数据。" in result.output

    def test_the_demo_is_not_loaded_in_production(self, app, run, settings):
        settings(env="production")
        result = run("demo", "load")
        assert (result.exit_code, result.output) == (1, "正式运行不能载入演示数据。\n")

    def test_a_demo_that_breaks_off_leaves_nothing(self, app, run, monkeypatch):
        def half(made: demo.Demo):
            factories.unit("HALF")
            yield "一半"
            raise RuntimeError("power cut")

        monkeypatch.setitem(app.extensions, "demo_shares", [("half", half)])
        assert run("demo", "load").exit_code == 1
        with app.app_context():
            assert db.session.scalar(select(Unit.id).where(Unit.code == "HALF")) is None


@pytest.mark.own_database
class TestCommandsOnAnEmptySystem:
    """Upgrade and backup need a database file of their own."""

    @pytest.fixture(params=[True])
    def site(self, tmp_path, request):
        """An application of its own, with its tables unless a test says otherwise."""
        with databases.own(tmp_path / "data", is_migrated=request.param) as url:
            app = create_app(testing=True, data_dir=tmp_path / "data", database_url=url, secret_key="t" * 40)
            yield app
            with app.app_context():
                db.engine.dispose()

    @pytest.fixture
    def run(self, site):
        def go(*words: object):
            return site.test_cli_runner().invoke(args=[str(word) for word in words])

        return go

    @pytest.mark.parametrize("site", [False], indirect=True)
    def test_upgrading_twice_says_that_it_is_done(self, site, run):
        first, second = run("db", "upgrade"), run("db", "upgrade")
        assert (first.exit_code, second.exit_code) == (0, 0)
        assert f"数据库结构：空 → {migrating.newest()}。" in first.output
        assert second.output == "数据库已经是最新结构。\n"

    def test_a_backup_is_made_verified_and_restored(self, site, run, tmp_path):
        with site.app_context(), transaction():
            factories.unit("KEPT")
        target = tmp_path / "b.tar.gz"
        made = run("backup", "create", target)
        assert (made.exit_code, "备份完成" in made.output) == (0, True)
        checked = run("backup", "verify", target)
        assert checked.exit_code == 0
        assert f"结构 {migrating.newest()}" in checked.output
        with site.app_context(), transaction():
            db.session.query(Unit).delete()
        refused = run("backup", "restore", target)
        assert refused.exit_code == 1
        assert "--replace" in refused.output
        with site.app_context():
            assert units() == []
        restored = run("backup", "restore", target, "--replace")
        assert restored.exit_code == 0, restored.output
        with site.app_context():
            assert units() == ["KEPT"]
        assert run("audit", "verify").exit_code == 0

    def test_a_backup_without_a_name_goes_to_the_data_folder(self, site, run, tmp_path):
        assert run("backup", "create").exit_code == 0
        assert len(list((tmp_path / "data" / "backups").glob("hotline-*.tar.gz"))) == 1

    @pytest.mark.parametrize("verb", ["verify", "restore"])
    def test_what_is_no_backup_is_1(self, run, tmp_path, verb):
        odd = tmp_path / "odd.tar.gz"
        odd.write_bytes(b"not an archive")
        result = run("backup", verb, odd)
        assert result.exit_code == 1
        assert "不是一份完整的备份" in result.output
        assert run("backup", "verify", tmp_path / "none").exit_code == 1

    def test_an_existing_backup_is_not_overwritten(self, run, tmp_path):
        target = tmp_path / "b.tar.gz"
        target.write_bytes(b"precious")
        assert run("backup", "create", target).exit_code == 1
        assert target.read_bytes() == b"precious"


def units() -> list[str]:
    found = list(db.session.scalars(select(Unit.code)))
    db.session.remove()
    return found


@pytest.fixture
def surroundings(tmp_path, monkeypatch):
    """An environment without LMS_* but a data folder of its own."""
    for name in list(os.environ):
        if name.startswith("LMS_"):
            monkeypatch.delenv(name)
    # main() sets both; monkeypatch takes them away again afterwards
    monkeypatch.setenv("LMS_PUBLIC_URL", "")
    monkeypatch.setenv("LMS_SECRET_KEY", "")
    monkeypatch.delenv("LMS_PUBLIC_URL")
    monkeypatch.delenv("LMS_SECRET_KEY")
    monkeypatch.setenv("LMS_DATA_DIR", str(tmp_path / "data"))
    return monkeypatch


@pytest.mark.own_database
class TestServing:
    @pytest.fixture
    def calls(self, surroundings):
        """What would be run, instead of running it; the server that would be started."""
        seen = {"prepared": [], "served": []}

        def prepare(command, **_):
            seen["prepared"].append(command)
            return subprocess.CompletedProcess(command, seen.get("code", 0))

        class Server:
            def __init__(self, target, **options):
                seen["served"].append((target, options))

            def serve(self, target_loader):
                seen["loader"] = target_loader

        surroundings.setattr(serving.subprocess, "run", prepare)
        surroundings.setattr(serving, "Granian", Server)
        return seen

    @staticmethod
    def free_port() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def test_without_options_it_listens_on_this_machine_only(self):
        wanted = serving.options([])
        assert (wanted.host, wanted.port, wanted.empty) == ("127.0.0.1", 8000, False)

    def test_options(self):
        wanted = serving.options(["--host", "0.0.0.0", "--port", "9001", "--empty"])
        assert (wanted.host, wanted.port, wanted.empty) == ("0.0.0.0", 9001, True)

    def test_it_prepares_first_and_then_serves(self, calls):
        port = self.free_port()
        assert serving.main(["--port", str(port), "--empty"]) == 0
        (command,) = calls["prepared"]
        assert command[-3:] == ["--address", f"http://127.0.0.1:{port}", "--empty"]
        ((target, options),) = calls["served"]
        assert (target, options["address"], options["port"], options["workers"]) == ("wsgi:app", "127.0.0.1", port, 1)
        assert calls["loader"] is serving.load_with_jobs

    def test_a_preparation_that_fails_ends_it_with_its_code(self, calls):
        calls["code"] = 7
        assert serving.main(["--port", str(self.free_port())]) == 7
        assert calls["served"] == []

    def test_links_use_the_address_served_unless_it_is_set(self, calls, surroundings):
        port = self.free_port()
        serving.main(["--port", str(port)])
        assert os.environ["LMS_PUBLIC_URL"] == f"http://127.0.0.1:{port}"
        surroundings.setenv("LMS_PUBLIC_URL", "https://learn.example.test")
        serving.main(["--port", str(port)])
        assert os.environ["LMS_PUBLIC_URL"] == "https://learn.example.test"

    def test_trying_out_gets_a_secret_of_its_own_and_keeps_it(self, calls, surroundings, tmp_path):
        serving.main(["--port", str(self.free_port())])
        first = os.environ["LMS_SECRET_KEY"]
        assert len(first) >= 32
        assert first != SAMPLE_SECRET
        assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o777 == 0o600
        surroundings.delenv("LMS_SECRET_KEY")
        serving.main(["--port", str(self.free_port())])
        assert os.environ["LMS_SECRET_KEY"] == first

    def test_a_busy_port_is_refused_with_another_one(self, calls, capsys):
        with socket.socket() as busy:
            busy.bind(("127.0.0.1", 0))
            busy.listen()
            port = busy.getsockname()[1]
            assert serving.main(["--port", str(port)]) == 1
        assert f"已被占用。换一个端口：bin/serve --port {port + 1}" in capsys.readouterr().err
        assert calls["prepared"] == []

    def test_a_data_folder_that_cannot_be_written_is_refused(self, calls, surroundings, tmp_path, capsys):
        (tmp_path / "file").write_text("")
        surroundings.setenv("LMS_DATA_DIR", str(tmp_path / "file" / "data"))
        assert serving.main(["--port", str(self.free_port())]) == 1
        assert "不能写" in capsys.readouterr().err
        assert calls["prepared"] == []

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("LMS_JOBS", "sometimes", "LMS_JOBS 应为"),
            ("LMS_THREADS", "many", "LMS_THREADS 应为整数"),
            ("LMS_WORKERS", "2", "SQLite 只能用一个进程"),
            ("LMS_ENV", "production", "LMS_SECRET_KEY"),
            ("LMS_PUBLIC_URL", "learn.example", "LMS_PUBLIC_URL 应为"),
        ],
    )
    def test_bad_settings_are_told_in_sentences(self, calls, surroundings, capsys, name, value, words):
        surroundings.setenv(name, value)
        assert serving.main(["--port", str(self.free_port())]) == 1
        err = capsys.readouterr().err
        assert words in err
        assert "Traceback" not in err
        assert calls["prepared"] == []

    def test_it_refuses_as_a_real_command_too(self, surroundings):
        surroundings.setenv("LMS_JOBS", "sometimes")
        done = subprocess.run(
            [sys.executable, "-m", "lms.operations.serving"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert done.stderr.strip() == "LMS_JOBS 应为 embedded 或 separate，现在是「sometimes」。"


@pytest.mark.own_database
class TestPreparing:
    @pytest.fixture(params=[True])
    def place(self, surroundings, tmp_path, request):
        """An app without people; fonts are not made, the library is not loaded. Without tables too, if a test says so."""
        ran = []
        with databases.own(tmp_path / "data", is_migrated=request.param) as url:
            yield from self.application(surroundings, tmp_path, url, ran)

    @staticmethod
    def application(surroundings, tmp_path, url, ran):
        app = create_app(testing=True, data_dir=tmp_path / "data", database_url=url, secret_key="t" * 40)
        surroundings.setenv("LMS_DATABASE_URL", url)
        surroundings.setattr(preparing, "application", lambda: app)
        surroundings.setattr(preparing, "run", lambda _app, _words, *command: ran.append(command))
        surroundings.setattr(fontmaking, "prepare", lambda folder, say: None)
        app.ran = ran
        yield app
        with app.app_context():
            db.engine.dispose()

    @staticmethod
    def prepare(*more: str) -> int:
        return preparing.main(["--address", "http://127.0.0.1:8000", *more])

    @pytest.mark.parametrize("place", [False], indirect=True)
    def test_an_empty_place_gets_a_migrated_database_and_hears_of_setup(self, place, capsys):
        assert self.prepare("--empty") == 0
        with place.app_context(), db.engine.connect() as connection:
            assert migrating.current(connection) == migrating.newest()
        assert place.ran == [("library", "load")]
        out = capsys.readouterr().out
        assert "http://127.0.0.1:8000/setup" in out
        assert "演示账号" not in out

    def test_without_empty_the_demo_follows_the_library(self, place):
        assert self.prepare() == 0
        assert place.ran == [("library", "load"), ("demo", "load")]

    def test_the_demo_is_not_loaded_over_people(self, place):
        self.prepare("--empty")
        with place.app_context(), transaction():
            factories.person()
        place.ran.clear()
        assert self.prepare() == 0
        assert place.ran == [("library", "load")]

    def test_a_database_that_is_up_to_date_is_not_backed_up(self, place, tmp_path):
        self.prepare("--empty")
        self.prepare("--empty")
        assert not (tmp_path / "data" / "backups").exists()

    def test_an_older_database_is_backed_up_before_it_changes(self, place, tmp_path, surroundings, capsys):
        self.prepare("--empty")
        with place.app_context(), transaction():
            db.session.execute(text("UPDATE alembic_version SET version_num = '0012'"))
        surroundings.setattr(migrating, "upgrade", lambda: None)
        assert self.prepare("--empty") == 0
        (kept,) = (tmp_path / "data" / "backups").glob(f"before-{migrating.newest()}-*.tar.gz")
        out = capsys.readouterr().out
        assert out.index(kept.name) < out.rindex("正在准备数据库结构")

    def test_a_newer_database_is_refused_and_nothing_is_done(self, place, tmp_path, surroundings, capsys):
        self.prepare("--empty")
        with place.app_context(), transaction():
            db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        assert self.prepare("--empty") == 1
        assert "数据库比程序新" in capsys.readouterr().err
        assert not list((tmp_path / "data").glob("backups/*"))

    def test_a_command_that_fails_ends_it_with_its_sentence(self, place, surroundings, capsys):
        def broken(_app, _words, *command):
            raise RuntimeError("A1.md：读不懂这一行。")

        surroundings.setattr(preparing, "run", broken)
        assert self.prepare("--empty") == 1
        assert capsys.readouterr().err == "A1.md：读不懂这一行。\n"

    def test_fonts_that_are_not_ready_do_not_stop_it(self, place, surroundings, capsys):
        def missing(folder, say):
            raise OSError("wheel is gone")

        surroundings.setattr(fontmaking, "prepare", missing)
        assert self.prepare("--empty") == 0
        assert "证书字体没有准备好：wheel is gone" in capsys.readouterr().out

    def test_demo_accounts_stop_it_in_production(self, place, surroundings, capsys):
        self.prepare("--empty")
        with place.app_context(), transaction():
            factories.person()
            db.session.execute(update(Account).values(is_demo=True))
        for name, value in {
            "LMS_ENV": "production", "LMS_SECRET_KEY": "Jm3vQe8yTz1RkW6uXo4bNc7pLf2hDs5g", "LMS_PUBLIC_URL": "https://learn.example.test",
        }.items():  # fmt: skip
            surroundings.setenv(name, value)
        assert self.prepare() == 1
        assert "这个库里有 1 个演示账号，不能正式运行" in capsys.readouterr().err

    def test_our_own_command_is_run_and_its_failure_raised(self, place, surroundings):
        surroundings.undo()  # the real run
        with pytest.raises(RuntimeError, match="没有这个文件"):
            preparing.run(place, "核对", "backup", "verify", "/no/such/file")
