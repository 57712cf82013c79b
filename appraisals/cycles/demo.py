"""The demo's cycles: last year's annual one from plan to archive, and a quarter that is being graded now."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from appraisals.cycles import dossiers, queries, roster
from appraisals.cycles.actions import (
    archiving,
    contesting,
    determining,
    grading,
    moving,
    opening,
    scoring,
    signing,
)
from appraisals.cycles.actions.opening import SpecialCase
from appraisals.cycles.models import Cycle, CycleKind, Participation
from appraisals.cycles.rules import board
from appraisals.cycles.rules.board import BoardRow
from appraisals.cycles.rules.grades import Grade
from appraisals.cycles.rules.stages import Actor, Decider, Stage
from appraisals.scores import actions as scores
from lms import audit, calendar, clock
from lms.demo import Demo
from lms.people.models import VENDOR_FORMS

MAIN = "A1037"
GRADING_DAYS_LEFT = 4
QUARTER_WORDS = "一二三四"
LOW = (  # score alone never gives a lower grade: each has its documented condition
    (Grade.basic, "全年两次经核实的派单差错被通报，符合办法规定的基本称职（合格）情形"),
    (Grade.basic, "培训学时未完成且两次补训缺席，符合办法和合同约定的情形"),
)
FIRST_JOBS = 2
DONE = (
    "全年接听来电 {calls} 通，按时派单，没有一张因为要素不全被退回。",
    "承担夜间和节假日值守 {nights} 次，紧急来电都先接通三方再补录。",
    "学完热线标准、诉求分流和数据安全的课程，把失分的题记在本子上，每周看一遍。",
    "带了 {pupils} 位新同事跟听，帮他们过了上岗测验。",
    "整理医保和社保的常见问法 {cards} 条，交知识库采用。",
)
LACKS = (
    "多选题还容易漏选，新的一年要把法定途径的几条线再理清。",
    "遇到情绪激动的来电人，语速会变快，要练。",
    "对外区的承办单位还不够熟，派单前要多核一步。",
    "长通话后的记录偏简，要在挂断前把诉求复述一遍。",
)
OPINIONS = (
    "接线稳，记录完整，愿意带新人。",
    "业务熟，回访满意率一直在组里前列。",
    "出勤好，夜班从不推脱；记录质量还可以再细。",
    "进步明显，派单差错比上一季度少了一半。",
    "政策口径掌握准，情绪类来电处理得稳。",
)
REASONS = ("本季度有一次升级投诉经核实属实，按合同约定调低一档", "代班组完成专项回访，承接方提出上调")


@dataclass(frozen=True)
class Cast:
    """Who acts in a cycle."""

    hr: Decider
    committee: Decider
    vendors: dict[int, list[Decider]]
    leaders: dict[int, Decider]

    def decider(self, row: BoardRow) -> Decider | None:
        """Who proposes a person's grade: the employer's side, never the person."""
        sides = self.vendors.get(row.vendor_id or 0, []) if row.form in VENDOR_FORMS else [self.hr, self.committee]
        return next((one for one in sides if one.person_id != row.person_id), None)


@contextmanager
def _as(decider: Decider, at: datetime) -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(clock.frozen(at))
        stack.enter_context(audit.acting_as(decider.person_id, decider.name, "web"))
        yield


def load(demo: Demo) -> Iterator[str]:
    """Both cycles, each step by its own verb at its own instant."""
    scores.load_schemes()
    first, last = demo.notes["quarter"]
    cast = _cast(demo)
    year = last.year - 1
    annual = _annual_opens(demo, cast, year)
    yield f"{annual.title}：{len(queries.participation_ids(annual.id))} 人参加，个人总结已交"
    _annual_scores(cast, annual, year)
    yield f"{annual.title}：已算分"
    yield _annual_ends(demo, cast, annual, year)
    quarter = _quarter_opens(demo, cast, first, last)
    yield f"{quarter.title}：{len(queries.participation_ids(quarter.id))} 人，已算分，进入评定"
    yield _quarter_proposals(demo, cast, quarter, last)


def _cast(demo: Demo) -> Cast:
    def decider(number: str, actor: Actor, vendor_id: int | None = None) -> Decider:
        person = demo.people[number]
        return Decider(person.id, person.name, actor, vendor_id)

    ids = {number: person.id for number, person in demo.people.items()}
    spells = {spell.person_id: spell for spell in roster.spells_in(demo.today, demo.today, demo.today)}
    vendors: dict[int, list[Decider]] = {}
    for number in ("H4101", "H4102", "H4103", "H4104"):
        vendor_id = spells[ids[number]].vendor_id
        assert vendor_id is not None
        vendors.setdefault(vendor_id, []).append(decider(number, Actor.vendor_hr, vendor_id))
    leaders = {
        spells[ids[number]].unit_id: decider(number, Actor.line_leader) for number in ("L3001", "L3002", "L3003")
    }
    return Cast(decider("H4001", Actor.hr), decider("C5001", Actor.committee), vendors, leaders)


def _annual_opens(demo: Demo, cast: Cast, year: int) -> Cycle:
    """Opened and published in December; most write their summary until early January."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    with _as(cast.hr, clock.local_instant(date(year, 12, 8), 9, 30)):
        newest = [s for s in roster.spells_in(first, last, clock.today()) if (last - s.starts_on).days < 150]
        newest.sort(key=lambda spell: spell.starts_on)
        special = {spell.person_id: SpecialCase(is_first_job=True) for spell in newest[-FIRST_JOBS:]}
        cycle = opening.open_cycle(
            f"{year}", f"{year} 年度考核", CycleKind.annual, first, last,
            grading_due_on=date(year + 1, 1, 25), special=special,
        )  # fmt: skip
    with _as(cast.committee, clock.local_instant(date(year, 12, 10), 15)):
        moving.move(cycle, Stage.plan_published, Actor.committee, "方案征求过意见，今日公布")
    with _as(cast.hr, clock.local_instant(date(year, 12, 12), 9)):
        moving.move(cycle, Stage.self_summary, Actor.hr)
    for person in queries.participations(cycle.id):
        if demo.chance.random() < 0.88 or person.spell.staff_number == MAIN:
            name = person.spell.person.name
            day = date(year, 12, 14) + timedelta(days=demo.chance.randint(0, 21))
            at = clock.local_instant(day, demo.chance.randint(9, 20), demo.chance.randint(0, 59))
            with clock.frozen(at), audit.acting_as(person.person_id, name, "web"):
                moving.save_summary(person, _summary(demo.chance), person.person_id)
    return cycle


