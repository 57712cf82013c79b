"""Model, db and transaction(): the only commit. SQLite and PostgreSQL behave alike to everything above."""

import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, CursorResult, DateTime, Dialect, Enum, Executable, MetaData, Numeric
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import JSON, TypeDecorator

from lms import sqlite
from lms.settings import Settings

R = TypeVar("R")
TEN_THOUSAND = Decimal(10_000)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """A decimal number kept to four places; SQLite keeps whole ten-thousandths, so sums stay exact."""

    impl = Numeric(14, 4)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(14, 4))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return int((Decimal(value) * TEN_THOUSAND).to_integral_value())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None or dialect.name != "sqlite":
            return None if value is None else Decimal(value)
        return Decimal(str(value)) / TEN_THOUSAND


class Model(DeclarativeBase):
    """Base of all tables: typed, plain, constraints named by convention."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: Instant,
        Decimal: Exact,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        enum.StrEnum: Enum(enum.StrEnum, native_enum=False, length=40, create_constraint=False),
    }

    id: Mapped[int] = mapped_column(primary_key=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"


db = SQLAlchemy(metadata=Model.metadata, session_options={"autoflush": True})

_writing: ContextVar[bool] = ContextVar("writing", default=True)
_before_commit: list[Callable[[Session], None]] = []


def before_commit(hook: Callable[[Session], None]) -> None:
    """Call the hook inside each transaction, last, just before it commits (audit lines)."""
    if hook not in _before_commit:
        _before_commit.append(hook)


@contextmanager
def transaction(*, writes: bool = True) -> Iterator[None]:
    """Commit what the block did, or roll all of it back if it raises or only reads. The only commit there is."""
    token = _writing.set(writes)
    try:
        yield
        if writes:
            for hook in _before_commit:
                hook(db.session())
            db.session.commit()
        else:
            db.session.rollback()
            db.session().info.clear()
    except BaseException:
        db.session.rollback()
        db.session().info.clear()
        raise
    finally:
        _writing.reset(token)


@contextmanager
def reading() -> Iterator[None]:
    """A snapshot that ends before a write begins, so slow work never holds the write lock."""
    if db.session.registry.has() and db.session().in_transaction():
        yield
        return
    token = _writing.set(False)
    try:
        yield
    finally:
        db.session.rollback()
        db.session().info.pop("once", None)
        _writing.reset(token)


@contextmanager
def ahead(*, writes: bool) -> Iterator[None]:
    """What a hot path reads before its view, in the view's own transaction; it ends here if the block raises."""
    token = _writing.set(writes)
    try:
        yield
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _writing.reset(token)


def once(key: tuple[object, ...], read: Callable[[], R]) -> R:
    """What a read gives, asked for once in a read-only transaction, whose snapshot cannot change; else asked anew."""
    if _writing.get():
        return read()
    kept: dict[tuple[object, ...], R] = db.session().info.setdefault("once", {})
    if key not in kept:
        kept[key] = read()
    return kept[key]


@contextmanager
def after_refusal() -> Iterator[None]:
    """What is read to explain a refusal: whatever the refused write did is undone and its lock given back first."""
    db.session.rollback()
    db.session().info.clear()
    with reading():
        yield


def plain_rows(statement: Executable, **values: Any) -> CursorResult[*tuple[Any, ...]]:
    """Rows of a statement of columns that was built once, without the ORM's share of the work; what waits is flushed."""
    session = db.session()
    if session.new or session.dirty or session.deleted:
        session.flush()
    return session.connection().execute(statement, values)


def is_sqlite() -> bool:
    """True when the bound database is SQLite."""
    return db.engine.dialect.name == "sqlite"


def engine_options(settings: Settings) -> dict[str, Any]:
    """Pool and driver options for the configured database."""
    if settings.is_sqlite:
        return {"connect_args": sqlite.connect_args(), "pool_size": 16, "pool_use_lifo": True}
    return {"pool_pre_ping": True, "pool_size": 8 + settings.job_workers, "pool_use_lifo": True}


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the database to an app; makes no query."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    with app.app_context():
        if is_sqlite():
            sqlite.tune(db.engine, _writing.get)
