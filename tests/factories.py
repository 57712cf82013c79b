"""Plain builders for tests: each flushes, so wrap them in `with transaction():`. Names say who it is in the story."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from itertools import count

from flask import has_app_context
from flask.testing import FlaskClient
from sqlalchemy import select

from lms import audit, clock
from lms.access import session
from lms.access.models import Account, Role, RoleGrant, Scope
from lms.access.views.signing import COOKIE
from lms.db import db, transaction
from lms.organisation.models import Post, Unit, UnitKind, Vendor
from lms.people import rules
from lms.people.models import VENDOR_FORMS, EmploymentForm, Person, Spell

NUMBERS = count(1001)


def _kept(row):
    db.session.add(row)
    db.session.flush()
    return row


def unit(code: str = "T1", name: str = "受理一组", kind: str = "team", parent: Unit | None = None) -> Unit:
    """The unit with that code; made when it is not there."""
    known = db.session.scalar(select(Unit).where(Unit.code == code))
    return known or _kept(Unit(code=code, name=name, kind=UnitKind(kind), line_parent_id=parent.id if parent else None))


def vendor(code: str = "V1", name: str = "云州信服有限公司") -> Vendor:
    """The vendor with that code; made when it is not there."""
    known = db.session.scalar(select(Vendor).where(Vendor.code == code))
    return known or _kept(Vendor(code=code, name=name))


def post(code: str = "agent", name: str = "坐席", *, is_front_line: bool = True) -> Post:
    """The post with that code; made when it is not there."""
    known = db.session.scalar(select(Post).where(Post.code == code))
    return known or _kept(Post(code=code, name=name, level=2, is_front_line=is_front_line))


def person(
    name: str = "林晓岚",
    *,
    form: str = "outsourced",
    unit: Unit | None = None,
    vendor: Vendor | None = None,
    post: Post | None = None,
    staff_number: str | None = None,
    roles: Iterable[str] = ("learner",),
    scope: str = "all",
    starts_on: date | None = None,
    ends_on: date | None = None,
    welcomed: bool = True,
) -> Person:
    """A person with a spell, an account without a password that is past the first sign-in, and roles of one scope."""
    chosen = EmploymentForm(form)
    home = unit or _unit()
    company = (vendor or _vendor()) if chosen in VENDOR_FORMS else None
    given = rules.given_name(name)
    someone = _kept(
        Person(name=name, given_name=given, sort_key=rules.sort_key(name), certificate_name=name, phone="13800001234")
    )
    _kept(
        Spell(
            person_id=someone.id,
            staff_number=staff_number or f"A{next(NUMBERS)}",
            form=chosen,
            employer=company.name if company else "云州市政务服务中心",
            vendor_id=company.id if company else None,
            unit_id=home.id,
            post_id=(post or _post()).id,
            starts_on=starts_on or date(2024, 1, 1),
            ends_on=ends_on,
        )
    )
    now = clock.now()
    _kept(Account(person_id=someone.id, welcomed_at=now if welcomed else None))
    for role in roles:
        grant(someone, role, scope, home, company)
    return someone


def grant(person: Person, role: str, scope: str = "all", unit: Unit | None = None, vendor: Vendor | None = None):
    """One more role for a person."""
    return _kept(
        RoleGrant(
            person_id=person.id,
            role=Role(role),
            scope=Scope(scope),
            unit_id=unit.id if unit and scope == "own_unit" else None,
            vendor_id=vendor.id if vendor and scope == "own_vendor" else None,
            granted_at=clock.now(),
        )
    )


_unit, _vendor, _post = unit, vendor, post  # the arguments of `person` bear the same names


def sign_in(client: FlaskClient, person: Person | int) -> None:
    """Open a session directly, without a password, and give the browser its cookie."""
    person_id = person if isinstance(person, int) else person.id
    context = nullcontext() if has_app_context() else client.application.app_context()
    with context, transaction():  # the test's own session where it has one, so that nothing stays open around a view
        account = db.session.scalars(select(Account).where(Account.person_id == person_id)).one()
        token = session.open_session(account, hours=8, device="测试浏览器", address="127.0.0.1")
    client.set_cookie(COOKIE, token)


def as_person(person: Person) -> AbstractContextManager[None]:
    """Whatever is done inside the block was done by this person, as audit lines say."""
    return audit.acting_as(person.id, person.name, "test")


@contextmanager
def on_day(day: date, hour: int = 9) -> Iterator[None]:
    """Stand still on a local day at an hour, in every thread."""
    with clock.frozen(clock.local_instant(day, hour), everywhere=True):
        yield
