"""How SQLite is used: full durability, and writers of one process take turns instead of polling for the lock."""

import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from lms.turns import Turn

BUSY_TIMEOUT_MS = 10_000
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY")


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
        driver: Connection = connection.connection.dbapi_connection
        if not is_writing():
            driver.execute("BEGIN")
            return
        try:
            driver.take(turn)
            driver.execute("BEGIN IMMEDIATE")  # waits for other processes
        except sqlite3.OperationalError as error:
            raise OperationalError("BEGIN IMMEDIATE", None, error) from error
        except BaseException:
            driver.hand_on()
            raise
