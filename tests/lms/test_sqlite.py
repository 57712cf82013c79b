"""Writers of one process take turns in the order in which they came, and nobody keeps a turn for ever."""

import threading
import time

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from lms import sqlite
from lms.turns import Turn

pytestmark = pytest.mark.no_database


def waiting(turn: Turn, count: int) -> None:
    """Until that many wait."""
    deadline = time.monotonic() + 10
    while len(turn._waiting) < count:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_whoever_has_waited_longest_is_next_even_before_the_holder_itself():
    turn, order = Turn(), []

    def write(name: str) -> None:
        assert turn.take(10)
        order.append(name)
        turn.give()

    assert turn.take(10)
    threads = []
    for n, name in enumerate("abcde", start=1):
        threads.append(threading.Thread(target=write, args=(name,)))
        threads[-1].start()
        waiting(turn, n)
    turn.give()
    write("holder")
    for thread in threads:
        thread.join()
    assert order == ["a", "b", "c", "d", "e", "holder"]


def test_whoever_gives_up_waiting_is_passed_over():
    turn = Turn()
    assert turn.take(1)
    assert not turn.take(0.01)
    turn.give()
    assert turn.take(0.01)
    turn.give()
    assert turn.take(0.01)


@pytest.fixture
def engine(tmp_path):
    made = create_engine(f"sqlite:///{tmp_path}/x.db", connect_args=sqlite.connect_args())
    sqlite.tune(made, lambda: True)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    yield made
    made.dispose()


def test_many_writers_all_get_through_and_each_transaction_is_whole(engine):
    def write() -> None:
        for _ in range(20):
            with engine.begin() as connection:
                seen = connection.execute(text("SELECT count(*) FROM t")).scalar()
                connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": seen})

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT n FROM t ORDER BY n")).scalars().all() == list(range(160))


def test_a_transaction_that_fails_or_is_forgotten_gives_its_turn_back(engine):
    with pytest.raises(OperationalError), engine.begin() as connection:
        connection.execute(text("INSERT INTO none VALUES (1)"))
    connection = engine.connect()
    connection.execute(text("INSERT INTO t VALUES (1)"))
    connection.close()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 0


def test_who_waits_too_long_is_told_as_by_sqlite_itself(engine, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 20)
    with engine.begin(), pytest.raises(OperationalError, match="database is locked"), engine.begin():
        pass
