"""Decisions about editing, without a database: revisions, review, order, minutes, the checklist, comparing."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.catalogue import blocks, checklist, rules
from courses.catalogue.comparing import compare
from courses.catalogue.rules import EditConflict, LessonText
from lms.errors import Refused
from lms.markdown.problems import problems
from lms.markdown.rendering import nothing_known, render
from lms.markdown.values import CiteFacts
from tests.courses import shelf

pytestmark = pytest.mark.no_database

SOURCE = shelf.lesson("t1-a").split("---\n")[2]


@dataclass(frozen=True)
class Role:
    role: str
    scope: str


@pytest.mark.parametrize(
    ("role", "scope", "may"),
    [("trainer", "all", True), ("trainer", "own_unit", False), ("trainer", "own_vendor", False), ("hr", "all", False)],
)
def test_only_a_trainer_of_the_whole_centre_edits(role, scope, may):
    assert rules.may_edit([Role(role, scope)]) is may
    assert not rules.may_edit([])


@given(sent=st.integers(0, 9), kept=st.integers(0, 9), is_same=st.booleans())
def test_a_save_writes_only_what_it_read_last_and_never_loses_other_words(sent, kept, is_same):
    if is_same:
        assert rules.check_revision(sent, kept, is_same=True) is False
    elif sent == kept:
        assert rules.check_revision(sent, kept, is_same=False) is True
    else:
        with pytest.raises(EditConflict):
            rules.check_revision(sent, kept, is_same=False)


@pytest.mark.parametrize(
    ("needs", "waits", "person", "authors", "refused"),
    [
        (False, False, 1, [1], False),
        (False, True, 1, [1], False),
        (True, False, 2, [1], True),
        (True, True, 1, [1, 2], True),
        (True, True, 3, [1, 2], False),
        (True, True, None, [None], True),
    ],
)
def test_whoever_wrote_does_not_publish_where_review_is_asked_for(needs, waits, person, authors, refused):
    facts = {"needs_review": needs, "is_in_review": waits, "person_id": person, "authors": authors}
    if refused:
        with pytest.raises(Refused):
            rules.check_may_publish(**facts)
    else:
        rules.check_may_publish(**facts)


@given(codes=st.lists(st.text("abcdef", min_size=1), min_size=1, unique=True), data=st.data())
def test_moving_keeps_everybody_and_moves_one_place(codes, data):
    code, step = data.draw(st.sampled_from(codes)), data.draw(st.sampled_from([-1, 1]))
    order = rules.moved(codes, code, step)
    assert sorted(order) == sorted(codes)
    at = codes.index(code)
    assert order.index(code) == min(max(0, at + step), len(codes) - 1)
    rest = [one for one in codes if one != code]
    assert [one for one in order if one != code] == rest


@given(st.integers(0, 10**6), st.integers(0, 50))
def test_minutes_are_whole_and_possible(characters, checks):
    assert 1 <= rules.reading_minutes(characters, checks) <= rules.LONGEST_LESSON


def test_a_shipped_lesson_comes_out_as_its_author_said():
    assert rules.reading_minutes(1100, 1) == 8


@pytest.mark.parametrize("code", ["c1", "1C", "", "C-1", "CCCCCCCCCCC"])
def test_a_course_code_is_well_formed(code):
    with pytest.raises(Refused, match="大写字母开头"):
        rules.check_new_code(code, is_taken=False, pattern=rules.COURSE_CODE)


def test_a_code_is_given_once():
    with pytest.raises(Refused, match="已经用过"):
        rules.check_new_code("c1-a", is_taken=True, pattern=rules.UNIT_CODE)
    with pytest.raises(Refused, match="小写字母"):
        rules.check_new_code("C1", is_taken=False, pattern=rules.UNIT_CODE)
    rules.check_new_code("c1-a", is_taken=False, pattern=rules.UNIT_CODE)


def test_a_first_version_needs_no_reason_and_a_later_one_does():
    rules.check_note("", 1)
    with pytest.raises(Refused):
        rules.check_note("", 2)


def points(source: str, *, cite=nothing_known, taken=None, known=(), based_on=1, newest=1, **facts):
    values = {"title": "先听后问", "title_en": "", "minutes": 6, "competencies": ("K3",), "source": source, **facts}
    return checklist.items(
        LessonText(**values),
        render(source, cite=cite),
        cite=cite,
        taken=taken or {},
        known_pictures=known,
        based_on=based_on,
        newest=newest,
    )


def gaps(*args, **kwargs) -> list[str]:
    return [item.sentence.format(**item.values) for item in points(*args, **kwargs) if item.state == "gap"]


class TestChecklist:
    def test_a_sound_lesson_has_no_gap(self):
        assert gaps(SOURCE) == []

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"title": ""}, "没有标题"),
            ({"title": "长" * 81}, "最多 80 个字"),
            ({"competencies": ()}, "没有选能力"),
            ({"newest": 2}, "又发布了第 2 版"),
            ({"taken": {"t1-a-q1": "别的课"}}, "已经用在「别的课」"),
        ],
    )
    def test_what_is_missing_is_a_gap(self, change, words):
        assert any(words in one for one in gaps(SOURCE, **change))

    def test_an_empty_text_and_one_without_a_check(self):
        assert "还没有正文。" in gaps(" \n")
        assert "没有随堂一问，至少写一个。" in gaps("只有一句。")

    def test_a_gap_names_its_line(self):
        address = f"/files/{'0a' * 32}.png"
        found = points(f"{SOURCE}\n\n![]({address})\n\n[[没有的政策#1]]")
        lines = {item.sentence: item.line for item in found if item.state == "gap"}
        last = len(SOURCE.split("\n"))
        assert any("替代文字" in words and line == last + 2 for words, line in lines.items())
        assert any("图片不在本站" in words and line == last + 2 for words, line in lines.items())
        assert any("没有的政策" in words and line == last + 4 for words, line in lines.items())
        assert not gaps(f"{SOURCE}\n\n![图]({address})", known={"0a" * 32})

    def test_a_lapsed_policy_is_pointed_out_but_does_not_stop(self):
        def cite(citation):
            return CiteFacts("旧办法", "1 号", None, "", "已废止", "danger", "", "/policies/X")

        found = points(f"{SOURCE}\n\n[[旧办法]]", cite=cite)
        assert [item.values["state"] for item in found if item.state == "advice" and item.line] == ["已废止"]
        assert not [item for item in found if item.state == "gap"]

    def test_minutes_far_from_the_text_are_pointed_out(self):
        assert any("核对一下" in item.sentence for item in points(SOURCE, minutes=60) if item.state == "advice")
        assert not any("核对一下" in item.sentence for item in points(SOURCE, minutes=None))


class TestBlocks:
    @pytest.mark.parametrize("block", blocks.BLOCKS, ids=lambda block: block.name)
    def test_what_the_menu_inserts_is_correct(self, block):
        assert problems(blocks.written(block.name, "c1-a", "")) == []

    def test_a_citation_is_a_block_and_checks_are_numbered_on(self):
        assert problems(blocks.citation("GB/T33358-2016#3.6")) == []
        text = blocks.written("随堂一问", "c1-a", "")
        assert "c1-a-q1" in text
        assert "c1-a-q2" in blocks.written("随堂一问", "c1-a", text)
        assert blocks.written("没有", "c1-a", "") == ""

    def test_a_piece_stands_after_an_empty_line(self):
        assert blocks.appended("一\n", "二") == "一\n\n二\n"
        assert blocks.appended("", "二") == "二\n"


TEXTS = st.text("甲乙\n", max_size=40)


class TestComparing:
    @given(TEXTS, TEXTS)
    def test_both_sides_are_whole_unless_cut_where_nothing_changed(self, before, after):
        rows = compare(before, after)
        skipped = sum(row.count for row in rows)
        for side, number, text in (("left", "left_line", before), ("right", "right_line", after)):
            lines = text.split("\n")
            shown = [row for row in rows if getattr(row, number)]
            assert len(shown) + skipped == len(lines)
            for row in shown:
                assert "".join(part for part, _ in getattr(row, side)) == lines[getattr(row, number) - 1]

    @given(TEXTS)
    def test_the_same_text_has_no_change(self, text):
        assert {row.kind for row in compare(text, text)} == {"gap"}

    def test_what_changed_in_a_line_is_marked(self):
        [row] = [row for row in compare("一\n十五秒\n三", "一\n十秒\n三") if row.kind == "changed"]
        assert row.left == (("十", False), ("五", True), ("秒", False))
        assert row.right == (("十", False), ("秒", False))

    def test_a_huge_text_costs_little(self):
        rows = compare("\n".join(map(str, range(50_000))), "\n".join(str(n * 7) for n in range(50_000)))
        assert len(rows) > 49_000
