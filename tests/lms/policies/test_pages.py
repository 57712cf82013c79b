"""The policy library and the page behind each citation."""

from datetime import date

import pytest
import yaml

from lms.db import transaction
from lms.policies import actions, queries
from tests import factories
from tests.lms.policies.test_registry import ENTRY

DAY = date(2026, 11, 24)
COMING = {
    "code": "X02",
    "ref": "某某标准",
    "title": "某某热线数据标准",
    "number": "GB/T 12345-2026",
    "issuer": "国家标准委",
    "level": "国家标准",
    "topics": ["数据", "热线运行"],
    "versions": [{"label": "2026", "status": "in_force", "effective_on": date(2027, 3, 1)}],
}
OLD = {
    "code": "X03",
    "ref": "旧办法",
    "title": "旧办法 <b>试行</b>",
    "number": "某发〔2001〕2 号",
    "issuer": "某部",
    "level": "部门规章",
    "topics": ["数据"],
    "versions": [{"label": "2001", "status": "repealed"}],
}


@pytest.fixture(autouse=True)
def shelf(app, tmp_path):
    for entry in (ENTRY, COMING, OLD):
        path = tmp_path / f"{entry['code']}.yaml"
        path.write_text(yaml.safe_dump(entry, allow_unicode=True), encoding="utf-8")
    with app.app_context(), transaction():
        assert actions.load_registry(tmp_path).faults == []


@pytest.fixture
def reader(app, client):
    with app.app_context(), transaction():
        someone = factories.person("林晓岚").id
    factories.sign_in(client, someone)
    return client


def shown(reader, query="") -> list[str]:
    """The codes that the library lists."""
    with factories.on_day(DAY):
        text = reader.get(f"/policies{query}").text
    return [code for code in ("X01", "X02", "X03") if f'href="/policies/{code}"' in text]


class TestLibrary:
    def test_it_lists_everything_with_what_each_holds(self, reader):
        assert shown(reader) == ["X01", "X02", "X03"]
        with factories.on_day(DAY):
            text = reader.get("/policies").text
        for words in ("现行有效", "尚未施行", "已废止", "2025 年 3 月 1 日施行", "2 条要点"):
            assert words in text
        assert "3 份政策文件" in text

    @pytest.mark.parametrize(
        ("query", "codes"),
        [
            ("?q=数据标准", ["X02"]),
            ("?q=某某 标准", ["X02"]),  # every word
            ("?q=gb/t", ["X02"]),
            ("?q=国务院令", ["X01"]),
            ("?q=它管什么", ["X01"]),  # the summary
            ("?topic=数据", ["X02", "X03"]),
            ("?topic=热线运行", ["X01", "X02"]),
            ("?state=valid", ["X01"]),  # what has not begun does not hold
            ("?state=other", ["X02", "X03"]),
            ("?topic=数据&state=other&q=旧", ["X03"]),
            ("?q=　", ["X01", "X02", "X03"]),
        ],
    )
    def test_filters(self, reader, query, codes):
        assert shown(reader, query) == codes

    def test_what_is_not_yet_in_force_holds_once_its_day_has_come(self, app, client):
        with factories.on_day(date(2027, 3, 1)):
            with app.app_context(), transaction():
                someone = factories.person("林晓岚").id
            factories.sign_in(client, someone)
            text = client.get("/policies?state=valid").text
        assert 'href="/policies/X02"' in text

    def test_nothing_found_says_so_and_offers_the_way_back(self, reader):
        answer = reader.get("/policies?q=没有这样的")
        assert answer.status_code == 200
        assert "没有符合条件的政策。" in answer.text
        assert 'href="/policies"' in answer.text

    @pytest.mark.parametrize("query", ["?q=%3Cscript%3Ealert(1)%3C/script%3E", "?topic=%22%3E%3Cimg%20src=x%3E"])
    def test_what_was_typed_is_shown_as_text(self, reader, query):
        text = reader.get(f"/policies{query}").text
        assert "<script>alert" not in text
        assert "<img src=x>" not in text

    def test_how_often_each_is_cited(self, app, reader):
        with app.app_context(), transaction():
            actions.set_citations("lesson", "a", [("某某条例", "第三条"), ("X01", "第九条")])
        assert "2 处引用" in reader.get("/policies").text


class TestDocument:
    def test_each_clause_has_the_anchor_that_citations_point_at(self, app, reader):
        text = reader.get("/policies/X01").text
        with app.app_context():
            for number in ("第三条", "第九条", "第十二条"):
                address = queries.href("X01", number)
                assert f'id="{address.partition("#")[2]}"' in text
        assert "先说清再办。" in text
        assert "以正式公布的文本为准" in text
        assert "已与公开文本核对" in text
        assert "需本地确认" in text

    def test_versions_say_whether_they_hold(self, reader):
        text = reader.get("/policies/X01").text
        assert text.index("2025 版") < text.index("现行有效") < text.index("2010 版") < text.index("已被替代")

    def test_unchecked_dates_say_that_they_wait(self, reader):
        assert "待核对" in reader.get("/policies/X03").text
        assert "日期待本地核对" not in reader.get("/policies/X01").text

    def test_words_of_the_file_are_text_not_markup(self, reader):
        assert "<b>试行</b>" not in reader.get("/policies/X03").text

    def test_it_is_found_by_its_reference_too(self, reader):
        assert reader.get("/policies/某某条例").status_code == 200

    def test_a_code_that_no_database_can_hold_is_no_fault_of_ours(self, reader):
        assert reader.get("/policies/x01%00").status_code in {400, 404}

    @pytest.mark.parametrize("code", ["X99", "%27%20OR%201=1--"])
    def test_what_is_not_there_is_404(self, reader, code):
        assert reader.get(f"/policies/{code}").status_code == 404

    def test_who_cites_it_and_which_clause(self, app, reader):
        assert "还没有课程或题目引用它。" in reader.get("/policies/X01").text
        with app.app_context(), transaction():
            actions.set_citations("lesson", "gone-lesson", [("某某条例", "第三条"), ("某某条例", "第九条")])
            actions.set_citations("policy", "X02", [("某某条例", None)])
        text = reader.get("/policies/X01").text
        assert "gone-lesson" in text  # a thing that is gone is still named
        assert "第三条、第九条" in text
        assert 'href="/policies/X02"' in text

    def test_many_citations_are_counted_not_listed(self, app, reader):
        with app.app_context(), transaction():
            for n in range(15):
                actions.set_citations("lesson", f"l{n}", [("X01", None)])
        assert "还有 3 处。" in reader.get("/policies/X01").text

    def test_the_cost_does_not_grow_with_what_cites_it(self, app, reader, count_queries):
        def cost() -> int:
            count_queries.clear()
            reader.get("/policies")
            return len(count_queries)

        before = cost()
        with app.app_context(), transaction():
            for n in range(15):
                actions.set_citations("lesson", f"l{n}", [("X01", None)])
        assert cost() == before


def test_the_library_is_for_those_signed_in(client):
    assert client.get("/policies", headers={"Accept": "text/html"}).location == "/login?next=/policies"
