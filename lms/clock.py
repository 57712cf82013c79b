"""The only reader of the clock: aware UTC instants, local days. Tests freeze it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)
_shared: list[datetime | None] = [None]  # a frozen instant that other threads see too
_zone: list[tzinfo] = [ZoneInfo("Asia/Shanghai")]


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _frozen.get() or _shared[0] or datetime.now(UTC)


def today() -> date:
    """The local calendar day (Asia/Shanghai unless LMS_TIME_ZONE says otherwise)."""
    return local(now()).date()


def local(instant: datetime) -> datetime:
    """The same instant on the local wall clock."""
    return instant.astimezone(_zone[0])


def local_instant(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """The instant of a local day and hour, aware, in UTC; deadlines end at hour 18."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=_zone[0]).astimezone(UTC)


def use_zone(name: str) -> None:
    """Set the local time zone, once, at start."""
    _zone[0] = ZoneInfo(name)


@contextmanager
def frozen(instant: datetime, *, everywhere: bool = False) -> Iterator[None]:
    """Stand still at an instant; everywhere=True holds other threads' clocks as well."""
    if everywhere:
        before, _shared[0] = _shared[0], instant
        try:
            yield
        finally:
            _shared[0] = before
        return
    token = _frozen.set(instant)
    try:
        yield
    finally:
        _frozen.reset(token)


def minutes_between(start: datetime, end: datetime) -> float:
    """Minutes from start to end, negative when end lies before start."""
    return (end - start) / timedelta(minutes=1)
