"""Generated and uploaded files, stored under the hash of their bytes: in the data folder, or in an S3 bucket."""

import hashlib
import importlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from flask import Flask, current_app

from lms.settings import Settings

CHUNK = 256 * 1024
NAME_LENGTH = 64


class Store(Protocol):
    """Where files lie; names are hashes, so a name is written once and never changes its content."""

    def has(self, name: str) -> bool:
        """Whether a file of that name is kept."""

    def keep(self, name: str, source: Path) -> None:
        """Keep a copy of a local file under that name, whole or not at all."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file in portions; FileNotFoundError when it is not kept."""


class Folder:
    """Files in a local folder, two characters of the hash a subfolder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """Where the file of that name lies."""
        return self.root / name[:2] / name

    def has(self, name: str) -> bool:
        return self.path(name).exists()

    def keep(self, name: str, source: Path) -> None:
        target = self.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".draft-")
        try:
            with os.fdopen(handle, "wb") as file, source.open("rb") as given:
                shutil.copyfileobj(given, file, CHUNK)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(target)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise

    def chunks(self, name: str) -> Iterator[bytes]:
        with self.path(name).open("rb") as file:
            while portion := file.read(CHUNK):
                yield portion


class Bucket:
    """Files in a bucket of an S3 service, so that several machines share them."""

    def __init__(self, settings: Settings) -> None:
        # Loaded only where it is used: the client takes 20 MB of memory.
        minio: Any = importlib.import_module("minio")
        urllib3: Any = importlib.import_module("urllib3")
        self.faults = (minio.error.S3Error, urllib3.exceptions.HTTPError)
        self.bucket = settings.s3_bucket
        address = urlsplit(settings.s3_endpoint)
        self.client = minio.Minio(
            address.netloc,
            access_key=settings.s3_key,
            secret_key=settings.s3_secret,
            secure=address.scheme == "https",
            region=settings.s3_region,
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=5, read=60), retries=urllib3.Retry(total=2, backoff_factor=0.2)
            ),
        )

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """What the service says becomes what a disk would say."""
        try:
            yield
        except self.faults as fault:
            if getattr(fault, "code", "") in {"NoSuchKey", "NoSuchObject"}:
                raise FileNotFoundError(name) from fault
            raise OSError(f"S3: {fault}") from fault

    def has(self, name: str) -> bool:
        try:
            with self._told(name):
                self.client.stat_object(self.bucket, name)
        except FileNotFoundError:
            return False
        return True

    def keep(self, name: str, source: Path) -> None:
        with self._told(name):
            self.client.fput_object(self.bucket, name, str(source))

    def chunks(self, name: str) -> Iterator[bytes]:
        with self._told(name):
            answer = self.client.get_object(self.bucket, name)
            try:
                yield from answer.stream(CHUNK)
            finally:
                answer.close()
                answer.release_conn()


def _store() -> Store:
    found: Store = current_app.extensions["files"]
    return found


def digest(content: bytes) -> str:
    """SHA-256 of the bytes, hex: the name under which they are kept."""
    return hashlib.sha256(content).hexdigest()


def digest_of(path: Path) -> str:
    """The same of a local file, read in portions."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(name: str) -> str:
    if len(name) != NAME_LENGTH or not all(c in "0123456789abcdef" for c in name):
        raise FileNotFoundError(name)
    return name


@contextmanager
def draft() -> Iterator[Path]:
    """A file of one's own to write into, in the data folder; it is gone when the block ends."""
    folder: Path = current_app.extensions["files_drafts"]
    folder.mkdir(parents=True, exist_ok=True)
    handle, path = tempfile.mkstemp(dir=folder, prefix="draft-")
    os.close(handle)
    try:
        yield Path(path)
    finally:
        Path(path).unlink(missing_ok=True)


def store(content: bytes) -> str:
    """Keep the bytes and return their hash; written whole and synced, or not at all."""
    name = digest(content)
    if not _store().has(name):
        with draft() as path:
            path.write_bytes(content)
            _store().keep(name, path)
    return name


def store_file(path: Path) -> str:
    """Keep a copy of a local file of any size and return the hash of its bytes; memory stays flat."""
    name = digest_of(path)
    if not _store().has(name):
        _store().keep(name, path)
    return name


def has(name: str) -> bool:
    """Whether a file of that hash is kept."""
    return _store().has(_checked(name))


def load(name: str) -> bytes:
    """The bytes under that hash; a file that no longer matches its name is refused."""
    content = b"".join(chunks(name))
    if digest(content) != name:
        raise FileNotFoundError(f"{name} no longer matches its hash")
    return content


def chunks(name: str) -> Iterator[bytes]:
    """The bytes under that hash in portions, for large files; FileNotFoundError when they are not kept."""
    portions = _store().chunks(_checked(name))
    first = next(portions, b"")  # a missing file is told now, not in the middle of an answer

    def all_of_it() -> Iterator[bytes]:
        yield first
        yield from portions

    return all_of_it()


def init_app(app: Flask, settings: Settings) -> None:
    """Choose the store by the settings; nothing is read or written yet."""
    app.extensions["files"] = Bucket(settings) if settings.s3_bucket else Folder(settings.files_dir)
    app.extensions["files_drafts"] = settings.data_dir / "drafts"
