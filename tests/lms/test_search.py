"""Search finds Chinese words of any length the same way on both databases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms import search
from lms.db import transaction


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("食品安全", ["食品", "品安", "安全"]),
        ("GB/T 33358", ["gb", "t", "33358"]),
        ("１２３４５热线", ["12345", "热线"]),
        ("云", ["云"]),
        ("", []),
    ],
)
def test_tokens(words, expected):
    assert search.tokens(words) == expected


@given(st.text(max_size=60))
def test_tokens_never_fail_and_hold_no_space(words):
    assert all(token and not any(c.isspace() for c in token) for token in search.tokens(words))


@pytest.mark.usefixtures("context")
class TestFind:
    @pytest.fixture(autouse=True)
    def entries(self, context):
        with transaction():
            search.put("course", "C1", "12345 热线标准与流程", "接诉即办 应答规范")
            search.put("course", "A3", "数据共享与个人信息", "个人信息保护法 脱敏")
            search.put("person", "7", "数据员", "个人")

    def titles(self, query, kinds=("course",)):
        return [hit.title for hit in search.find(query, kinds)]

    def test_two_characters_are_found(self):
        assert self.titles("热线") == ["12345 热线标准与流程"]

    def test_a_long_phrase_must_stand_together(self):
        assert self.titles("信息保护") == ["数据共享与个人信息"]
        assert self.titles("信息共享") == []

    def test_every_word_must_occur(self):
        assert self.titles("热线 规范") == ["12345 热线标准与流程"]
        assert self.titles("热线 脱敏") == []

    def test_one_character_of_a_title_is_found(self):
        assert self.titles("据") == ["数据共享与个人信息"]

    def test_only_the_kinds_asked_for(self):
        assert self.titles("个人", ("person",)) == ["数据员"]

    def test_putting_again_replaces_and_removing_forgets(self):
        with transaction():
            search.put("course", "A3", "新的题名", "别的内容")
        assert self.titles("脱敏") == []
        assert self.titles("新的") == ["新的题名"]
        with transaction():
            search.remove("course", ["A3"])
        assert self.titles("新的") == []

    @pytest.mark.parametrize("query", ['"', "' OR 1=1 --", "NEAR(", '热线"*', "\\", "!!", "a & b | !c", "🙂"])
    def test_odd_queries_are_harmless(self, query):
        assert isinstance(self.titles(query), list)
