"""bin/lms: help for strangers, sentences for what an operator can mend, exit codes for scripts."""

import errno
import os
import sqlite3
import subprocess
import sys

import pytest
from alembic.util.exc import CommandError
from sqlalchemy.exc import OperationalError

from lms.errors import Refused
from lms.operations import faults, serving
from lms.settings import ROOT, Settings, SettingsError

pytestmark = pytest.mark.no_database


def lms(folder, *words: str, **extra: str) -> subprocess.CompletedProcess:
    """A command in a process of its own, on a data folder of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LMS_")}
    environment |= {"LMS_DATA_DIR": str(folder), **extra}
    command = [sys.executable, "-m", "lms.operations.command_line", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


class TestCommandLine:
    def test_help_is_our_own(self, tmp_path):
        done = lms(tmp_path, "--help")
        assert done.returncode == 0
        assert "热线学堂的命令行" in done.stdout
        assert "--app" not in done.stdout
        assert "--debug" not in done.stdout

    def test_an_unknown_command_is_named_and_the_known_ones_told(self, tmp_path):
        done = lms(tmp_path, "bakcup")
        assert done.returncode == 2
        assert "没有「bakcup」这个命令" in done.stderr
        assert "backup" in done.stderr

    def test_a_database_without_structure_leads_to_the_upgrade(self, tmp_path):
        done = lms(tmp_path, "jobs", "list")
        assert done.returncode == 1
        assert "先运行 bin/lms db upgrade" in done.stderr
        assert "Traceback" not in done.stderr
        assert lms(tmp_path, "db", "upgrade").returncode == 0
        assert lms(tmp_path, "jobs", "list").returncode == 0

    def test_a_database_that_is_away_is_told_without_its_password(self, tmp_path):
        done = lms(tmp_path, "jobs", "list", LMS_DATABASE_URL="postgresql://a:geheim@127.0.0.1:9/c")
        assert done.returncode == 1
        assert "数据库连不上" in done.stderr
        assert "geheim" not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr

    def test_a_database_newer_than_the_program_is_refused_and_can_still_be_backed_up(self, tmp_path):
        assert lms(tmp_path, "db", "upgrade").returncode == 0
        with sqlite3.connect(tmp_path / "hotline.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num='9999'")
        done = lms(tmp_path, "mail", "deliver")
        assert done.returncode == 1
        assert "数据库的结构（9999）这一版程序不认识" in done.stderr
        assert lms(tmp_path, "backup", "create").returncode == 0

    def test_an_older_database_is_not_worked_on(self, tmp_path):
        assert lms(tmp_path, "db", "upgrade").returncode == 0
        with sqlite3.connect(tmp_path / "hotline.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num='0001'")
        done = lms(tmp_path, "jobs", "list")
        assert done.returncode == 1
        assert "先运行 bin/lms db upgrade" in done.stderr

    def test_help_needs_no_database(self, tmp_path):
        assert lms(tmp_path, "jobs", "list", "--help").returncode == 0

    def test_the_demo_without_policies_says_what_to_load_first(self, tmp_path):
        assert lms(tmp_path, "db", "upgrade").returncode == 0
        done = lms(tmp_path, "demo", "load")
        assert done.returncode == 1
        assert "bin/lms library load" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_wrong_setting_is_a_sentence(self, tmp_path):
        done = lms(tmp_path, "jobs", "list", LMS_SMTP_PORT="abc")
        assert done.returncode == 2
        assert "LMS_SMTP_PORT 应为整数" in done.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refused("还缺 {n} 项。", n=2), "还缺 2 项。"),
        (CommandError("Can't locate revision identified by '9999'"), "数据库比程序新"),
        (OperationalError("", {}, sqlite3.OperationalError("database or disk is full")), "磁盘满了"),
        (OperationalError("", {}, sqlite3.OperationalError("attempt to write a readonly database")), "只能读"),
        (sqlite3.DatabaseError("file is not a database"), "已经损坏"),
        (sqlite3.OperationalError("no such column: persons.x"), "先运行 bin/lms db upgrade"),
        (OperationalError("", {}, Exception('database "c" does not exist')), "不存在"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/backups/a"), "磁盘满了（/x/backups/a）"),
    ],
)
def test_what_an_operator_can_mend_is_a_sentence(error, words):
    assert words in faults.words_for(error)


def test_a_host_without_a_name_is_a_database_that_is_away():
    told = "failed to resolve host 'nosuch.invalid': [Errno -2] Name or service not known"
    assert "数据库连不上" in faults.words_for(OperationalError("", {}, Exception(told)))


@pytest.mark.parametrize("error", [ValueError("x"), OSError(errno.EPIPE, "Broken pipe"), RuntimeError("full")])
def test_what_is_ours_to_mend_stays_loud(error):
    assert faults.words_for(error) is None


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1", "eins", "8_0", "８０００"])
def test_a_port_that_cannot_be_is_refused_by_the_command_line(port, capsys):
    with pytest.raises(SystemExit) as ended:
        serving.options([f"--port={port}"])
    assert ended.value.code == 2
    assert "端口应为 1 到 65535 的整数" in capsys.readouterr().err


def test_an_empty_host_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        serving.options(["--host", " "])
    assert ended.value.code == 2
    assert "监听地址不能是空的" in capsys.readouterr().err


def test_an_ipv6_address_stands_in_brackets():
    assert serving._address(serving.options(["--host", "::1", "--port", "8001"])) == "http://[::1]:8001"


def test_an_address_of_another_machine_is_not_called_occupied():
    assert "没有「192.0.2.7」这个地址" in serving._cannot_listen("192.0.2.7", 8000)


@pytest.mark.parametrize("secret", ["ab" * 20, "a" * 40, "sample-secret-for-trying-out-only", "changeme" * 6, "kQ3x9"])
def test_a_secret_that_was_not_drawn_is_refused_in_production(secret):
    with pytest.raises(SettingsError, match="LMS_SECRET_KEY"):
        Settings.from_env({}, env="production", secret_key=secret, public_url="https://hotline.example.cn")


def test_a_drawn_secret_is_accepted():
    secret = "Jm3vQe8yTz1RkW6uXo4bNc7pLf2hDs5g"
    found = Settings.from_env({}, env="production", secret_key=secret, public_url="https://hotline.example.cn")
    assert found.secret_key == secret


def test_an_unknown_kind_of_database_is_refused_without_repeating_its_address():
    with pytest.raises(SettingsError, match="LMS_DATABASE_URL") as refused:
        Settings.from_env({"LMS_DATABASE_URL": "mysql://a:geheim@b/c"})
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LMS_PUBLIC_URL", "http://["),
        ("LMS_PUBLIC_URL", "https://a:99999"),
        ("LMS_DATABASE_URL", "postgresql://u:geheim@127.0.0.1:port/x"),
        ("LMS_DATABASE_URL", "postgresql://u:ge#he@im@127.0.0.1:1/x"),
        ("LMS_DATABASE_URL", "postgresql://u:geheim@[bad/x"),
        ("LMS_DATABASE_URL", "sqlite:///"),
        ("LMS_JOBS_STORAGE", "mysql://u:geheim@x/y"),
        ("LMS_LOG_LEVEL", "LOUD"),
        ("LMS_THREADS", "0"),
        ("LMS_JOB_WORKERS", "-1"),
        ("LMS_SESSION_HOURS", "0"),
    ],
)
def test_a_value_that_cannot_work_is_named_and_no_password_repeated(name, value):
    with pytest.raises(SettingsError, match=name) as refused:
        Settings.from_env({name: value})
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://", "postgres:///x", "postgresql://h/x", "postgresql://u:p%40q@h:5432/x?sslmode=require",
        "postgresql+psycopg://u@127.0.0.1/x", "postgresql://u:p@[::1]:5432/x", "postgresql://u@/x?host=/run/pg",
        "sqlite:////srv/a.db",
    ],
)  # fmt: skip
def test_an_address_of_a_database_that_can_work_is_accepted(url):
    assert Settings.from_env({"LMS_DATABASE_URL": url}).database_url == url


def test_jobs_may_be_kept_in_a_file_of_their_own():
    assert Settings.from_env({"LMS_JOBS_STORAGE": "sqlite:////srv/jobs.db"}).jobs_storage == "sqlite:////srv/jobs.db"
