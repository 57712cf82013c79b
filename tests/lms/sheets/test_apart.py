"""A large sheet is read by another process, and gives what reading it here gives."""

import random
import subprocess
from datetime import date

import pytest

from lms.errors import Refused
from lms.sheets import apart, reading, writing

pytestmark = pytest.mark.no_database
NAME = "花名册.xlsx"


@pytest.fixture(scope="module")
def large() -> bytes:
    """A roster of some hundred kilobytes with text, numbers, days and gaps."""
    chance = random.Random(7)
    lines = [
        (f"人{n}", f"N{n:05}", chance.random(), date(2026, 1, 1 + n % 28), None, chance.randbytes(12).hex())
        for n in range(4_000)
    ]
    content = writing.workbook(writing.Table("花名册", ("姓名", "工号", "分", "日期", "空", "备注"), iter(lines)))
    assert len(content) > apart.SMALL
    return content


@pytest.fixture
def started(monkeypatch):
    """The processes that were started."""
    found, real = [], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: found.append(real(*a, **k)) or found[-1])
    return found


def test_a_large_sheet_reads_the_same_apart(large, started):
    assert list(apart.rows(large, NAME, "花名册")) == list(reading.open_book(large, NAME).rows("花名册"))
    assert apart.survey(large, NAME, 20) == reading.survey(large, NAME, 20)
    assert len(started) == 2
    assert all(one.returncode is not None for one in started)


def test_a_small_one_is_read_here(started):
    content = "姓名,工号\n林晓岚,A1108\n".encode()
    assert list(apart.rows(content, "a.csv", "a")) == [(1, ("姓名", "工号")), (2, ("林晓岚", "A1108"))]
    assert [(one.name, one.rows) for one in apart.survey(content, "a.csv", 20)] == [("a", 2)]
    assert not started


def test_who_stops_listening_ends_the_other_process(large, started):
    rows = apart.rows(large, NAME, "花名册")
    assert next(rows)[0] == 1
    rows.close()
    assert started[0].returncode is not None


def test_a_refusal_comes_with_its_values(large):
    damaged = large[: apart.SMALL + 1000]
    for read in (lambda: list(apart.rows(damaged, NAME, "花名册")), lambda: apart.survey(damaged, NAME, 20)):
        with pytest.raises(Refused, match="文件损坏"):
            read()
    with pytest.raises(Refused, match="文件有 15 MB，最多 15 MB"):
        apart.survey(b"PK" + bytes(reading.MAX_BYTES), NAME, 20)


def test_the_other_process_may_die(large, started):
    rows = apart.rows(large, NAME, "花名册")
    next(rows)
    started[0].kill()
    with pytest.raises(Refused, match="文件损坏"):
        list(rows)