def _summary(chance: random.Random) -> str:
    figures = {
        "calls": chance.randint(6800, 9900), "nights": chance.randint(9, 26), "pupils": chance.randint(1, 4),
        "cards": chance.randint(6, 30),
    }  # fmt: skip
    done = chance.sample(DONE, chance.randint(2, 4))
    return "\n\n".join([*(words.format(**figures) for words in done), f"不足：{chance.choice(LACKS)}"])


def _annual_scores(cast: Cast, cycle: Cycle, year: int) -> None:
    with _as(cast.hr, clock.local_instant(date(year + 1, 1, 8), 9)):
        moving.move(cycle, Stage.evidence_locked, Actor.hr, "12 月指标已到齐")
        _compute(cycle)
    with _as(cast.hr, clock.local_instant(date(year + 1, 1, 14), 9)):
        moving.move(cycle, Stage.grading, Actor.hr)


def _compute(cycle: Cycle) -> None:
    run(scoring.compute_scores({"cycle_id": cycle.id}))


def _advice(cycle: Cycle, rows: list[BoardRow]) -> dict[int, Grade | None]:
    """What the rules would propose for each person."""
    pools, terms = queries.pools(cycle.id), queries.terms_on(cycle.period_from)
    percents = {key: pool.percent for key, pool in pools.items()}
    bands = {row.pool: terms[row.form].bands[cycle.kind] for row in rows}
    proposed = board.proposals(rows, percents, bands)
    return {item.person_id: item.grade for proposal in proposed.values() for item in proposal.items}


