"""Taking turns: writers of one SQLite file, and requests of one process."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

IN_A_ROW = 8


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
    """Lets `places` threads in at once and one more when somebody inside takes over `patience` (s).

    First come, first in; but quick ones (a saved answer) go before others, IN_A_ROW of them while others wait. Python
    runs one thread at a time anyway; threads that change over at each statement of a database cost as much again as the
    work. A thread that stays long keeps nobody out for more than `patience`.
    """

    def __init__(self, places: int, patience: float) -> None:
        self.places, self.patience = places, patience
        self._guard = threading.Lock()
        self._waiting: dict[bool, deque[threading.Lock]] = {True: deque(), False: deque()}  # by whether they are quick
        self._in_a_row = 0  # quick ones that went before others
        self._inside: dict[threading.Lock, float] = {}  # since when, the longest first
        self._mine: ContextVar[threading.Lock | None] = ContextVar("pass", default=None)

    @contextmanager
    def turn(self, *, is_quick: bool = False) -> Iterator[None]:
        """Inside while the block runs."""
        token = self._mine.set(self._enter(is_quick=is_quick))
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
            self._mine.set(self._enter(is_quick=False))

    def _enter(self, *, is_quick: bool) -> threading.Lock:
        mine = threading.Lock()
        mine.acquire()
        with self._guard:
            self._waiting[is_quick].append(mine)
            self._let_in()
            place = len(self._waiting[is_quick])
        # The first in line looks whether somebody stays long; a hundred behind it need not wake as often.
        while not mine.acquire(timeout=self.patience * max(1, place)):
            with self._guard:
                self._let_in()
            place = 1
        return mine

    def _leave(self) -> None:
        with self._guard:
            self._inside.pop(self._mine.get(), None)  # type: ignore[arg-type]
            self._let_in()

    def _let_in(self) -> None:
        """Fill free places; whoever has been inside for long no longer takes one."""
        now = time.monotonic()
        while self._inside and now - next(iter(self._inside.values())) >= self.patience:
            del self._inside[next(iter(self._inside))]
        while any(self._waiting.values()) and len(self._inside) < self.places:
            is_quick = bool(self._waiting[True]) and (self._in_a_row < IN_A_ROW or not self._waiting[False])
            self._in_a_row = self._in_a_row + 1 if is_quick and self._waiting[False] else 0
            entering = self._waiting[is_quick].popleft()
            self._inside[entering] = now
            entering.release()


requests = Gate(places=1, patience=0.03)
