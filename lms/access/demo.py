"""The demo's people: a city centre with 186 staff of all five forms in two vendors and five teams."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from lms import clock
from lms.access import rules as access_rules
from lms.access import session
from lms.access.demo_names import GIVEN, NAMED, RARE, SURNAMES, Named, names
from lms.access.models import Account, ActivationCode, Role, RoleGrant, Scope
from lms.access.passwords import hash_password
from lms.db import db
from lms.demo import Copying, Demo
from lms.organisation.models import Post, Unit, UnitKind, Vendor
from lms.people import rules
from lms.people.models import VENDOR_FORMS, EmploymentForm, Person, Spell

STAFF = 186
NEWCOMER_CODE = "YZNEW-STAFF-2026"  # what stands on the newcomer's slip
CODE_DAYS = 365
PASSWORD = "Yunzhou-12345"  # noqa: S105 - printed for everyone; production refuses these accounts
CENTRE = "云州市12345政务服务便民热线中心"
ORGAN = "云州市数据局"
UNITS = (
    ("SJJ", ORGAN, UnitKind.organ, None),
    ("RX", CENTRE, UnitKind.institution, "SJJ"),
    ("RX1", "受理一组", UnitKind.team, "RX"),
    ("RX2", "受理二组", UnitKind.team, "RX"),
    ("RX3", "受理三组", UnitKind.team, "RX"),
    ("HF", "回访组", UnitKind.team, "RX"),
    ("ZJ", "质检组", UnitKind.team, "RX"),
    ("PX", "培训科", UnitKind.department, "RX"),
    ("ZH", "综合科", UnitKind.department, "RX"),
    ("YH", "云湖区", UnitKind.district, None),
    ("QS", "青石区", UnitKind.district, None),
    ("LJ", "临江区", UnitKind.district, None),
)
TEAMS = ("RX1", "RX2", "RX3", "HF", "ZJ")
TEAM_SHARES = (46, 46, 44, 26, 24)
TERRITORIES = {"RX1": "YH", "RX2": "QS", "RX3": "LJ", "HF": "YH", "ZJ": "YH"}
VENDORS = (
    ("HS", "云州慧声信息服务有限公司", "云数采〔2025〕17 号"),
    ("ZT", "临江众听科技有限公司", "云数采〔2025〕18 号"),
)
POSTS = (
    ("trainee", "见习坐席", 1, True, False),
    ("agent", "坐席", 2, True, False),
    ("senior", "高级坐席", 3, True, False),
    ("callback", "回访员", 2, True, False),
    ("qc", "质检员", 3, True, False),
    ("leader", "班组长", 4, True, False),
    ("trainer", "培训师", 4, False, False),
    ("officer", "综合岗", 3, False, False),
    ("director", "中心主任", 6, False, True),
)
FORMS = (
    (EmploymentForm.civil_servant, 14),
    (EmploymentForm.institution, 42),
    (EmploymentForm.direct_contract, 36),
    (EmploymentForm.dispatch, 44),
    (EmploymentForm.outsourced, 50),
)
LEAVERS = 9


@dataclass(frozen=True)
class Place:
    """Where the rows of the organisation are."""

    units: dict[str, Unit]
    posts: dict[str, Post]
    vendors: dict[str, Vendor]


def load(demo: Demo) -> Iterator[str]:
    """Organisation, people, accounts and roles."""
    place = _organisation(demo)
    yield f"组织：{len(place.units)} 个单位、{len(place.vendors)} 家承接方、{len(place.posts)} 种岗位"
    shared_hash = hash_password(PASSWORD)
    supply = names(demo.chance)
    forms = [form for form, size in FORMS for _ in range(size)]
    for named in NAMED:
        forms.remove(named.form)
    for named in NAMED:
        _add(demo, place, named, shared_hash)
    demo.chance.shuffle(forms)
    teams = [team for team, size in zip(TEAMS, TEAM_SHARES, strict=True) for _ in range(size)]
    demo.chance.shuffle(teams)
    numbers = (f"A{n}" for n in count(1001) if f"A{n}" not in demo.people)
    for n, form in enumerate(forms):
        rare = RARE[n] if n < len(RARE) else None
        team = teams[n % len(teams)]
        named = Named(
            number=next(numbers),
            name=rare or next(supply),
            form=form,
            unit="ZH" if form == EmploymentForm.civil_servant else team,
            post=_post_for(demo, form, team),
            years=demo.chance.randint(0, 6),
        )
        _add(demo, place, named, shared_hash)
    db.session.flush()
    yield f"人员：{len(demo.people)} 人，五种用工形式"
    _leavers(demo, place, supply)
    db.session.flush()
    yield f"另有 {LEAVERS} 人已离开，记录保留"


def say_how_copies_are_named(copying: Copying) -> None:
    """People of a large organisation get names from the same stock; two may share one."""
    copying.names.append(lambda chance: chance.choice(SURNAMES) + chance.choice(GIVEN))


def _organisation(demo: Demo) -> Place:
    units: dict[str, Unit] = {}
    for position, (code, name, kind, parent) in enumerate(UNITS):
        unit = Unit(code=code, name=name, kind=kind, position=position)
        unit.line_parent = units.get(parent) if parent else None
        units[code] = unit
        db.session.add(unit)
    for team, district in TERRITORIES.items():
        units[team].territory = units[district]
    vendors = {
        code: Vendor(
            code=code, name=name, contract_number=number,
            contract_from=date(demo.today.year - 1, 1, 1), contract_to=date(demo.today.year + 1, 12, 31),
        )
        for code, name, number in VENDORS
    }  # fmt: skip
    posts = {
        code: Post(code=code, name=name, level=level, is_front_line=front, is_leader=leads)
        for code, name, level, front, leads in POSTS
    }
    db.session.add_all([*vendors.values(), *posts.values()])
    db.session.flush()
    return Place(units, posts, vendors)


def _post_for(demo: Demo, form: EmploymentForm, team: str) -> str:
    if form == EmploymentForm.civil_servant:
        return "officer"
    if team == "HF":
        return "callback"
    if team == "ZJ":
        return "qc"
    return demo.chance.choices(("trainee", "agent", "senior"), (1, 6, 3))[0]


def _add(demo: Demo, place: Place, named: Named, shared_hash: str) -> Person:
    """A person with spell, account and roles; the 新员工 gets no password but an activation code."""
    chance = demo.chance
    person = Person(
        name=named.name,
        given_name=rules.given_name(named.name),
        sort_key=rules.sort_key(named.name),
        certificate_name=named.name,
        phone=f"139{chance.randrange(10**8):08d}",
        email=f"{named.number.lower()}@yunzhou.example",
        born_on=date(chance.randint(1972, 2003), chance.randint(1, 12), chance.randint(1, 28)),
    )
    starts = demo.today - timedelta(days=365 * named.years + chance.randint(150, 420))
    if named.is_new:
        starts = demo.today - timedelta(days=3)
    vendor = place.vendors[chance.choice(("HS", "ZT"))] if named.form in VENDOR_FORMS else None
    if named.vendor:
        vendor = place.vendors[named.vendor]
    if named.moved_from is not None:
        _earlier_spell(person, place, named, starts)
    spell = Spell(
        person=person,
        staff_number=named.number,
        form=named.form,
        employer=vendor.name if vendor else (ORGAN if named.form == EmploymentForm.civil_servant else CENTRE),
        vendor=vendor,
        unit=place.units[named.unit],
        post=place.posts[named.post],
        starts_on=starts,
    )
    now = clock.now()
    account = Account(
        person=person,
        password_hash=None if named.is_new else shared_hash,
        password_changed_at=None if named.is_new else now,
        welcomed_at=None if named.is_new else now,
        active_role=named.roles[-1] if len(named.roles) > 1 else None,
        is_demo=True,
    )
    db.session.add_all([person, spell, account])
    db.session.flush()
    if named.is_new:
        _slip(account)
    for role in named.roles:
        scope, unit_id, vendor_id = _scope(role, named, place)
        db.session.add(
            RoleGrant(person_id=person.id, role=role, scope=scope, unit_id=unit_id, vendor_id=vendor_id, granted_at=now)
        )
    demo.people[named.number] = person
    return person


def _slip(account: Account) -> None:
    """The newcomer's activation code, kept as its hash like any other."""
    now = clock.now()
    code_hash = session.hash_token(access_rules.normal_code(NEWCOMER_CODE))
    expires = now + timedelta(days=CODE_DAYS)
    db.session.add(
        ActivationCode(
            account_id=account.id, code_hash=code_hash, created_at=now, expires_at=expires, reason="新员工入职"
        )
    )


