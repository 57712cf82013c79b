"""How SQLite is used: full durability, and writers of one process take turns instead of polling for the lock."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

BUSY_TIMEOUT_MS = 10_000
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY")


class Turn:
    """A lock that is handed to whoever has waited longest.

    SQLite makes waiting writers sleep up to 100 ms and lets any of them go first: an import would starve a save.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    def take(self, seconds: float) -> bool:
        """Wait for the turn; False when it has not come in that time."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=seconds):
            return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it came in the moment of giving up

    def give(self) -> None:
        """Hand the turn on."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


class Connection(sqlite3.Connection):
    """A connection that keeps the turn of its database from BEGIN IMMEDIATE to the end of COMMIT or ROLLBACK."""

    turn: Turn | None = None

    def take(self, turn: Turn) -> None:
        """Wait for the turn; sqlite3.OperationalError, as from SQLite itself, when others write for too long."""
        if not turn.take(BUSY_TIMEOUT_MS / 1000):
            raise sqlite3.OperationalError("database is locked")
        self.turn = turn

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self.hand_on()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.hand_on()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.hand_on()

    def hand_on(self) -> None:
        """Give the turn up, if it is held."""
        turn, self.turn = self.turn, None
        if turn is not None:
            turn.give()


def connect_args() -> dict[str, Any]:
    """What the driver is given."""
    return {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False, "factory": Connection}


def tune(engine: Engine, is_writing: Callable[[], bool]) -> None:
    """WAL, full durability and foreign keys; a transaction begins as a writer's where is_writing() says so."""
    turn = Turn()

    @event.listens_for(engine, "connect")
    def on_connect(connection: Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", *PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        if not is_writing():
            connection.exec_driver_sql("BEGIN")
            return
        driver: Connection = connection.connection.dbapi_connection
        try:
            driver.take(turn)
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # waits for other processes
        except sqlite3.OperationalError as error:
            raise OperationalError("BEGIN IMMEDIATE", None, error) from error
        except BaseException:
            driver.hand_on()
            raise