def _annual_ends(demo: Demo, cast: Cast, cycle: Cycle, year: int) -> str:
    """Everybody graded, fixed by the committee, made public for five working days, in force, archived."""
    rows = queries.board(cycle.id, (queries.EVERYBODY,))
    people = {one.id: one for one in queries.participations(cycle.id)}
    _opinions(demo.chance, cast, people, rows, date(year + 1, 1, 15), 40)
    advice = _advice(cycle, rows)
    low = dict(zip([row.id for row in rows if row.is_graded and row.total][-len(LOW) :], LOW, strict=False))
    for n, row in enumerate(rows):
        decider = cast.decider(row)
        if not row.is_graded or decider is None:
            continue
        grade, reason = low.get(row.id, (advice.get(row.person_id) or Grade.competent, ""))
        with _as(decider, clock.local_instant(date(year + 1, 1, 19 + n % 4), 9 + n % 8, (n * 7) % 60)):
            grading.decide_grade(people[row.id], grade, reason, decider)
    with _as(cast.committee, clock.local_instant(date(year + 1, 1, 26), 10)):
        fixed = determining.determine(cycle, cast.committee, "考核委员会 1 月 26 日会议集体确定")
    start = date(year + 1, 1, 27)
    with _as(cast.hr, clock.local_instant(start, 9)):
        moving.move(cycle, Stage.publicity, Actor.hr, "优秀人选公示 5 个工作日")
    objected = _objections(demo, cast, cycle, start)
    end = calendar.add_working_days(start, 6)
    with _as(cast.hr, clock.local_instant(end, 9)):
        moving.move(cycle, Stage.final, Actor.hr, "公示期间的一条异议经核实不成立")
        run(signing.notify({"cycle_id": cycle.id}))
    _signatures(demo, cast, cycle, end)
    with _as(cast.hr, clock.local_instant(date(year + 1, 3, 10), 16)):
        moving.move(cycle, Stage.archived, Actor.hr, "登记表已归入个人档案")
        run(archiving.file_forms({"cycle_id": cycle.id}))
    return f"{cycle.title}：{fixed} 人定等次，公示、签署、归档；{objected}"


def run(steps: Iterator[object]) -> None:
    """Do a job's verb to its end."""
    for _ in steps:
        pass


def _objections(demo: Demo, cast: Cast, cycle: Cycle, start: date) -> str:
    """A colleague objects to somebody on the list; one who took no part looks into it and finds no ground."""
    (publicity,) = dossiers.publicities(cycle.id)
    listed = {row["participation_id"] for row in publicity.rows}
    claimant, reviewer = demo.people["A1012"], demo.people["L3002"]
    about = next(
        one
        for one in queries.participations(cycle.id)
        if one.id in listed and one.spell.vendor_id is None and one.person_id not in {claimant.id, reviewer.id}
    )
    day = calendar.add_working_days(start, 2)
    with _as(Decider(claimant.id, claimant.name, Actor.person), clock.local_instant(day, 15, 20)):
        contesting.contest_publicity(publicity, about, claimant.id, "第四季度有一次夜班交接缺记录，建议核实后再定。")
    with _as(cast.hr, clock.local_instant(day, 17)):
        if reviewer.id in dossiers.involved(about) or reviewer.id == claimant.id:
            reviewer = demo.people["L3003"]
        contesting.assign(_open_case(about), reviewer, cast.hr)
    with _as(Decider(reviewer.id, reviewer.name, Actor.reviewer), clock.local_instant(day + timedelta(days=1), 16)):
        words = "调阅交接班登记，当晚记录补在次日第一班，内容完整；不影响评定。"
        contesting.decide(_open_case(about), reviewer, is_upheld=False, text=words)
    return "一条异议不成立"


def _open_case(about: Participation) -> dossiers.Case:
    return next(case for case in dossiers.cases_of(about.id) if case.is_open)


def _signatures(demo: Demo, cast: Cast, cycle: Cycle, told: date) -> None:
    """Everybody signs within two weeks; one disagrees; who has left is witnessed by HR."""
    here = {person.id for person in demo.people.values()}
    for n, one in enumerate(queries.participations(cycle.id)):
        at = clock.local_instant(told + timedelta(days=1 + n % 12), 9 + n % 8, (n * 13) % 60)
        name = one.spell.person.name
        if one.person_id not in here:
            with _as(cast.hr, at):
                signing.witness(one, cast.hr.person_id or 0, "本人已离岗，挂号邮寄送达，同组两名同事见证。")
            continue
        agrees = n != 41
        with clock.frozen(at), audit.acting_as(one.person_id, name, "web"):
            signing.sign(
                one, one.person_id, agrees=agrees, text="" if agrees else "对勤的得分有保留意见，夜班调休没有算进去。"
            )


