"""Backups are whole or refused; restoring keeps what stood in the way."""

import errno
import io
import sqlite3
import tarfile

import pytest

from lms import files
from lms.db import db, transaction
from lms.operations import backup
from lms.organisation.models import Unit, UnitKind
from tests import databases
from wsgi import create_app

pytestmark = pytest.mark.own_database


@pytest.fixture
def site(tmp_path):
    """A system of its own on a real file or a real PostgreSQL database, with one unit and one stored file."""
    with databases.own(tmp_path / "data") as url:
        app = create_app(testing=True, data_dir=tmp_path / "data", database_url=url, secret_key="t" * 40)
        with app.app_context():
            with transaction():
                db.session.add(Unit(code="T1", name="受理一组", kind=UnitKind.team))
            app.stored = files.store(b"certificate")
            yield app
            db.engine.dispose()


def settings_of(app):
    return app.config["LMS_SETTINGS"]


def make(app, tmp_path, name="b.tar.gz"):
    return backup.create(settings_of(app), tmp_path / name, "0001", lambda _: None)


def test_a_backup_verifies_and_says_what_it_holds(site, tmp_path):
    verdict = backup.verify(make(site, tmp_path))
    assert verdict.faults == ()
    assert verdict.files == 2
    assert verdict.manifest["revision"] == "0001"


def test_a_folder_without_a_database_is_not_backed_up(site, tmp_path):
    with pytest.raises(backup.BackupError, match="没有可以备份的数据库"):
        backup.create(settings_of(site), tmp_path / "b.tar.gz", None, lambda _: None)
    assert not (tmp_path / "b.tar.gz").exists()


def test_an_existing_file_is_never_overwritten(site, tmp_path):
    (tmp_path / "b.tar.gz").write_bytes(b"precious")
    with pytest.raises(backup.BackupError, match="已经存在"):
        make(site, tmp_path)
    assert (tmp_path / "b.tar.gz").read_bytes() == b"precious"


def test_what_changed_after_the_backup_is_undone_by_restoring(site, tmp_path):
    source = make(site, tmp_path)
    with transaction():
        db.session.query(Unit).delete()
        db.session.add(Unit(code="T2", name="错的", kind=UnitKind.team))
    site.extensions["files"].path(site.stored).unlink()
    db.session.remove()
    db.engine.dispose()
    backup.restore(settings_of(site), source, lambda _: None, replace=True)
    assert [unit.code for unit in db.session.query(Unit)] == ["T1"]
    db.session.remove()
    assert files.load(site.stored) == b"certificate"


def test_restoring_over_data_needs_to_be_said(site, tmp_path):
    source = make(site, tmp_path)
    db.session.remove()
    with pytest.raises(backup.BackupError, match="--replace"):
        backup.restore(settings_of(site), source, lambda _: None, replace=False)
    assert db.session.query(Unit).count() == 1
    db.session.remove()


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b\x08\x00" + b"\x00" * 40])
def test_what_is_no_backup_is_refused_and_nothing_is_touched(site, tmp_path, content):
    source = tmp_path / "odd.tar.gz"
    source.write_bytes(content)
    with pytest.raises(backup.BackupError, match="不是一份完整的备份"):
        backup.restore(settings_of(site), source, lambda _: None, replace=True)
    assert db.session.query(Unit).count() == 1
    db.session.remove()


def test_an_altered_entry_is_named(site, tmp_path):
    source = make(site, tmp_path)
    folder = tmp_path / "open"
    with tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
    next((folder / "files").rglob("*" * 1 + "/*")).write_bytes(b"forged")
    forged = tmp_path / "forged.tar.gz"
    with tarfile.open(forged, "w:gz") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.add(path, str(path.relative_to(folder)))
    faults = backup.verify(forged).faults
    assert len(faults) == 1
    assert "与清单不符" in faults[0]


def test_a_half_written_backup_leaves_no_file_under_its_name(site, tmp_path, monkeypatch):
    monkeypatch.setattr(tarfile, "open", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="No space left"):
        make(site, tmp_path)
    assert not (tmp_path / "b.tar.gz").exists()


@pytest.mark.skipif(databases.wanted() == "postgres", reason="looks into the SQLite file itself")
def test_the_replaced_database_is_kept_aside(site, tmp_path):
    source = make(site, tmp_path)
    db.session.remove()
    db.engine.dispose()
    backup.restore(settings_of(site), source, lambda _: None, replace=True)
    kept = [p for p in (tmp_path / "data").glob("hotline.db.before-restore-*") if not p.name.endswith(("-wal", "-shm"))]
    assert len(kept) == 1
    with sqlite3.connect(kept[0]) as connection:
        assert connection.execute("SELECT count(*) FROM units").fetchone() == (1,)


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"format": 1}', b'{"format": 1, "entries": []}'])
def test_an_archive_with_an_odd_list_of_contents_is_refused(tmp_path, content):
    source = tmp_path / "odd.tar.gz"
    with tarfile.open(source, "w:gz") as archive:
        info = tarfile.TarInfo(backup.MANIFEST)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    with pytest.raises(backup.BackupError, match="不是一份完整的备份|备份格式"):
        backup.verify(source)


def test_a_full_disk_is_not_called_a_damaged_backup(site, tmp_path, monkeypatch):
    source = make(site, tmp_path)

    def full(*_words, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "extractall", full)
    with pytest.raises(backup.BackupError, match="磁盘满了.*现有数据未动"):
        backup.verify(source)


def test_a_place_that_is_no_folder_is_refused(site, tmp_path):
    (tmp_path / "plain").write_text("x")
    with pytest.raises(backup.BackupError, match="不是可以放备份的文件夹"):
        make(site, tmp_path, "plain/b.tar.gz")
