"""Backups: one archive with the database, the files and a manifest of hashes; created, verified, restored whole."""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from flask import current_app

from lms import clock
from lms.db import db
from lms.errors import Refused
from lms.jobs import Progress
from lms.operations import faults, migrating
from lms.settings import Settings

MANIFEST = "manifest.json"
DATABASE_SQLITE = "database.sqlite"
DATABASE_DUMP = "database.pgdump"
FORMAT = 1
MAKE, CHECK = "backup.make", "backup.check"
T = TypeVar("T")
Say = Callable[[str], None]


class BackupError(Exception):
    """A backup cannot be made, trusted or restored; the message says why and what is untouched."""


@dataclass(frozen=True)
class Verdict:
    """What verification found."""

    files: int
    faults: tuple[str, ...]
    manifest: dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """An archive in the folder of backups."""

    name: str
    made_at: datetime
    bytes: int


def folder_of(settings: Settings) -> Path:
    """Where backups go unless told otherwise."""
    return settings.data_dir / "backups"


def listed(settings: Settings) -> list[Kept]:
    """The archives in the folder, newest first."""
    found = [(path.name, path.stat()) for path in folder_of(settings).glob("*.tar.gz")]
    kept = [Kept(name, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size) for name, stat in found]
    return sorted(kept, key=lambda one: one.made_at, reverse=True)


def new_target(settings: Settings) -> Path:
    """A name for a backup made now."""
    stamp = clock.local(clock.now()).strftime("%Y%m%d-%H%M%S")
    return folder_of(settings) / f"hotline-{stamp}.tar.gz"


def make(_params: dict[str, Any]) -> Generator[Progress, None, None]:
    """Job: a backup into the folder. No query of ours is open while it copies."""
    settings: Settings = current_app.config["LMS_SETTINGS"]
    at = migrating.current(db.session.connection())
    said: list[str] = []
    yield Progress(0, 1, "正在复制数据库和文件")
    target = new_target(settings)
    _as_refusal(lambda: create(settings, target, at, said.append))
    yield Progress(1, 1, said[-1])


def check(params: dict[str, Any]) -> Generator[Progress, None, None]:
    """Job: whether an archive of the folder is whole."""
    settings: Settings = current_app.config["LMS_SETTINGS"]
    yield Progress(0, 1, "正在解开核对")
    verdict = _as_refusal(lambda: verify(folder_of(settings) / params["name"]))
    if verdict.faults:
        yield Progress(1, 1, f"这份备份不能用：{len(verdict.faults)} 处不符。", problems=verdict.faults)
    else:
        yield Progress(1, 1, f"这份备份完好：{verdict.files} 项都与清单一致。")


def _as_refusal(work: Callable[[], T]) -> T:
    try:
        return work()
    except (BackupError, OSError, sqlite3.Error) as error:
        raise Refused("{why}", why=faults.words_for(error) or str(error)) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pg_tool(name: str) -> str:
    """A PostgreSQL client program of the machine."""
    found = shutil.which(name)
    if found is None:
        candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        if not candidates:
            raise BackupError(f"没有找到 {name}：请安装 PostgreSQL 客户端程序后再试。")
        found = str(candidates[-1])
    return found


def _libpq_url(settings: Settings) -> str:
    return settings.database.replace("postgresql+psycopg://", "postgresql://", 1)


def _dump_database(settings: Settings, folder: Path) -> Path:
    if settings.is_sqlite:
        target = folder / DATABASE_SQLITE
        source_path = settings.database.removeprefix("sqlite:///")
        if not Path(source_path).is_file():
            raise BackupError(f"数据库文件不在：{source_path}。先运行 bin/lms db upgrade。")
        source, copy = sqlite3.connect(source_path), sqlite3.connect(target)
        with source, copy:
            source.backup(copy)
        source.close()
        copy.close()
        return target
    target = folder / DATABASE_DUMP
    done = subprocess.run(  # noqa: S603 - the program is found on this machine, the address is the operator's
        [_pg_tool("pg_dump"), "--format=custom", "--no-owner", f"--file={target}", _libpq_url(settings)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise BackupError(f"pg_dump 没有成功：{done.stderr.strip()[:400]}")
    return target


def create(settings: Settings, target: Path, revision: str | None, say: Say) -> Path:
    """Write a backup to a new file; it appears under its name only when it is whole."""
    if revision is None:
        raise BackupError(
            f"这里没有可以备份的数据库（数据目录 {settings.data_dir}）。核对 LMS_DATA_DIR 和 LMS_DATABASE_URL。"
        )
    if target.exists():
        raise BackupError(f"{target} 已经存在，没有覆盖。换一个文件名。")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        opened = tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-")
    except (FileNotFoundError, FileExistsError, NotADirectoryError) as error:
        raise BackupError(f"{target.parent} 不是可以放备份的文件夹，没有备份。换一个位置。") from error
    with opened as work:
        folder = Path(work)
        say("正在复制数据库…")
        database = _dump_database(settings, folder)
        entries = {database.name: _sha256(database)}
        stored = sorted(p for p in settings.files_dir.rglob("*") if p.is_file() and not p.name.startswith("."))
        say(f"正在打包 {len(stored)} 个文件…")
        for path in stored:
            entries[f"files/{path.relative_to(settings.files_dir)}"] = _sha256(path)
        manifest = {
            "format": FORMAT,
            "made_at": clock.now().isoformat(timespec="seconds"),
            "database": "sqlite" if settings.is_sqlite else "postgresql",
            "revision": revision,
            "entries": entries,
        }
        draft = folder / "archive"
        with tarfile.open(draft, "w:gz", compresslevel=5) as archive:
            content = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
            info = tarfile.TarInfo(MANIFEST)
            info.size, info.mtime = len(content), int(clock.now().timestamp())
            archive.addfile(info, io.BytesIO(content))
            archive.add(database, database.name)
            for path in stored:
                archive.add(path, f"files/{path.relative_to(settings.files_dir)}")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    say(f"备份完成：{target}（{target.stat().st_size // 1024} KB，{len(entries)} 项）")
    return target


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source, "r:gz") as archive:
            archive.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, tarfile.TarError, ValueError, EOFError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno in faults.DISK:
            why = faults.DISK[error.errno]
            raise BackupError(f"{why}，{source} 没有解开（要解到 {folder.parent}），现有数据未动。") from error
        raise BackupError(f"{source} 不是一份完整的备份：{error}") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("entries", {}), dict):
        raise BackupError(f"{source} 不是一份完整的备份：清单读不懂。")
    if manifest.get("format") != FORMAT:
        raise BackupError(f"备份格式是 {manifest.get('format')}，这个版本只认 {FORMAT}。")
    if missing := [name for name in ("entries", "database", "revision", "made_at") if name not in manifest]:
        raise BackupError(f"{source} 不是一份完整的备份：清单里缺 {'、'.join(missing)}。")
    return manifest


