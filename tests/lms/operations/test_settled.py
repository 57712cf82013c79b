"""bin/serve starts at once when nothing has changed, and prepares again whenever something has."""

from dataclasses import replace

import pytest

from lms.operations import settled
from lms.settings import Settings

pytestmark = pytest.mark.no_database
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    """A prepared data folder, and a program of one file."""
    root = tmp_path / "program"
    (root / "courses" / "library").mkdir(parents=True)
    (root / "courses" / "library" / "lesson.md").write_text("听完再问。", encoding="utf-8")
    monkeypatch.setattr(settled, "ROOT", root)
    made = Settings(data_dir=tmp_path / "data")
    made.fonts_dir.mkdir(parents=True)
    (made.data_dir / "hotline.db").write_bytes(b"rows")
    settled.keep(made, settled.mark(made, ADDRESS, is_empty=False), "演示账号\n")
    return made


def said(settings: Settings, address: str = ADDRESS, *, is_empty: bool = False) -> str | None:
    return settled.greeting(settings, settled.mark(settings, address, is_empty=is_empty))


def test_nothing_has_changed(settings):
    assert said(settings) == "演示账号\n"
    assert said(replace(settings, secret_key="k" * 40)) == "演示账号\n"


def test_rows_that_people_write_are_no_change(settings):
    (settings.data_dir / "hotline.db").write_bytes(b"more rows")
    assert said(settings) is not None


def a_lesson(settings):
    (settled.ROOT / "courses" / "library" / "lesson.md").write_text("先听完，再问。", encoding="utf-8")


def a_migration(settings):
    (settled.ROOT / "migrations").mkdir()
    (settled.ROOT / "migrations" / "0012.py").touch()


def a_font(settings):
    (settings.fonts_dir / "new.ttf").write_bytes(b"font")


def a_restored_database(settings):
    old = settings.data_dir / "hotline.db"
    old.rename(settings.data_dir / "kept-aside.db")
    old.write_bytes(b"rows")


def a_lost_database(settings):
    (settings.data_dir / "hotline.db").unlink()


def a_torn_note(settings):
    (settings.data_dir / settled.FILE).write_text("{", encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [a_lesson, a_migration, a_font, a_restored_database, a_lost_database, a_torn_note],
    ids=lambda c: c.__name__,
)
def test_what_calls_for_preparing(settings, change):
    change(settings)
    assert said(settings) is None


@pytest.mark.parametrize(
    "changed", [{"organisation": "临江热线"}, {"env": "production"}, {"database_url": "postgres://x@y/z"}]
)
def test_other_settings_call_for_it(settings, changed):
    assert said(replace(settings, **changed)) is None


def test_an_editors_lock_that_points_to_nothing_stops_no_start(settings):
    (settled.ROOT / "courses" / ".#lesson.md").symlink_to("nobody@nowhere")
    assert said(settings) is None


def test_a_note_that_cannot_be_written_is_no_fault(settings):
    (settings.data_dir / settled.FILE).unlink()
    (settings.data_dir / settled.FILE).mkdir()
    settled.keep(settings, settled.mark(settings, ADDRESS, is_empty=False), "演示账号\n")
    assert said(settings) is None


def test_another_address_or_an_empty_start_call_for_it(settings):
    assert said(settings, "http://127.0.0.1:9000") is None
    assert said(settings, is_empty=True) is None
