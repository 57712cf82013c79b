"""Columns of a month's sheet: one a measure, by its label and the words offices use; what a cell of it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches

from appraisals.evidence import queries, rules
from lms.errors import Refused
from lms.imports.rules import FAULTY, N_, SAME, Field, Group, Option
from lms.sheets import cells
from lms.sheets.cells import Cell

WHO = (
    Field("number", N_("工号"), ("员工号", "员工编号", "人员编号", "坐席工号", "话务工号", "职工号"), is_required=True, sample="A1108"),
    Field("name", N_("姓名"), ("员工姓名", "人员姓名", "坐席姓名", "名字"), hint=N_("写了就和系统核对，对不上的不会直接写入"), sample="林晓岚"),
    Field("month", N_("月份"), ("考核月份", "年月", "统计月份", "所属月份", "数据月份"), hint=N_("没有这一列就在下面写是哪个月"), sample="2026-09"),
)  # fmt: skip
LONG = (
    Field("measure", N_("指标名称"), ("指标", "考核指标", "指标项"), hint=N_("一行一个指标的表才有")),
    Field("value", N_("数值"), ("指标值", "指标数值", "完成值", "结果值"), hint=N_("一行一个指标的表才有")),
)  # fmt: skip
WORDS: Mapping[str, tuple[str, ...]] = {
    "qc": ("质检分数", "质检得分", "质检成绩", "质检平均分", "质检"),
    "satisfaction": ("满意度", "回访满意率", "群众满意率", "市民满意率"),
    "fcr": ("一次解决率", "首次解决率", "一次性办结率", "首解率"),
    "on_time": ("按时办结", "按期办结率", "及时办结率", "办结及时率"),
    "dispatch_accuracy": ("派单准确", "派件准确率", "转派准确率", "派发准确率"),
    "answer_rate": ("接听率", "呼入接通率"),
    "attendance": ("出勤率", "到岗率", "考勤分", "出勤得分"),
    "fatal_errors": ("致命错误", "致命错误数", "致命错误次数"),
    "leave_days": ("病事假", "请假天数"),
    "maternity_days": ("产假",),
}
DAYS = (
    Field("due_days", N_("应出勤天数"), ("应出勤", "应到天数", "应到班次", "应出勤班次", "应到"), sample="22"),
    Field("worked_days", N_("实出勤天数"), ("实出勤", "实际出勤", "实际出勤天数", "实到天数", "实到班次", "出勤天数", "实到"),
          hint=N_("和应出勤天数一起，算出勤率"), sample="21"),
    Field("sick_days", N_("病假天数"), ("病假",)),
    Field("personal_days", N_("事假天数"), ("事假",)),
)  # fmt: skip
ATTENDANCE = ("attendance", "leave_days", "maternity_days")
GROUPS = (
    Group("new", N_("新增"), "ok"),
    Group("corrected", N_("更正"), "warn", hint=N_("这个月已经有数，写成新的一行，旧的一行保留")),
    Group("other_person", N_("姓名对不上"), "warn", is_ticked=False, hint=N_("工号和姓名不是同一个人；核对以后再勾选")),
    SAME,
    FAULTY,
)
MONTH = Option("month", N_("是哪个月的"), N_("写成 2026-09；表里有月份的以表里为准，两个不一样的行要修改"), "month")


@dataclass(frozen=True)
class Column:
    """A measure that can be imported: whether it is a rate, its largest value, whether it scores by now."""

    id: int
    code: str
    label: str
    unit: str
    is_rate: bool
    maximum: Decimal
    is_confirmed: bool

    def read(self, cell: Cell) -> Decimal | None:
        """The value of a cell, in percent for a rate; refuses what lies outside."""
        reader = cells.rate if self.is_rate or self.code == "attendance" else cells.number
        try:
            value = reader(cell)
        except Refused as refused:
            raise Refused("{label}：{why}", label=self.label, why=str(refused)) from None
        if value is not None and not 0 <= value <= self.maximum:
            raise Refused(
                "{label}是 {value}，要在 0 到 {maximum} 之间。",
                label=self.label, value=cells.plain(value), maximum=cells.plain(self.maximum),
            )  # fmt: skip
        return value

    def shown(self, value: Decimal) -> str:
        """A value with its unit."""
        return f"{cells.plain(value)}%" if self.is_rate else f"{cells.plain(value)} {self.unit}"

    def word(self) -> str:
        """Its label; one that does not score yet says so."""
        return self.label if self.is_confirmed else f"{self.label}（待确认，不计分）"


def columns(day: object = None) -> dict[str, Column]:
    """Every measure by its code; whether it scores on a day (a KPI without a confirmed base and target does not)."""
    targets = queries.targets_on(day) if day is not None else {}  # type: ignore[arg-type]
    return {
        one.code: Column(
            one.id, one.code, one.label, one.unit_label, one.is_rate, rules.reading(one.code).maximum,
            not one.is_rate or (one.code in targets and targets[one.code].is_confirmed),
        )
        for one in queries.measures()
    }  # fmt: skip


def named(word: str, known: Mapping[str, Column]) -> Column:
    """The measure that a word stands for; refuses an unknown one with the nearest."""
    folded = cells.fold(word)
    by_word = {
        cells.fold(name): one for one in known.values() for name in (one.label, one.code, *WORDS.get(one.code, ()))
    }
    if folded in by_word:
        return by_word[folded]
    close = get_close_matches(folded, list(by_word), n=1, cutoff=0.5)
    if close:
        raise Refused("没有「{word}」这个指标，最接近的是「{near}」。", word=word, near=by_word[close[0]].label)
    raise Refused("没有「{word}」这个指标。", word=word)


def fields(*, only_attendance: bool) -> Sequence[Field]:
    """The columns a sheet may have, by the measures as they are now."""
    known = columns()
    chosen = [known[code] for code in ATTENDANCE if code in known] if only_attendance else list(known.values())
    measures = [Field(one.code, one.label, WORDS.get(one.code, ()), hint="") for one in chosen]
    return [*WHO, *DAYS, *measures] if only_attendance else [*WHO, *measures, *LONG]
