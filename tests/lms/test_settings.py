"""Settings: what the environment says, refused with a sentence where it cannot work."""

import pytest

from lms.settings import SAMPLE_SECRET, Settings, SettingsError

pytestmark = pytest.mark.no_database

GOOD = {
    "LMS_ENV": "production",
    "LMS_SECRET_KEY": "Jm3vQe8yTz1RkW6uXo4bNc7pLf2hDs5g",
    "LMS_PUBLIC_URL": "https://study.example.gov.cn",
}


def test_nothing_set_is_development_on_sqlite():
    settings = Settings.from_env({})
    assert not settings.is_production
    assert settings.is_sqlite
    assert settings.database.endswith("var/hotline.db")


def test_a_postgres_address_is_given_its_driver():
    settings = Settings.from_env({"LMS_DATABASE_URL": "postgres://u:p@127.0.0.1/lms"})
    assert settings.database == "postgresql+psycopg://u:p@127.0.0.1/lms"
    assert not settings.is_sqlite


def test_production_with_everything_set_starts():
    assert Settings.from_env(GOOD).is_production


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"LMS_SECRET_KEY": SAMPLE_SECRET}, "LMS_SECRET_KEY"),
        ({"LMS_SECRET_KEY": "short"}, "LMS_SECRET_KEY"),
        ({"LMS_SECRET_KEY": ""}, "LMS_SECRET_KEY"),
        ({"LMS_PUBLIC_URL": "http://study.example.gov.cn"}, "https://"),
        ({"LMS_PUBLIC_URL": "study"}, "LMS_PUBLIC_URL"),
        ({"LMS_TIME_ZONE": "Asia/Yunzhou"}, "LMS_TIME_ZONE"),
        ({"LMS_SMTP_PORT": "mail"}, "LMS_SMTP_PORT"),
        ({"LMS_SMTP_TLS": "maybe"}, "LMS_SMTP_TLS"),
        ({"LMS_WORKERS": "4"}, "SQLite"),
        ({"LMS_ENV": "prod"}, "LMS_ENV"),
        ({"LMS_JOBS": "no"}, "LMS_JOBS"),
        ({"LMS_TRUSTED_PROXIES": "99"}, "LMS_TRUSTED_PROXIES"),
    ],
)
def test_what_cannot_work_is_refused_by_name(change, word):
    with pytest.raises(SettingsError, match=word):
        Settings.from_env({**GOOD, **change})


def test_every_fault_is_told_at_once():
    with pytest.raises(SettingsError) as told:
        Settings.from_env({"LMS_ENV": "x", "LMS_TIME_ZONE": "y", "LMS_JOBS": "z"})
    assert len(str(told.value).splitlines()) == 3