def _opinions(
    chance: random.Random, cast: Cast, people: dict[int, Participation], rows: list[BoardRow], day: date, most: int
) -> None:
    """The line leaders write what they think of some of their people."""
    own = [row for row in rows if row.unit_id in cast.leaders and row.person_id != cast.leaders[row.unit_id].person_id]
    for n, row in enumerate(chance.sample(own, min(most, len(own)))):
        leader = cast.leaders[row.unit_id]
        with _as(leader, clock.local_instant(day + timedelta(days=n % 3), 14, (n * 3) % 60)):
            grading.record_opinion(people[row.id], chance.choice(OPINIONS), leader)


def _quarter_opens(demo: Demo, cast: Cast, first: date, last: date) -> Cycle:
    """A quarter needs no summary: published, evidence locked, scored, in grading until a day that is near."""
    number = (last.month - 1) // 3
    with _as(cast.hr, clock.local_instant(last - timedelta(days=10), 9, 30)):
        cycle = opening.open_cycle(
            f"{last.year}Q{number + 1}", f"{last.year} 年第{QUARTER_WORDS[number]}季度平时考核", CycleKind.quarterly,
            first, last, grading_due_on=demo.today + timedelta(days=GRADING_DAYS_LEFT),
        )  # fmt: skip
    with _as(cast.committee, clock.local_instant(last - timedelta(days=6), 15)):
        moving.move(cycle, Stage.plan_published, Actor.committee)
    with _as(cast.hr, clock.local_instant(last + timedelta(days=9), 9)):
        moving.move(cycle, Stage.evidence_locked, Actor.hr, f"{last.month} 月指标已到齐")
        _compute(cycle)
    with _as(cast.hr, clock.local_instant(last + timedelta(days=13), 9)):
        moving.move(cycle, Stage.grading, Actor.hr)
    return cycle


def _quarter_proposals(demo: Demo, cast: Cast, cycle: Cycle, last: date) -> str:
    """Half of the grades proposed; one vendor has put up one more for A than it has seats."""
    rows = queries.board(cycle.id, (queries.EVERYBODY,))
    people = {one.id: one for one in queries.participations(cycle.id)}
    _opinions(demo.chance, cast, people, rows, last + timedelta(days=14), 26)
    advice = _advice(cycle, rows)
    over = _one_too_many(cycle, rows)
    for row in rows:
        if over and row.pool == over[0].pool and row.is_graded and row.total:
            advice[row.person_id] = Grade.excellent if row in over else Grade.competent
    wanted: list[tuple[BoardRow, Grade, str]] = []
    for row in rows:
        grade = advice.get(row.person_id)
        is_whole = bool(over) and row.pool == over[0].pool
        if grade is None or not row.is_graded or not (is_whole or demo.chance.random() < 0.45):
            continue
        wanted.append((row, grade, REASONS[1] if over and row is over[-1] else ""))
    changed = next(item for item in reversed(wanted) if item[0].form in VENDOR_FORMS and item[1] is Grade.competent)
    wanted.append((changed[0], Grade.basic, REASONS[0]))
    opened, span = last + timedelta(days=14), max(1, (demo.today - last).days - 15)
    looked: list[dict[str, object]] = demo.notes.setdefault("looked", [])
    for n, (row, grade, reason) in enumerate(wanted):
        decider = cast.decider(row)
        if decider is not None:
            at = clock.local_instant(opened + timedelta(days=n * span // len(wanted)), 9 + n % 9, (n * 11) % 60)
            with _as(decider, at):
                grading.decide_grade(people[row.id], grade, reason, decider)
            looked.append(
                {
                    "person_id": row.person_id, "viewer_id": decider.person_id, "viewer_label": decider.name,
                    "page": cycle.title, "at": at - timedelta(minutes=3),
                }
            )  # fmt: skip
    label = queries.pools(cycle.id)[over[0].pool].label if over else "没有单位"
    return f"{cycle.title}：提出 {len(wanted)} 个等次，{label}超出 1 名"


def _one_too_many(cycle: Cycle, rows: list[BoardRow]) -> list[BoardRow]:
    """The best of a pool who could be put up for the highest grade, one more than it has seats; vendors' pools first."""
    pools = {key: (pool.label, pool.percent) for key, pool in queries.pools(cycle.id).items()}
    for pool in sorted(board.seats_of(rows, pools), key=lambda one: (not one.pool.startswith("contract"), one.pool)):
        able = [row for row in rows if row.pool == pool.pool and row.is_graded and row.total and not row.closed]
        if pool.seats and len(able) > pool.seats:
            return able[: pool.seats + 1]
    return []
