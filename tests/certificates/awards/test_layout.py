"""A certificate prints every name whole, fits whatever it is given, and is the same file every time."""

import io
import itertools
import os
import re
import subprocess
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from certificates.awards import layout, ornament
from certificates.awards.layout import CertificateFacts, CourseLine, render
from lms import fontmaking, pdf
from lms.errors import Refused
from lms.settings import ROOT

pytestmark = pytest.mark.no_database

FACTS = CertificateFacts(
    title="岗位资格证书",
    organisation="云州市12345政务服务便民热线",
    holder_name="林晓岚",
    statement="经考核，具备受理岗位资格，特发此证。",
    post_title="受理岗位",
    courses=(
        CourseLine("来电受理与工单填写", "2026 版"),
        CourseLine("噪声、物业与市容：政策与派单", "第 3 版"),
        CourseLine("个人信息保护与保密", "第 2 版"),
    ),
    score=Decimal("86.0"),
    hours=Decimal("12.50"),
    number="YZ26-4217-K8QM",
    issued_on=date(2026, 11, 24),
    valid_until=date(2028, 11, 23),
    endorsing_department="云州市住房和城乡建设局",
    endorser_name="周文渊",
    verify_url="https://learn.yunzhou.example/verify/YZ26-4217-K8QM",
    verify_code="7KD2-M4XP",
)
LONG = replace(
    FACTS,
    organisation="云州市人民政府政务服务和数字化建设管理局热线服务中心",
    holder_name="Aleksandra-Maria Konstantinova",
    statement="经考核，具备政策咨询与疑难工单会办岗位资格，能够独立办理跨部门协同事项，"
    "并在规定时限内完成答复与回访，遇有重大、紧急事项能够按预案及时上报，特发此证。",
    post_title="政策咨询与疑难工单会办岗位",
    courses=tuple(
        CourseLine(f"12345 热线疑难工单会办、督办与跨部门协同处置操作规范（试行）第 {n} 册", "2026 年第 4 版")
        for n in range(1, 5)
    ),
    endorsing_department="云州市城市管理与综合行政执法监督指挥中心局",
    endorser_name="阿卜杜热西提·买买提",
    verify_url="https://learning.hotline.government-services.yunzhou.example/certificates/verify/YZ26-4217-K8QM",
)
COURSE = replace(
    FACTS,
    title="课程结业证书",
    statement="学完「个人信息保护与保密」全部内容并通过结业测验，准予结业。",
    post_title="",
    courses=FACTS.courses[2:],
    score=None,
    valid_until=None,
    endorsing_department="",
    endorser_name="",
)


@pytest.fixture(scope="session")
def folder() -> Path:
    """The prepared faces, made once and kept between runs."""
    data = os.environ.get("LMS_DATA_DIR")
    path = (Path(data) if data else ROOT / "var") / "fonts"
    fontmaking.prepare(path, progress=lambda _: None)
    return path


@pytest.fixture(autouse=True)
def registered(folder) -> None:
    pdf.register(folder)


def run(*words: str, content: bytes) -> bytes:
    return subprocess.run(words, input=content, capture_output=True, check=True).stdout


def by_poppler(content: bytes) -> str:
    return run("pdftotext", "-", "-", content=content).decode()


def by_pypdf(content: bytes) -> str:
    return PdfReader(io.BytesIO(content)).pages[0].extract_text()


def boxes(content: bytes) -> list[tuple[float, float, float, float, str]]:
    """Every word with its box in points from the upper left corner, a little less high than its line."""
    page = run("pdftotext", "-bbox", "-", "-", content=content).decode(errors="replace")
    pattern = r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>'
    found = []
    for x0, y0, x1, y1, word in re.findall(pattern, page):
        trim = (float(y1) - float(y0)) * 0.22
        found.append((float(x0), float(y0) + trim, float(x1), float(y1) - trim, word))
    return found


