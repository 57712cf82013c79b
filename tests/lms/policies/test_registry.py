"""The policy registry: loaded whole or not at all, cited by clause, shown with its validity."""

from datetime import UTC, date, datetime

import pytest
import yaml
from sqlalchemy import func, select

from lms import clock
from lms.db import db, transaction
from lms.markdown.values import Citation as Cited
from lms.policies import actions, queries, rules
from lms.policies.models import Citation, PolicyClause, PolicyDocument, PolicyStatus

DAY = date(2026, 11, 24)
ENTRY = {
    "code": "X01",
    "ref": "某某条例",
    "title": "某某条例",
    "number": "国务院令第 1 号",
    "issuer": "国务院",
    "level": "行政法规",
    "topics": ["热线运行"],
    "summary": "说明它管什么。",
    "versions": [
        {
            "label": "2025",
            "status": "in_force",
            "issued_on": date(2025, 1, 1),
            "effective_on": date(2025, 3, 1),
            "dates_checked": True,
            "clauses": [
                {"number": "第三条", "gist": "先说清再办。", "mark": "checked", "checked_on": date(2026, 1, 2)},
                {"number": "第九条", "gist": "本地定时限。", "mark": "local"},
            ],
        },
        {
            "label": "2010",
            "status": "superseded",
            "clauses": [{"number": "第十二条", "gist": "旧条款。", "mark": "local"}],
        },
    ],
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "缺少 title"),
        ({"versions": []}, "缺少 versions"),
        ({"versions": [{"label": "1", "status": "valid"}]}, "status「valid」"),
        ({"versions": [{"label": "1", "status": "in_force"}, {"label": "1", "status": "in_force"}]}, "出现了两次"),
        ({"versions": [{"label": "1", "status": "in_force", "issued_on": "2025"}]}, "应写成 2017-07-01"),
        (
            {
                "versions": [
                    {"label": "1", "status": "in_force", "clauses": [{"number": "1", "gist": "x", "mark": "sure"}]}
                ]
            },
            "checked 或 local",
        ),
        (
            {
                "versions": [
                    {"label": "1", "status": "in_force", "clauses": [{"number": "1", "gist": "x", "mark": "checked"}]}
                ]
            },
            "要写 checked_on",
        ),
    ],
)
def test_a_faulty_entry_is_told_in_a_sentence(change, words):
    assert any(words in sentence for sentence in rules.faults({**ENTRY, **change}))


def test_a_sound_entry_has_no_faults():
    assert rules.faults(ENTRY) == []


def test_a_version_that_has_not_begun_says_so_and_does_not_hold():
    assert rules.status_words(PolicyStatus.in_force, date(2027, 1, 1), DAY)[0] == "尚未施行"
    assert not rules.holds(PolicyStatus.in_force, date(2027, 1, 1), DAY)
    assert rules.holds(PolicyStatus.in_force, DAY, DAY)
    assert not rules.holds(PolicyStatus.superseded, date(2010, 1, 1), DAY)


@pytest.fixture
def folder(tmp_path, context):
    (tmp_path / "X01.yaml").write_text(yaml.safe_dump(ENTRY, allow_unicode=True), encoding="utf-8")
    return tmp_path


class TestLoading:
    def test_the_shipped_registry_loads_and_loading_again_changes_nothing(self, context):
        with transaction():
            first = actions.load_registry()
        assert first.faults == []
        assert first.documents == first.added >= 53
        with transaction():
            again = actions.load_registry()
        assert (again.added, again.changed) == (0, 0)

    def test_a_changed_gist_is_taken_over_without_new_rows(self, folder):
        with transaction():
            actions.load_registry(folder)
        changed = {**ENTRY, "versions": [{**ENTRY["versions"][0]}, ENTRY["versions"][1]]}
        changed["versions"][0]["clauses"] = [{**ENTRY["versions"][0]["clauses"][0], "gist": "改过的要点。"}]
        (folder / "X01.yaml").write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
        with transaction():
            report = actions.load_registry(folder)
        assert report.changed == 1
        assert queries.resolve("某某条例", "第三条")[1].gist == "改过的要点。"
        assert db.session.scalar(select(func.count()).select_from(PolicyClause)) == 3

    @pytest.mark.parametrize("text", ["a: [1", "- 1\n- 2", "code: X02\n", "\x00"])
    def test_one_bad_file_writes_nothing_and_is_named(self, folder, text):
        (folder / "X02.yaml").write_text(text, encoding="utf-8")
        with transaction():
            report = actions.load_registry(folder)
        assert {name for name, _ in report.faults} == {"X02.yaml"}
        assert db.session.scalar(select(func.count()).select_from(PolicyDocument)) == 0

    def test_the_same_reference_twice_is_refused(self, folder):
        (folder / "X02.yaml").write_text(yaml.safe_dump({**ENTRY, "code": "X02"}), encoding="utf-8")
        with transaction():
            report = actions.load_registry(folder)
        assert any("已经用在 X01.yaml" in sentence for _, sentence in report.faults)


class TestCiting:
    @pytest.fixture(autouse=True)
    def loaded(self, folder):
        with transaction():
            actions.load_registry(folder)

    def test_a_citation_shows_title_clause_gist_and_validity(self):
        with clock.frozen(datetime(2026, 11, 24, tzinfo=UTC)):
            facts = queries.cite_facts(Cited("某某条例", "第三条", 1))
        assert (facts.title, facts.clause, facts.gist) == ("某某条例", "第三条", "先说清再办。")
        assert (facts.status_label, facts.status_tone) == ("现行有效", "ok")
        assert facts.effective_text == "2025 年 3 月 1 日施行"
        assert facts.url == "/policies/X01#c-第三条"

    def test_a_clause_of_an_older_version_is_found_and_marked_superseded(self):
        assert queries.cite_facts(Cited("某某条例", "第十二条", 1)).status_label == "已被替代"

    @pytest.mark.parametrize(("ref", "clause"), [("没有这部", None), ("某某条例", "第一百条")])
    def test_what_is_not_there_is_not_made_up(self, ref, clause):
        assert queries.cite_facts(Cited(ref, clause, 1)) is None

    def test_citations_replace_those_made_before(self):
        with transaction():
            actions.set_citations("lesson", "a", [("某某条例", "第三条"), ("X01", None), ("没有", "1")])
        with transaction():
            actions.set_citations("lesson", "a", [("某某条例", "第九条")])
        rows = list(db.session.scalars(select(Citation)))
        assert [(row.kind, row.ref_id, row.clause_number) for row in rows] == [("lesson", "a", "第九条")]