def _scope(role: Role, named: Named, place: Place) -> tuple[Scope, int | None, int | None]:
    if role == Role.line_leader:
        return Scope.own_unit, place.units[named.unit].id, None
    if role == Role.hr and named.vendor:
        return Scope.own_vendor, None, place.vendors[named.vendor].id
    return Scope.all, None, None


def _earlier_spell(person: Person, place: Place, named: Named, starts: date) -> None:
    """Two years at a vendor before: one record, two spells."""
    vendor = place.vendors["HS"]
    assert named.moved_from is not None
    db.session.add(
        Spell(
            person=person,
            staff_number=named.moved_from,
            form=EmploymentForm.outsourced,
            employer=vendor.name,
            vendor=vendor,
            unit=place.units[named.unit],
            post=place.posts["agent"],
            starts_on=starts - timedelta(days=730),
            ends_on=starts - timedelta(days=1),
        )
    )


def _leavers(demo: Demo, place: Place, supply: Iterator[str]) -> None:
    for n in range(LEAVERS):
        name = next(supply)
        person = Person(
            name=name,
            given_name=rules.given_name(name),
            sort_key=rules.sort_key(name),
            certificate_name=name,
            phone="",
            email="",
        )
        left = demo.today - timedelta(days=demo.chance.randint(30, 300))
        vendor = place.vendors[demo.chance.choice(("HS", "ZT"))]
        db.session.add(
            Spell(
                person=person,
                staff_number=f"B{1001 + n}",
                form=EmploymentForm.outsourced,
                employer=vendor.name,
                vendor=vendor,
                unit=place.units[demo.chance.choice(TEAMS[:3])],
                post=place.posts["agent"],
                starts_on=left - timedelta(days=demo.chance.randint(120, 700)),
                ends_on=left,
            )
        )
        db.session.add(Account(person=person, is_demo=True, is_disabled=True))
