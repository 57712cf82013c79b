"""A month's figures from a sheet: understood, written as new rows, corrected by further rows, taken back."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from appraisals.evidence import actions
from appraisals.evidence.models import Measure, MeasureRow
from appraisals.evidence.sheets.kinds import ATTENDANCE, MEASURES, undo, write
from appraisals.evidence.sheets.planning import MonthPlanner
from lms import clock
from lms.db import db, transaction
from lms.imports import rules
from lms.imports.rules import Line, Stored, Task
from lms.sheets import cells
from tests import factories

pytestmark = pytest.mark.usefixtures("context")
TASK = Task(1, None, rules.EVERYTHING, {}, {}, "kpi.xlsx")


@pytest.fixture(autouse=True)
def measures(context):
    with transaction():
        actions.load_measures()
        factories.person("林晓岚", staff_number="A1")


def plan(task=TASK, **given):
    line = Line(2, {"number": "A1", "month": "2026-09"} | given)
    with clock.frozen(clock.local_instant(date(2026, 11, 24))):
        return MonthPlanner(task).plan([line])[0]


def stored(planned, before=None):
    return Stored(1, 2, planned.group, planned.label, planned.data, None, before or {})


def values():
    rows = db.session.execute(
        select(Measure.code, MeasureRow.value, MeasureRow.replaces_id).join(Measure).order_by(MeasureRow.id)
    )
    return [(code, value, replaced is not None) for code, value, replaced in rows]


def test_rates_are_shown_as_they_were_understood_with_their_unit():
    planned = plan(satisfaction=0.9422, qc="98.3", answer_rate="90.2%", fcr="—")
    shown = [(change.label, change.old, change.new) for change in planned.changes]
    assert ("满意率", "", "94.22%") in shown
    assert ("质检分", "", "98.3 分") in shown
    assert ("接通率（待确认，不计分）", "", "90.2%") in shown
    assert all(label != "一次性解决率" for label, _, _ in shown)


def test_a_line_becomes_rows_of_the_month_and_a_correction_names_what_it_replaces():
    with transaction():
        assert write(TASK, [stored(plan(satisfaction="94%"))])[0].is_done
    assert values() == [("satisfaction", Decimal(94), False)]
    assert plan(satisfaction=0.94).group == "same"
    corrected = plan(satisfaction="95%")
    assert (corrected.group, corrected.changes[0].old, corrected.changes[0].new) == ("corrected", "94%", "95%")
    with transaction():
        write(TASK, [stored(corrected)])
    assert values() == [("satisfaction", Decimal(94), False), ("satisfaction", Decimal(95), True)]
    row = db.session.scalars(select(MeasureRow)).first()
    assert (row.period_from, row.period_to, row.source) == (date(2026, 9, 1), date(2026, 9, 30), "导入：kpi.xlsx")


def test_undo_removes_its_own_rows_unless_they_were_corrected_since():
    with transaction():
        first = write(TASK, [stored(plan(qc=90))])[0]
        second = write(TASK, [stored(plan(qc=91))])[0]
    with transaction():
        kept = undo(TASK, [stored(plan(qc=1), first.before)])[0]
    assert not kept.is_done
    with transaction():
        assert undo(TASK, [stored(plan(qc=1), second.before)])[0].is_done
    assert values() == [("qc", Decimal(90), False)]


def test_what_somebody_recorded_since_the_preview_is_not_overwritten():
    planned = plan(qc=90)
    with transaction():
        write(TASK, [stored(plan(qc=80))])
    with transaction():
        assert not write(TASK, [stored(planned)])[0].is_done
    assert values() == [("qc", Decimal(80), False)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"number": "Z9"}, "没有工号 Z9"), ({"number": None}, "工号是空的"), ({"qc": 130}, "0 到 100 之间"), ({"qc": "好"}, "不是数字"),
        ({"satisfaction": "-3%"}, "0 到 100"), ({"month": "2027-01"}, "还没有到"), ({"month": None}, "没有写是哪个月"),
        ({"measure": "满意", "value": 90}, "最接近的是「满意率」"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_the_row(given, words):
    planned = plan(**given)
    assert planned.group == "faulty"
    assert words in "；".join(map(str, planned.sentences))


def test_another_name_under_the_number_is_not_written_by_itself():
    assert plan(name="林 晓岚", qc=90).group == "new"
    assert plan(name="赵可", qc=90).group == "other_person"


def test_attendance_comes_from_days():
    planned = plan(due_days=22, worked_days=21, sick_days="1")
    assert [(change.label, change.new) for change in planned.changes] == [
        ("出勤", "95.4545 分"),
        ("病事假天数", "1 天"),
    ]
    assert "多于应出勤" in str(plan(due_days=20, worked_days=21).sentences[0])
    both = plan(due_days=21, worked_days=22, attendance="1.05")  # a rate beside them is no way round
    assert (both.group, "多于应出勤" in str(both.sentences[0])) == ("faulty", True)
    assert "对不上" in str(plan(due_days=22, worked_days=21, attendance="59%").sentences[0])
    assert plan(due_days=22, worked_days=21, attendance="95%").group == "new"  # rounded


def test_one_measure_a_row_is_understood_too():
    planned = plan(measure="满意度", value="95%")
    assert planned.changes[0].new == "95%"


def test_the_columns_are_found_by_the_words_offices_use():
    header = [
        "工号",
        "姓名",
        "月份",
        "接通率",
        "满意度（%）",
        "一次性解决率",
        "派单准确率",
        "按时办结率",
        "质检得分",
        "出勤率",
    ]
    found = rules.guess(header, MEASURES.fields(None))
    assert len(found) == len(header)
    assert rules.guess(["工号", "应出勤", "实出勤", "病假"], ATTENDANCE.fields(None)).keys() == {
        "number", "due_days", "worked_days", "sick_days",
    }  # fmt: skip
    assert cells.month("2026年9月") == date(2026, 9, 1)
