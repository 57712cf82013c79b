"""The demo's programmes: one near its end, one with a tail that is late, one for the posts, and a draft."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from sqlalchemy import select, update

from courses.programmes.actions import drafting, extending, following, reminding
from courses.programmes.actions.drafting import Plan
from courses.programmes.models import Programme, Stage
from courses.programmes.queries import members, sources
from courses.programmes.queries.members import Wanted
from courses.programmes.rules.audience import Audience
from courses.programmes.rules.deadlines import Due
from lms import audit, clock
from lms.db import db
from lms.demo import Demo
from lms.mail import OutboxMail
from lms.organisation.models import Post, Unit
from lms.people.models import EmploymentForm
from lms.web.guards import Reach

AUTHOR, MAIN = "H4001", "A1037"
ALL = (Reach("hr", "all"),)
EXCUSES = ("产假", "借调到市信访局", "长期病假")
TEAMS = ("RX1", "RX2", "RX3")
POSTS = ("trainee", "agent", "senior")
COURSES = (("course", "C1"), ("course", "B2"), ("course", "A3"))


def load(demo: Demo) -> Iterator[str]:
    """Programmes as they were published, followed, reminded, nudged and extended up to today."""
    drafting.load_defaults()
    author = demo.people[AUTHOR]
    with audit.acting_as(author.id, author.name, "demo"):
        quarter = _quarter(demo)
        yield _told(quarter)
        late = _late(demo)
        yield _told(late)
        posts = _posts(demo)
        yield _told(posts)
        _draft(demo)
    db.session.execute(update(OutboxMail).where(OutboxMail.sent_at.is_(None)).values(sent_at=OutboxMail.created_at))
    yield "培训任务：另有 1 份草稿"


def _told(programme: Programme) -> str:
    _rows, waiting = members.listed(programme.id, ALL, Wanted(), clock.today(), clock.now(), limit=1)
    return f"培训任务「{programme.title}」：{waiting} 人未完成"


def _published(demo: Demo, plan: Plan, days_ago: int, remind_days: Iterable[int]) -> Programme:
    """A programme published some days ago; reminders went out on some days since."""
    with clock.frozen(clock.local_instant(demo.today - timedelta(days=days_ago), 10)):
        programme = drafting.draft(plan)
        programme.state, programme.published_at = Stage.published, clock.now()
        db.session.flush()
        audit.record("programme.publish", drafting.KIND, programme.id, programme.title)
        _run(following.follow(programme.id))
    for back in sorted(remind_days, reverse=True):
        with clock.frozen(clock.local_instant(demo.today - timedelta(days=back), 9, 2)):
            _run(following.catch_up(programme.id))
            _run(reminding.remind(programme.id))
    _run(following.follow(programme.id))
    _run(following.catch_up(programme.id))
    programme.reminded_on = demo.today
    db.session.flush()
    return programme


def _run(steps: Iterable[object]) -> None:
    for _step in steps:
        pass


def _quarter(demo: Demo) -> Programme:
    """One of three courses by everybody, eleven days to go, 93 percent done; three are excused."""
    due = demo.today + timedelta(days=11)
    plan = Plan(
        title="第四季度学习：三门选一门",
        why="政策口径年底更新，每人至少把一门主课学完或重新通过一次测验，接电话时心里有底。",
        items=COURSES,
        needed=1,
        audience=Audience(),
        due=Due(on=due, least_days=7),
        days_before=(14, 7, 1),
        days_after=(1,),
        named={person_id: (False, excuse) for person_id, excuse in zip(_idle(demo), EXCUSES, strict=True)},
    )
    return _published(demo, plan, 48, (3,))


def _idle(demo: Demo) -> list[int]:
    """Three people without any course, those hired first."""
    facts = sources.facts(COURSES, [person.id for person in demo.people.values()])
    return sorted(person_id for person_id, done in facts.items() if not done)[: len(EXCUSES)]


def _late(demo: Demo) -> Programme:
    """The yearly course on confidentiality for agency and vendor staff, its day gone by; two have more time."""
    due = demo.today - timedelta(days=9)
    plan = Plan(
        title="保密与个人信息年度必修（派遣和外包）",
        why="合同约定每年学一次。来电人的电话、住址都是个人信息。",
        items=COURSES[2:],
        audience=Audience(forms=frozenset({EmploymentForm.dispatch, EmploymentForm.outsourced})),
        due=Due(on=due, least_days=7),
        days_before=(7, 1),
        days_after=(1, 7),
    )
    programme = _published(demo, plan, 60, (16, 10, 8, 2))
    at = clock.local_instant(demo.today - timedelta(days=1), 15, 20)
    with clock.frozen(at):
        rows, _total = members.listed(programme.id, ALL, Wanted(state="late"), demo.today, at, limit=None)
        people = [row.person_id for row in rows if row.person_id != demo.people[MAIN].id]
        until = demo.today + timedelta(days=14)
        extending.extend(programme, people[:1], ALL, until, "住院治疗，班组长已核实")
        extending.extend(programme, people[1:2], ALL, until + timedelta(days=7), "支援区中心一个月，回来补学")
        words = reminding.nudge_words(programme.title, rows[0].due_at)
        reminding.nudge(programme, people[2:8], ALL, words)
    return programme


def _posts(demo: Demo) -> Programme:
    """Standards and petition work for those who take calls: three days to go, joiners follow."""
    units = frozenset(db.session.scalars(select(Unit.id).where(Unit.code.in_(TEAMS))))
    posts = frozenset(db.session.scalars(select(Post.id).where(Post.code.in_(POSTS))))
    plan = Plan(
        title="受理岗位必修",
        why="上岗证的两门主课。课节按自己的时间学，进度随时保存。",
        policy_code="P03",
        items=COURSES[:2],
        audience=Audience(units=units, posts=posts),
        due=Due(on=demo.today + timedelta(days=3), least_days=14),
        days_before=(7, 3, 1),
        days_after=(1,),
    )
    return _published(demo, plan, 40, (4,))


def _draft(demo: Demo) -> None:
    """Being written: everything for newcomers, thirty days after they come."""
    plan = Plan(
        title="新员工入职三十天",
        why="入职后先学这三门，再跟听。",
        items=COURSES,
        audience=Audience(hired_from=date(demo.today.year, 1, 1)),
        due=Due(days=30, least_days=7),
        days_before=(7, 1),
        days_after=(1,),
    )
    drafting.draft(plan)
