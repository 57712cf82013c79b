"""Taking turns: writers of one SQLite file, and requests of one process."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


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


class Gate:
    """Lets one thread in after the other, and the next one also when the one inside takes longer than `patience` (s).

    Python runs one thread at a time anyway; threads that change over at each statement of a database cost as much
    again as the work. A thread that stays long keeps nobody out for more than `patience`.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._inside: threading.Lock | None = None
        self._since = 0.0
        self._mine: ContextVar[threading.Lock | None] = ContextVar("pass", default=None)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Inside while the block runs."""
        token = self._mine.set(self._enter())
        try:
            yield
        finally:
            self._leave()
            self._mine.reset(token)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others in while the block waits or works outside Python; nothing for a thread that is not inside."""
        if self._mine.get() is None:
            yield
            return
        self._leave()
        try:
            yield
        finally:
            self._mine.set(self._enter())

    def _enter(self) -> threading.Lock:
        mine = threading.Lock()
        mine.acquire()
        with self._guard:
            if self._inside is None:
                self._inside, self._since = mine, time.monotonic()
                return mine
            self._waiting.append(mine)
        while not mine.acquire(timeout=max(0.001, self._since + self._patience - time.monotonic())):
            with self._guard:
                if time.monotonic() - self._since >= self._patience:
                    self._let_next_in()
        return mine

    def _leave(self) -> None:
        with self._guard:
            if self._inside is self._mine.get():
                self._let_next_in()

    def _let_next_in(self) -> None:
        self._inside = self._waiting.popleft() if self._waiting else None
        if self._inside is not None:
            self._since = time.monotonic()
            self._inside.release()


requests = Gate(patience=0.03)
