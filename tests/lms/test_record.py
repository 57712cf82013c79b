"""The copy of one's own record: PDF with every section and rare names, JSON, one part alone; each copy is noted."""

import io
import json
from datetime import date

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from lms.access import actions as access
from lms.audit import AuditLine
from lms.db import db, transaction
from lms.home import record
from lms.people.models import Person
from lms.web.slots import RecordSection
from tests import factories

DAY = date(2026, 11, 24)
FACTS = record.Facts(
    "个人学习与考核记录", "陈䶮，A1001", "云州热线", "本人于 2026 年 11 月 24 日导出", "第 {n} 页，共 {total} 页", "没有记录",
    "有些字没有：{signs}",
)  # fmt: skip


def words(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def section(rows, title="证书", **values) -> RecordSection:
    return RecordSection(title, ("编号", "内容"), tuple(rows), **values)


@pytest.mark.usefixtures("app")
class TestDocument:
    def test_the_same_facts_give_the_same_bytes(self, context):
        parts = [section([("1", "甲"), ("2", "乙")]), section([], "空的")]
        assert record.render(FACTS, parts) == record.render(FACTS, parts)

    def test_rows_run_over_pages_with_heads_and_numbers(self, context):
        made = record.render(FACTS, [section([(str(n), f"第{n}行的内容" * 6) for n in range(120)])])
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]
        assert len(pages) > 2
        for n, page in enumerate(pages, start=1):
            assert f"第 {n} 页，共 {len(pages)} 页" in page
            assert "编号" in page
            assert "本人于" in page
        assert "第119行的内容" in "".join(pages)

    def test_rare_names_are_kept_and_unknown_characters_are_told(self, context):
        text = words(record.render(FACTS, [section([("1", "陈䶮 㐅 𬍛 𠮷")])]))
        assert "陈䶮 㐅 𬍛 〓" in text
        assert "U+20BB7" in text

    def test_fonts_are_embedded(self, context):
        made = record.render(FACTS, [section([("1", "甲")])])
        for page in PdfReader(io.BytesIO(made)).pages:
            for font in page["/Resources"]["/Font"].values():
                assert "/FontFile2" in font.get_object()["/FontDescriptor"].get_object()

    def test_nothing_says_so(self, context):
        assert "没有记录" in words(record.render(FACTS, [section([])]))


class TestExport:
    @pytest.fixture
    def chen(self, app, client):
        with app.app_context(), factories.on_day(DAY), transaction():
            someone = factories.person("陈䶮", staff_number="A7788")
            hr = factories.person("何敏", roles=("hr",))
            access.record_view(someone.id, hr, "人员档案")
            person_id = someone.id
        factories.sign_in(client, person_id)
        return person_id

    def test_the_whole_record_as_pdf(self, app, client, chen):
        answer = client.post("/me/record", data={"format": "pdf"})
        assert answer.mimetype == "application/pdf"
        assert "record-A7788-" in answer.headers["Content-Disposition"]
        text = words(answer.data)
        for part in (
            "陈䶮",
            "13800001234",
            "任职经历",
            "课程",
            "考试作答",
            "证书",
            "考核",
            "政策更新确认",
            "练习",
            "何敏",
        ):
            assert part in text
        with app.app_context():
            line = db.session.scalars(select(AuditLine).where(AuditLine.verb == "record.export")).one()
            assert (line.ref_id, line.details["format"]) == (str(chen), "pdf")

    def test_the_same_as_json(self, client, chen):
        answer = client.post("/me/record", data={"format": "json"})
        data = json.loads(answer.data)
        assert data["person"]["name"] == "陈䶮"
        titles = [one["title"] for one in data["sections"]]
        assert {"个人信息", "任职经历", "证书", "谁看过我的记录"} <= set(titles)
        spell = next(one for one in data["sections"] if one["title"] == "任职经历")["rows"][0]
        assert spell["工号"] == "A7788"

    def test_one_part_alone(self, client, chen):
        text = words(client.post("/me/record", data={"part": "spells"}).data)
        assert "任职经历" in text
        assert "何敏" not in text
        assert client.post("/me/record", data={"part": "nothing"}).status_code == 404

    def test_only_ones_own(self, app, client, chen):
        other = app.test_client()
        with app.app_context(), transaction():
            person_id = factories.person("方静").id
        factories.sign_in(other, person_id)
        assert "陈䶮" not in words(other.post("/me/record").data)
        assert app.test_client().post("/me/record").status_code == 401
        assert client.get("/me/record").status_code == 405

    def test_who_looked_says_in_which_role(self, app, client, chen):
        with app.app_context(), transaction():
            hr = db.session.scalars(select(Person).where(Person.name == "何敏")).one()
            hr_id = hr.id
        desk = app.test_client()
        factories.sign_in(desk, hr_id)
        desk.get(f"/people/{chen}")
        page = client.get("/me/views").text
        assert "何敏" in page
        assert "人事" in page