def _faults(folder: Path, manifest: dict[str, Any]) -> list[str]:
    found = []
    for name, digest in manifest["entries"].items():
        path = folder / name
        if not path.is_file():
            found.append(f"缺少 {name}")
        elif _sha256(path) != digest:
            found.append(f"{name} 的内容与清单不符")
    database = folder / DATABASE_SQLITE
    if database.is_file() and not found:
        connection = sqlite3.connect(database)
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        connection.close()
        if answer != "ok":
            found.append(f"数据库自检：{answer}")
    return found


def verify(source: Path) -> Verdict:
    """Unpack a backup aside and compare every entry with the manifest; the running system is not touched."""
    if not source.is_file():
        raise BackupError(f"没有这个文件：{source}")
    with tempfile.TemporaryDirectory(prefix="verify-") as work:
        folder = Path(work)
        manifest = _unpack(source, folder)
        return Verdict(len(manifest["entries"]), tuple(_faults(folder, manifest)), manifest)


def restore(settings: Settings, source: Path, say: Say, *, replace: bool) -> None:
    """Bring back a verified backup; what stands in the way is kept aside under .before-restore."""
    with tempfile.TemporaryDirectory(dir=_existing(settings.data_dir), prefix=".restore-") as work:
        folder = Path(work)
        say("正在解包并核对…")
        manifest = _unpack(source, folder)
        if found := _faults(folder, manifest):
            raise BackupError("备份不完整，没有恢复，现有数据未动：" + "；".join(found))
        kind = "sqlite" if settings.is_sqlite else "postgresql"
        if manifest["database"] != kind:
            raise BackupError(f"备份来自 {manifest['database']}，现在的数据库是 {kind}，没有恢复。")
        stamp = clock.local(clock.now()).strftime("%Y%m%d-%H%M%S")
        if settings.is_sqlite:
            _restore_sqlite(settings, folder / DATABASE_SQLITE, stamp, replace=replace)
        else:
            _restore_postgres(settings, folder / DATABASE_DUMP, replace=replace)
        restored = folder / "files"
        if settings.files_dir.exists() and replace:
            settings.files_dir.rename(settings.files_dir.with_name(f"files.before-restore-{stamp}"))
        if restored.is_dir():
            shutil.copytree(restored, settings.files_dir, dirs_exist_ok=True)
    say("恢复完成。运行 bin/lms db upgrade 与 bin/lms audit verify 再开放使用。")


def _existing(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _restore_sqlite(settings: Settings, source: Path, stamp: str, *, replace: bool) -> None:
    target = Path(settings.database.removeprefix("sqlite:///"))
    if target.exists():
        if not replace:
            raise BackupError(f"{target} 已有数据，没有覆盖。确定要换掉时加 --replace（旧库会另存）。")
        for suffix in ("", "-wal", "-shm"):
            old = Path(f"{target}{suffix}")
            if old.exists():
                old.rename(f"{target}.before-restore-{stamp}{suffix}")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)


def _restore_postgres(settings: Settings, source: Path, *, replace: bool) -> None:
    options = ["--clean", "--if-exists"] if replace else []
    done = subprocess.run(  # noqa: S603
        [_pg_tool("pg_restore"), "--no-owner", "--single-transaction", "--exit-on-error", *options,
         f"--dbname={_libpq_url(settings)}", str(source)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise BackupError(
            f"pg_restore 没有成功，数据库未动：{done.stderr.strip()[:400]}"
            + ("" if replace else "（库里已有数据时加 --replace）")
        )