class TestNames:
    @pytest.mark.parametrize("sign", "䶮㛃𬱖喆堃翀昇頔赟𫖯")
    def test_a_rare_name_prints_and_copies(self, sign):
        content = render(replace(FACTS, holder_name=f"林{sign}"))
        assert f"林{sign}" in by_poppler(content)
        assert f"林{sign}" in by_pypdf(content)

    @pytest.mark.parametrize(
        "name", ["林岚", "欧阳晓岚", "买买提·艾力江", "迪丽热巴提买买提", "Aleksandra-Maria Konstantinova", "王 Élodie"]
    )
    def test_every_kind_of_name_is_copied_as_one(self, name):
        assert name in by_poppler(render(replace(FACTS, holder_name=name)))

    def test_a_name_no_face_has_is_refused_and_named(self):
        facts = replace(FACTS, holder_name="王𠮷")
        assert layout.missing_glyphs(facts) == ["𠮷"]
        with pytest.raises(Refused, match="𠮷") as refusal:
            render(facts)
        assert refusal.value.values == {"signs": "𠮷"}

    @pytest.mark.parametrize("field", [f.name for f in fields(CertificateFacts) if f.type is str])
    def test_every_text_is_guarded(self, field):
        assert layout.missing_glyphs(replace(FACTS, **{field: "𠮷"})) == ["𠮷"]

    def test_course_titles_and_versions_are_guarded(self):
        assert layout.missing_glyphs(replace(FACTS, courses=(CourseLine("𠮷", "𠮷版"),))) == ["𠮷"]

    def test_what_can_be_printed_misses_nothing(self):
        assert layout.missing_glyphs(FACTS) == []


class TestWhatItSays:
    def test_every_fact_stands_on_it(self):
        text = "".join(by_poppler(render(FACTS)).split())
        for words in (
            FACTS.title, FACTS.organisation, FACTS.holder_name, FACTS.post_title, "86分", "12.5学时",
            "2026年11月24日", "2028年11月23日", "二〇二六年十一月二十四日", FACTS.number, FACTS.verify_code,
            FACTS.verify_url, FACTS.endorsing_department, FACTS.endorser_name,
            "《来电受理与工单填写》2026版", "《噪声、物业与市容：政策与派单》第3版", "《个人信息保护与保密》第2版",
        ):  # fmt: skip
            assert words in text, words

    def test_the_statement_is_whole_though_its_post_stands_out(self):
        text = "".join(by_poppler(render(FACTS)).split())
        assert FACTS.statement in text

    def test_facts_that_are_not_there_leave_no_label(self):
        text = by_poppler(render(COURSE))
        assert "长期有效" in text
        assert not [label for label in ("岗位", "成绩", "有效期至", "认可部门", "认可人", "None") if label in text]

    def test_many_courses_are_counted(self):
        facts = replace(FACTS, courses=tuple(CourseLine(f"第 {n} 讲", "v1") for n in range(1, 13)))
        text = by_poppler(render(facts))
        assert "等 12 门课程" in text
        assert "《第 7 讲》v1" in text
        assert "《第 8 讲》v1" not in text

    @pytest.mark.parametrize(
        ("day", "written"),
        [
            (date(2026, 11, 24), "二〇二六年十一月二十四日"),
            (date(2030, 10, 10), "二〇三〇年十月十日"),
            (date(2027, 1, 31), "二〇二七年一月三十一日"),
            (date(2027, 12, 20), "二〇二七年十二月二十日"),
        ],
    )
    def test_the_day_of_issue_is_written_formally(self, day, written):
        assert layout.chinese_day(day) == written

    def test_its_code_is_the_address_to_verify_it(self):
        """The printed modules, read back from a picture of the page, are those of the address."""
        resolution, scale = 300, 300 / 72
        picture = run("pdftoppm", "-gray", "-r", str(resolution), "-singlefile", "-", content=render(FACTS))
        header = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", picture)
        width, pixels = int(header[1]), picture[header.end() :]
        code = segno.make(FACTS.verify_url, error="m", mask=ornament.QR_MASK, micro=False, boost_error=False)
        module = layout.QR_SIDE / len(code.matrix)
        top = layout.PAGE[1] - layout.BOTTOM - 4 - layout.QR_SIDE
        seen = [
            [
                pixels[int((top + (row + 0.5) * module) * scale) * width + int((layout.LEFT + (column + 0.5) * module) * scale)]
                < 128
                for column in range(len(code.matrix))
            ]
            for row in range(len(code.matrix))
        ]  # fmt: skip
        assert seen == [[bool(dark) for dark in row] for row in code.matrix]

    def test_the_code_can_be_clicked(self):
        [link] = PdfReader(io.BytesIO(render(FACTS))).pages[0]["/Annots"]
        assert link.get_object()["/A"]["/URI"] == FACTS.verify_url


