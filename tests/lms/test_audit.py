"""The audit chain: append-only, hash-chained, and verification names the first broken line."""

import pytest
from sqlalchemy import delete, select, update

from lms import audit
from lms.audit import AuditHead, AuditLine
from lms.db import db, transaction

pytestmark = pytest.mark.usefixtures("context")


def write_lines(count: int) -> list[int]:
    for n in range(count):
        with transaction(), audit.acting_as(None, "测试", "test"):
            audit.record("thing.change", "thing", n, f"第 {n} 件", before={"a": 1}, after={"a": n})
    return list(db.session.scalars(select(AuditLine.id).order_by(AuditLine.id)))


def test_lines_of_one_transaction_are_chained_in_order():
    with transaction():
        audit.record("first", "thing", 1)
        audit.record("second", "thing", 2)
    lines = list(db.session.scalars(select(AuditLine).order_by(AuditLine.id)))
    assert [line.verb for line in lines] == ["first", "second"]
    assert lines[0].previous_hash == audit.GENESIS
    assert lines[1].previous_hash == lines[0].hash
    assert audit.verify() == audit.Verdict(2)


def test_nothing_is_recorded_when_the_transaction_is_rolled_back():
    with pytest.raises(RuntimeError), transaction():
        audit.record("never", "thing", 1)
        raise RuntimeError
    with transaction():
        audit.record("kept", "thing", 2)
    assert list(db.session.scalars(select(AuditLine.verb))) == ["kept"]


def test_a_changed_line_is_named():
    ids = write_lines(5)
    with transaction():
        db.session.execute(update(AuditLine).where(AuditLine.id == ids[2]).values(label="别的"))
    verdict = audit.verify()
    assert (verdict.broken_id, verdict.lines) == (ids[2], 2)


def test_a_removed_line_is_noticed_at_the_next_one():
    ids = write_lines(5)
    with transaction():
        db.session.execute(delete(AuditLine).where(AuditLine.id == ids[1]))
    assert audit.verify().broken_id == ids[2]


def test_lines_cut_off_at_the_end_are_noticed():
    ids = write_lines(3)
    with transaction():
        db.session.execute(delete(AuditLine).where(AuditLine.id == ids[2]))
    verdict = audit.verify()
    assert verdict.broken_id is not None
    assert "末尾缺 1 行" in verdict.reason


def test_verification_reads_in_batches_of_any_size():
    write_lines(7)
    assert audit.verify(batch=3) == audit.Verdict(7)
    assert db.session.scalars(select(AuditHead)).one().lines == 7
