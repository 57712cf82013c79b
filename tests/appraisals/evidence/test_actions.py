"""Measures are loaded once, values are recorded with a source, evidence is gathered for many in a flat number of queries."""

from datetime import date
from decimal import Decimal

import pytest

from appraisals.evidence import actions, queries
from appraisals.evidence.actions import NewValue
from lms.db import db, transaction
from lms.errors import Refused
from tests import factories
from tests.appraisals import stories
from tests.appraisals.stories import END, START

pytestmark = pytest.mark.usefixtures("context")


class TestLoading:
    def test_measures_are_loaded_once_and_a_confirmed_target_stays(self):
        with transaction():
            assert actions.load_measures().measures == len(queries.measures())
            queries.targets_on(START)["dispatch_accuracy"].is_confirmed = True
        with transaction():
            again = actions.load_measures()
        assert (again.changed, again.targets) == (0, 0)
        assert "dispatch_accuracy" in queries.confirmed_targets(START)

    def test_a_target_that_waits_for_confirmation_does_not_score(self):
        with transaction():
            actions.load_measures()
        assert queries.confirmed_targets(START)["satisfaction"] == (90, 98)
        assert "dispatch_accuracy" not in queries.confirmed_targets(START)
        assert not queries.targets_on(date(2024, 12, 31))


class TestRecording:
    @pytest.fixture(autouse=True)
    def person(self, context):
        with transaction():
            actions.load_measures()
            self.who = factories.person().id

    def record(self, **changed):
        facts = {
            "person_id": self.who,
            "code": "qc",
            "period_from": START,
            "period_to": END,
            "value": Decimal(90),
            "source": "质检系统",
        }
        return actions.record_measure(**(facts | changed))

    def test_a_correction_is_a_newer_row_and_the_older_one_no_longer_counts(self):
        with transaction():
            first = self.record()
            second = self.record(value=Decimal(95), replaces=first, note="漏了一通")
        rows = queries.measure_rows([self.who], START, END)[self.who]["qc"]
        assert [(row.id, row.value) for row in rows] == [(second.id, 95)]
        assert [row.value for row in queries.history(second)] == [95, 90]
        with pytest.raises(Refused, match="已经更正过"):
            self.record(replaces=first)

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"value": Decimal(101)}, "不在 0 到 100"),
            ({"code": "weather"}, "没有「weather」这个指标"),
            ({"person_id": 10**9}, "没有编号为"),
            ({"period_from": END, "period_to": START}, "起止日期反了"),
            ({"source": "  "}, "没有写来源"),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_sentence(self, changed, sentence):
        with pytest.raises(Refused, match=sentence):
            self.record(**changed)

    def test_a_correction_stays_with_its_person_and_measure(self):
        with transaction():
            first = self.record()
        with pytest.raises(Refused, match="不是这个人的"):
            self.record(code="fcr", replaces=first)

    def test_one_bad_row_keeps_the_whole_import_out(self):
        good = NewValue(self.who, "qc", START, END, Decimal(90), "质检系统")
        bad = NewValue(self.who, "qc", START, END, Decimal(900), "质检系统")
        with pytest.raises(Refused), transaction():
            actions.record_measures([good, bad])
        assert not queries.measure_rows([self.who], START, END)


class TestGathering:
    def test_hours_certificates_and_measures_are_read_from_their_rows(self):
        with transaction():
            house = stories.house()
            stories.evidence(house.agent, hours=36, fatal_errors=1, integrity_deduction=5)
            stories.award(house.agent, "B2", 88)
            stories.award(house.agent, "A3", 60, valid_until=date(2026, 9, 29))
        known = queries.gather([house.agent.id], START, END)[house.agent.id]
        assert known.parts["satisfaction"].value == 96
        assert known.parts["hours"].calculation == "min(100, 100×36÷30) = 100"
        assert [kind for kind, _ in known.parts["hours"].rows] == ["hour_entry"]
        assert known.parts["certificates"].points == 90
        assert known.parts["discipline"].points == 95
        assert known.has_post_certificate
        assert known.totals["fatal_errors"] == 1

    def test_a_person_without_anything_has_only_a_clean_record(self):
        with transaction():
            house = stories.house()
        known = queries.gather([house.clerk.id], START, END)[house.clerk.id]
        assert set(known.parts) == {"discipline", "hours"}
        assert not known.has_post_certificate

    def test_the_best_result_of_each_exam_of_conduct_in_the_past_year_counts(self):
        with transaction():
            house = stories.house()
            stories.passed(house.agent, ["A3"], 82, date(2026, 2, 1))
            best = stories.passed(house.agent, ["A3"], 91, date(2026, 5, 1))
            stories.passed(house.agent, ["A3"], 85, date(2026, 6, 1))
            other = stories.passed(house.agent, ["D1"], 97, date(2025, 12, 1))
            stories.passed(house.agent, ["C1"], 100, date(2026, 6, 2))
            stories.passed(house.agent, ["A3", "C1"], 100, date(2025, 9, 29), code="old")
        found = queries.gather([house.agent.id], START, END)[house.agent.id].parts["ethics_course"]
        assert found.points == 94
        assert set(found.rows) == {("attempt", best.attempt_id), ("attempt", other.attempt_id)}

    def test_the_number_of_queries_does_not_grow_with_the_people(self, count_queries):
        with transaction():
            house = stories.house()
            people = [factories.person(f"坐席{n}", unit=house.team, vendor=house.vendor) for n in range(12)]
            for one in people:
                stories.evidence(one)
            ids = [one.id for one in people]
        db.session.expunge_all()
        count_queries.clear()
        queries.gather(ids[:1], START, END)
        few = len(count_queries)
        db.session.expunge_all()
        count_queries.clear()
        queries.gather(ids, START, END)
        assert len(count_queries) == few < 12