class TestItFits:
    @pytest.mark.parametrize("facts", [FACTS, LONG, COURSE], ids=["usual", "long", "course"])
    def test_no_word_leaves_the_frame_or_covers_another(self, facts):
        words = boxes(render(facts))
        assert len(words) > 10
        inside = ornament.INNER + 4
        for x0, y0, x1, y1, word in words:
            assert inside < x0 < x1 < layout.PAGE[0] - inside, word
            assert inside < y0 < y1 < layout.PAGE[1] - inside, word
        for (a0, b0, a1, b1, one), (c0, d0, c1, d1, other) in itertools.combinations(words, 2):
            assert a1 <= c0 + 0.5 or c1 <= a0 + 0.5 or b1 <= d0 or d1 <= b0, f"{one} covers {other}"

    @pytest.mark.parametrize("name", ["W" * 40, "林" * 40, "迪丽热巴提买买提", "林"])
    def test_no_name_is_too_long_or_too_short(self, name):
        [(x0, _, x1, _)] = [box[:4] for box in boxes(render(replace(FACTS, holder_name=name))) if box[4] == name]
        assert x0 >= layout.LEFT
        assert x1 <= layout.RIGHT
        assert (x0 + x1) / 2 == pytest.approx(layout.CENTRE, abs=3)

    def test_long_facts_lose_no_letter(self):
        text = "".join(by_poppler(render(LONG)).split())
        for words in (LONG.holder_name, LONG.post_title, LONG.organisation, *(c.title for c in LONG.courses)):
            assert "".join(words.split()) in text
        assert not set(LONG.statement + LONG.endorsing_department + LONG.verify_url) - set(text)

    def test_it_is_one_page_of_a4_landscape(self):
        reader = PdfReader(io.BytesIO(render(LONG)))
        assert len(reader.pages) == 1
        assert [float(side) for side in reader.pages[0].mediabox[2:]] == pytest.approx([841.89, 595.28], abs=0.01)

    @settings(max_examples=25)
    @given(
        name=st.text(alphabet="林晓岚𬱖·ABz é", min_size=1, max_size=40).filter(str.strip),
        statement=st.text(alphabet="经考核，具备a1 。", max_size=160),
        courses=st.lists(
            st.builds(
                CourseLine, st.text(alphabet="课程 AB（）", max_size=80), st.text(alphabet="第版2 ", max_size=20)
            ),
            max_size=12,
        ),
        score=st.none() | st.decimals(0, 100, places=2),
    )
    def test_whatever_it_is_given_stays_within_the_frame(self, name, statement, courses, score):
        facts = replace(FACTS, holder_name=name, statement=statement, courses=tuple(courses), score=score)
        for x0, y0, x1, y1, word in boxes(render(facts)):
            assert ornament.INNER < x0 <= x1 < layout.PAGE[0] - ornament.INNER, word
            assert ornament.INNER < y0 <= y1 < layout.PAGE[1] - ornament.INNER, word


class TestTheFile:
    def test_the_same_facts_give_the_same_bytes(self):
        assert render(FACTS) == render(replace(FACTS))
        assert render(FACTS) != render(replace(FACTS, number="YZ26-4217-K8QN"))

    def test_only_our_faces_are_in_it_and_all_are_embedded(self):
        rows = run("pdffonts", "-", content=render(FACTS)).decode().splitlines()[2:]
        assert {row.split()[0].split("+")[1] for row in rows} == {
            "NotoSansSC-Regular",
            "NotoSansSC-Bold",
            "NotoSerifSC-Regular",
        }
        assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows)

    def test_it_says_what_it_is(self):
        reader = PdfReader(io.BytesIO(render(FACTS)))
        assert reader.metadata.title == "岗位资格证书 YZ26-4217-K8QM"
        assert reader.metadata.author == FACTS.organisation
        assert reader.trailer["/Root"]["/Lang"] == "zh-CN"

    def test_it_is_small_enough_to_mail(self):
        assert len(render(LONG)) < 100_000
