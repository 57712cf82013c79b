"""Schemes are dated rows, scores are frozen trees: a new row only where something changed."""

from decimal import Decimal

import pytest
import yaml

from appraisals.evidence import actions as evidence
from appraisals.evidence import queries as evidence_queries
from appraisals.scores import actions, queries
from appraisals.scores.actions import Subject
from appraisals.scores.models import ScoreSnapshot
from appraisals.scores.rules import Node
from lms.db import db, transaction
from lms.errors import Refused
from lms.people.models import EmploymentForm
from tests.appraisals import stories
from tests.appraisals.stories import END, START

pytestmark = pytest.mark.usefixtures("context")


def subject(person) -> Subject:
    return Subject(person.id, EmploymentForm.outsourced, "agent")


class TestSchemes:
    def test_every_form_has_a_scheme_for_both_kinds_of_work_and_loading_twice_adds_nothing(self):
        with transaction():
            evidence.load_measures()
            assert actions.load_schemes() == 10
            assert actions.load_schemes() == 0
        assert set(actions.schemes_on(START)) == {
            (form, work) for form in EmploymentForm for work in ("agent", "office")
        }

    def test_a_file_whose_weights_miss_100_is_refused_with_the_dimension(self, tmp_path):
        data = yaml.safe_load(actions.FILE.read_text(encoding="utf-8"))
        data["schemes"][0]["dimensions"][1]["parts"][0]["weight"] = 41
        broken = tmp_path / "schemes.yaml"
        broken.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        with pytest.raises(Refused, match="能的权重合计是 101"), transaction():
            actions.load_schemes(broken)
        assert not queries.scheme_rows()

    def test_a_form_without_terms_is_refused(self, tmp_path):
        data = yaml.safe_load(actions.FILE.read_text(encoding="utf-8"))
        data["terms"] = data["terms"][1:]
        broken = tmp_path / "schemes.yaml"
        broken.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        with pytest.raises(Refused, match="没有对应的名额和天数"), transaction():
            actions.load_schemes(broken)


class TestScores:
    @pytest.fixture(autouse=True)
    def agent(self, context):
        with transaction():
            self.house = stories.house()
            stories.evidence(self.house.agent)

    def test_the_tree_goes_down_to_the_raw_rows(self):
        with transaction():
            snapshot = actions.compute([subject(self.house.agent)], START, END)[self.house.agent.id]
        tree = Node.from_dict(snapshot.tree)
        assert tree.find("satisfaction").calculation == "60 + 40×(96 − 90)÷(98 − 90) = 90"
        assert {kind for kind, _ in tree.find("qc").rows} == {"measure_row"}
        assert {kind for kind, _ in tree.find("certificates").rows} == {"award"}
        assert tree.find("ethics_course").missing
        assert snapshot.total == tree.shown
        assert snapshot.digest == tree.digest()

    def test_the_same_evidence_makes_no_new_row_and_a_change_keeps_the_old_one(self):
        who = subject(self.house.agent)
        with transaction():
            first = actions.compute([who], START, END)[who.person_id]
            assert actions.compute([who], START, END)[who.person_id] is first
            evidence.record_measure(who.person_id, "task_supervision", START, END, Decimal(1), "与本岗位无关")
            assert actions.compute([who], START, END)[who.person_id] is first
            qc = evidence_queries.measure_rows([who.person_id], START, END)[who.person_id]["qc"][0]
            old = evidence_queries.measure_row(qc.id)
            evidence.record_measure(who.person_id, "qc", START, END, Decimal(99), "质检系统", replaces=old)
            second = actions.compute([who], START, END)[who.person_id]
        assert second.total > first.total
        assert queries.earlier(second) == [first]
        assert db.session.query(ScoreSnapshot).count() == 2

    def test_a_confirmed_target_brings_its_measure_into_the_score(self):
        who = subject(self.house.agent)
        with transaction():
            evidence.record_measure(who.person_id, "dispatch_accuracy", START, END, Decimal(98), "工单系统")
            before = actions.compute([who], START, END)[who.person_id]
            evidence_queries.targets_on(START)["dispatch_accuracy"].is_confirmed = True
            after = actions.compute([who], START, END)[who.person_id]
        assert Node.from_dict(before.tree).find("dispatch_accuracy").missing
        assert Node.from_dict(after.tree).find("dispatch_accuracy").points == 100

    def test_too_little_evidence_gives_no_total(self):
        with transaction():
            found = actions.compute([Subject(self.house.clerk.id, EmploymentForm.institution, "agent")], START, END)
        assert found[self.house.clerk.id].total is None
        assert found[self.house.clerk.id].state == "insufficient_evidence"

    def test_a_form_without_a_scheme_is_refused(self):
        with pytest.raises(Refused, match="没有适用于服务外包的考核规则"):
            actions.compute([subject(self.house.agent)], START.replace(year=2024), END.replace(year=2024))
