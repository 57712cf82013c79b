"""Author's text → safe HTML: every block, every problem, and texts that mean harm."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import markdown
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.errors import Refused
from lms.markdown.placing import Placer
from lms.markdown.problems import problems
from lms.markdown.prose import is_local, is_own_file
from lms.markdown.rendering import DIALECT, digest, render, render_inline, render_question, replace_checks
from lms.markdown.values import Citation, CiteFacts, Heading

pytestmark = pytest.mark.no_database

CHECK = """:::随堂一问 c1-q1
这张工单缺了**哪一项**？

「青石桥路便民市场南门，油烟大。」

- [ ] 地点
- [x] 诉求
- [ ] 经过

解析：没有写来电人想要什么。
:::"""

PICTURE = f"/files/{'0a' * 32}.png"
LESSON = f"""承办单位拿到工单，最怕再打一次电话，见 [[GB/T33358-2016#3.6]]。

## 先定性，再记录 {{#classify}}

听完第一段陈述，先判断它属于哪一类。

:::政策依据 GB/T33358-2016#3.6
工单上每一栏都有人要用。
:::

:::对比
小区旁边工地很吵。
---
枫林路 88 号北侧工地，夜间连续施工。
:::

{CHECK}

### 再看一眼

| 要素 | 字数 |
|---|--:|
| 地点 | 12 |
"""

FORM_TAGS = {"form", "input", "button", "label"}
TAGS = {
    "b", "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code",
    "strong", "em", "del", "mark", "sup", "table", "thead", "tbody", "tr", "th", "td", "a", "img", "div", "span",
    "aside", "section",
}  # fmt: skip
ATTRIBUTES = {
    "href", "src", "alt", "title", "class", "id", "start", "align", "rel", "loading", "data-p", "data-check",
    "aria-label", "aria-labelledby", "method", "action", "type", "name", "value", "required",
}  # fmt: skip


def known(citation: Citation) -> CiteFacts | None:
    if citation.ref != "GB/T33358-2016":
        return None
    return CiteFacts(
        title="政府热线服务规范",
        number="GB/T 33358—2016",
        clause=citation.clause,
        gist="工单是记录全过程的<流转单>。",
        status_label="现行有效",
        status_tone="ok",
        effective_text="2017 年 7 月 1 日实施",
        url="/policies/P03#c3.6",
    )


class Page(HTMLParser):
    """What a browser would find: tags with their attributes, and whether they close in order."""

    def __init__(self, made: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.in_order = True
        self.words = ""
        self.feed(made)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"br", "hr", "img", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        self.in_order &= bool(self.open) and self.open.pop() == tag

    def handle_data(self, data):
        self.words += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.found if name == tag]


def is_harmless(made: str, forms: int = 0) -> Page:
    page = Page(made)
    assert page.in_order, made
    assert not page.open, made
    assert "<script" not in made.lower()
    for tag, attrs in page.found:
        assert tag in TAGS | FORM_TAGS, (tag, made)
        assert set(attrs) <= ATTRIBUTES, (tag, attrs)
        for name, value in attrs.items():
            assert not name.startswith("on")
            if name in {"href", "src"}:
                scheme = re.match(r"[a-z0-9+.-]+(?=:)", re.sub(r"[\x00-\x20]", "", value.lower()))
                assert not scheme or scheme[0] in {"http", "https", "mailto", "tel"}, value
        if tag == "img":
            assert is_own_file(attrs["src"])
    assert len(page.all("form")) == forms
    return page


class TestBlocks:
    def test_a_point_is_a_callout_with_its_heading_word(self):
        made = render(":::要点\n- **地点**\n- 诉求\n:::").html
        assert made.startswith('<div data-p="1" class="callout"><p class="callout__t">要点</p><ul>')
        assert "<strong>地点</strong>" in made

    def test_a_pitfall_warns(self):
        made = render(":::易错\n姓名写进正文。\n:::").html
        assert made == (
            '<div data-p="1" class="callout callout--warn"><p class="callout__t">容易出错</p><p>姓名写进正文。</p></div>'
        )

    def test_a_phrase_can_be_spoken(self):
        assert (
            '<p class="callout__t">可以这样说</p><p>「我给您读一遍。」</p>'
            in render(":::话术\n「我给您读一遍。」\n:::").html
        )

    def test_a_contrast_sets_poor_beside_good(self):
        made = render(":::对比\n很吵\n---\n很**准**\n:::").html
        assert made == (
            '<div data-p="1" class="vs"><div class="bad"><h3>不合格</h3><p>很吵</p></div>'
            '<div class="good"><h3>合格</h3><p>很<strong>准</strong></p></div></div>'
        )

    def test_a_call_is_a_case(self):
        made = render(":::来电片段\n我家楼下那个餐馆！\n:::").html
        assert made == '<div data-p="1" class="case"><p class="case__t">来电片段</p><p>我家楼下那个餐馆！</p></div>'

    def test_a_policy_shows_what_the_registry_knows(self):
        made = render(":::政策依据 GB/T33358-2016#3.6\n每一栏都有人要用。\n:::", cite=known).html
        assert '<aside data-p="1" class="cite" aria-label="政策依据"><div class="cite__h">' in made
        assert "<b>GB/T 33358—2016 政府热线服务规范</b><span>3.6</span>" in made
        assert '<span class="tag tag--ok">现行有效</span>' in made
        assert "<blockquote>工单是记录全过程的&lt;流转单&gt;。</blockquote>" in made
        assert "<p>每一栏都有人要用。</p>" in made
        assert '<span>2017 年 7 月 1 日实施</span><a href="/policies/P03#c3.6">在政策库中打开</a>' in made

    def test_an_unknown_policy_is_named_and_reported(self):
        rendered = render("一\n\n:::政策依据 没有的法#第一条\n用处。\n:::", cite=known)
        assert "政策库里没有这一条" in rendered.html
        assert rendered.unknown == (Citation("没有的法", "第一条", 3),)

    def test_a_check_works_without_script_and_keeps_its_answer_to_itself(self):
        rendered = render(CHECK)
        page = is_harmless(rendered.html, forms=1)
        assert page.all("section") == [
            {"data-p": "1", "class": "quickcheck", "id": "c1-q1", "data-check": "c1-q1", "aria-labelledby": "c1-q1-q"}
        ]
        assert page.all("form") == [{"class": "opts opts--sm", "method": "post", "action": "checks/c1-q1"}]
        inputs = page.all("input")
        assert [each["value"] for each in inputs] == ["0", "1", "2"]
        assert {(each["type"], each["name"]) for each in inputs} == {("radio", "choice")}
        assert len({tuple(each) for each in inputs}) == 1, "the right option must not look different"
        assert '<h3 id="c1-q1-q">这张工单缺了<strong>哪一项</strong>？</h3><div class="muted"><p>「青' in rendered.html
        assert '<button class="btn" type="submit">看解析</button>' in rendered.html
        assert "想要什么" not in rendered.html + rendered.text

    def test_a_check_gives_its_parts(self):
        (check,) = render("第一段\n\n" + CHECK).checks
        assert (check.id, check.line, check.is_multiple) == ("c1-q1", 3, False)
        assert [(option.text_html, option.is_right) for option in check.options] == [
            ("地点", False),
            ("诉求", True),
            ("经过", False),
        ]
        assert check.explanation_html == "<p>没有写来电人想要什么。</p>"
        assert check.stem_html.startswith("<p>这张工单缺了<strong>哪一项</strong>？</p>")

    def test_two_right_options_make_boxes_to_tick(self):
        rendered = render(CHECK.replace("- [ ] 经过", "- [X] 经过"))
        assert rendered.checks[0].is_multiple
        page = Page(rendered.html)
        assert {each["type"] for each in page.all("input")} == {"checkbox"}
        assert "opt opt--multi" in rendered.html
        assert "required" not in rendered.html

    def test_an_option_may_run_over_two_lines(self):
        (check,) = render(CHECK.replace("- [x] 诉求", "- [x] 诉求，\n  以及要不要回复")).checks
        assert [option.text_html for option in check.options] == ["地点", "诉求，\n以及要不要回复", "经过"]

    def test_the_page_may_draw_a_check_anew(self):
        rendered = render(f"前\n\n{CHECK}\n\n后")
        drawn = replace_checks(rendered.html, lambda name, inner: f"<b>{name} {'看解析' in inner}</b>")
        assert 'aria-labelledby="c1-q1-q"><b>c1-q1 True</b></section>' in drawn
        assert "<form" not in drawn
        assert drawn.endswith('<p data-p="3">后</p>')

    def test_code_inside_and_outside_blocks_stays_as_written(self):
        made = render("```\n:::要点 **x** <b>\n```\n\n:::要点\n```\n:::\n```\n:::").html
        assert '<pre data-p="1"><code>:::要点 **x** &lt;b&gt;</code></pre>' in made
        assert "<pre><code>:::</code></pre></div>" in made

    def test_comments_vanish_with_the_blocks_in_them(self):
        rendered = render(f"前\n\n<!-- 以后再写\n{CHECK}\n-->\n\n后")
        assert rendered.html == '<p data-p="1">前</p>\n<p data-p="2">后</p>'
        assert rendered.checks == ()


class TestLesson:
    def test_each_top_level_block_is_numbered_in_reading_order(self):
        rendered = render(LESSON, cite=known)
        numbers = [int(attrs["data-p"]) for _, attrs in Page(rendered.html).found if "data-p" in attrs]
        assert numbers == list(range(1, 9))
        assert rendered.blocks == 8
        tags = [tag for tag, attrs in Page(rendered.html).found if "data-p" in attrs]
        assert tags == ["p", "h2", "p", "aside", "div", "section", "h3", "div"]

    def test_headings_carry_their_anchor_or_get_one(self):
        rendered = render(LESSON)
        assert rendered.headings == (Heading("classify", "先定性，再记录", 2), Heading("s-2", "再看一眼", 3))
        assert '<h2 data-p="2" id="classify">先定性，再记录</h2>' in rendered.html

    def test_no_two_anchors_are_the_same_even_when_the_author_repeats_one(self):
        made = render(f"## 甲 {{#c1-q1}}\n\n## 乙 {{#c1-q1}}\n\n## 丙 {{#c1-q1-q}}\n\n{CHECK}\n\n{CHECK}").html
        found = re.findall(r' id="([^"]*)"', made)
        assert len(found) == len(set(found)) == 7

    def test_a_title_of_the_first_level_steps_back_behind_the_page(self):
        assert render("# 大标题").html == '<h2 data-p="1" id="s-1">大标题</h2>'

    def test_citations_come_with_their_lines(self):
        source = "甲 [[GB/T33358-2016#3.6]]\n\n:::要点\n乙 [[个人信息保护法#第二十八条]]\n:::\n\n丙 [[GB/T33358-2016#3.6]] [[某法]]"
        assert render(source).citations == (
            Citation("GB/T33358-2016", "3.6", 1),
            Citation("个人信息保护法", "第二十八条", 4),
            Citation("GB/T33358-2016", "3.6", 7),
            Citation("某法", None, 7),
        )

    def test_an_inline_citation_is_a_link_named_by_ref_and_clause(self):
        made = render("见 [[GB/T33358-2016#3.6]]。", cite=known).html
        assert '<a href="/policies/P03#c3.6" title="政府热线服务规范">GB/T33358-2016 3.6</a>' in made

    def test_an_unknown_inline_citation_is_no_link_and_is_reported(self):
        rendered = render("见 [[某法#第三条]]。", cite=known)
        assert "某法第三条<span>（政策库里没有这一条）</span>" in rendered.html
        assert "<a" not in rendered.html
        assert rendered.unknown == (Citation("某法", "第三条", 1),)

    def test_a_citation_out_of_force_says_so(self):
        def lapsed(citation: Citation) -> CiteFacts | None:
            facts = known(citation)
            return replace(facts, status_label="已废止", status_tone="danger") if facts else None

        source = "见 [[GB/T33358-2016#3.6]]。\n\n:::政策依据 GB/T33358-2016#3.6\n用。\n:::"
        made = render(source, cite=lapsed).html
        assert "GB/T33358-2016 3.6<span>（已废止）</span></a>" in made
        assert '<span class="tag tag--danger">已废止</span>' in made

    def test_a_citation_in_code_is_only_text(self):
        rendered = render("写法：`[[GB/T33358-2016#3.6]]`", cite=known)
        assert rendered.citations == ()
        assert "<code>[[GB/T33358-2016#3.6]]</code>" in rendered.html

    def test_plain_text_is_for_search(self):
        text = render("## 标题 {#a}\n\n一**二**[三](/x)\n\n- 四\n- 五\n\n" + CHECK).text
        assert text.split("\n") == [
            "标题", "一二三", "四", "五", "这张工单缺了哪一项？", "「青石桥路便民市场南门，油烟大。」", "地点", "诉求", "经过",
        ]  # fmt: skip

    def test_characters_are_chinese_characters_and_words(self):
        assert render("拨打 12345 热线，GB/T 33358-2016 well-known。").characters == 2 + 1 + 2 + 2 + 1 + 1

    def test_what_the_registry_says_does_not_change_the_count(self):
        source = "见 [[GB/T33358-2016#3.6]]。\n\n:::政策依据 GB/T33358-2016#3.6\n用。\n:::"
        assert render(source).characters == render(source, cite=known).characters
        assert render(source).text == render(source, cite=known).text

    def test_the_digest_follows_source_and_dialect(self):
        assert DIALECT == "1"
        assert render("一").digest == digest("一") != digest("二")
        assert len(digest("一")) == 64

    def test_the_same_source_gives_the_same_html(self):
        assert render(LESSON, cite=known) == render(LESSON, cite=known)


class TestMarkdownAsAuthorsMeanIt:
    @pytest.mark.parametrize(
        ("source", "piece"),
        [
            ("包括：\n- 一\n- 二", "<ul"),
            ("- 一\n  - 二", "<li>一<ul>"),
            ("- 一\n    - 二", "<li>一<ul>"),
            ("1. 一\n   - 二\n2. 三", "<li>三</li>\n</ol>"),
            ("- 一\n\n  续\n\n- 二", "<p>续</p>"),
            ("==重点== ~~旧~~ **粗** *斜*", "<mark>重点</mark> <del>旧</del> <strong>粗</strong> <em>斜</em>"),
            ("9~12点，14~18点", "9~12点，14~18点"),
            ("标题样\n---", '<p data-p="1">标题样</p>\n<hr data-p="2">'),
            ("    缩进四格", '<p data-p="1">缩进四格</p>'),
            ("> 引用", "<blockquote"),
            ("a|b\n-|-:\n1<br>2|3", '<td align="right">3</td>'),
            ("a|b\n-|-\n1|2", '<div class="tablewrap" data-p="1"><table>'),
            ("姓名写<姓名>，不写<b>", "姓名写&lt;姓名&gt;，不写&lt;b&gt;"),
            ("[站内](/policies/P03)", '<a href="/policies/P03">站内</a>'),
            (
                '[外](https://example.com/a_(b) "题")',
                '<a href="https://example.com/a_(b)" title="题" rel="noopener noreferrer">',
            ),
            ("<https://example.com/>", '<a href="https://example.com/" rel="noopener noreferrer">'),
            (f"![工单截图]({PICTURE})", f'<img alt="工单截图" src="{PICTURE}" loading="lazy">'),
        ],
    )
    def test_this_comes_out(self, source, piece):
        assert piece in render(source).html

    def test_footnotes_lead_there_and_back(self):
        rendered = render("时限[^1]。\n\n:::要点\n一\n:::\n\n[^1]: 以*本地*规定为准。")
        page = is_harmless(rendered.html)
        targets = {attrs["id"] for _, attrs in page.found if "id" in attrs}
        assert {attrs["href"] for attrs in page.all("a")} == {f"#{target}" for target in targets}
        assert "以<em>本地</em>规定为准。" in rendered.html


class TestQuestions:
    def test_a_stem_may_hold_a_call(self):
        made = render_question("听完：\n\n:::来电片段\n油烟太大！\n:::\n\n应当怎么做？")
        assert made.split("\n") == [
            "<p>听完：</p>",
            '<div class="case"><p class="case__t">来电片段</p><p>油烟太大！</p></div>',
            "<p>应当怎么做？</p>",
        ]

    def test_an_option_comes_without_its_paragraph(self):
        assert render_inline("**15** 秒") == "<strong>15</strong> 秒"
        assert render_inline("一\n\n二") == "<p>一</p>\n<p>二</p>"

    def test_no_form_and_no_anchor_stands_in_a_question(self):
        made = render_question("## 标题 {#a}\n\n" + CHECK)
        is_harmless(made)
        assert " id=" not in made

    def test_an_overlong_question_is_refused(self):
        with pytest.raises(Refused):
            render_question("字" * 200_001)


PROBLEMS = [
    (":::要点了\n一\n:::", 1, "没有叫「要点了」的块"),
    ("一\n\n:::要点\n二", 3, "「要点」块没有结束"),
    (":::要点\n一\n:::易错\n二\n:::\n:::", 3, "块不能套块"),
    ("一\n:::", 2, "多余的 :::"),
    ("：：：要点\n一\n:::", 1, "英文半角"),
    (":::要点 一\n二\n:::", 1, "后面不写别的文字"),
    (":::要点\n\n:::", 1, "是空的"),
    (":::要点\n一[^1]\n:::", 1, "不能用脚注"),
    ("```\n一", 1, "代码块没有结束"),
    ("一\n<!-- 二", 2, "注释没有结束"),
    (":::对比\n一\n二\n:::", 1, "单独一行 ---"),
    (":::对比\n一\n---\n:::", 1, "单独一行 ---"),
    (":::政策依据\n一\n:::", 1, "没有写引用哪一条"),
    (":::随堂一问 q1\n问？\n\n解析：因为。\n:::", 1, "至少要两个选项"),
    (":::随堂一问 q1\n问？\n- [ ] 一\n- [ ] 二\n\n解析：因为。\n:::", 1, "没有标出正确的选项"),
    (":::随堂一问 q1\n问？\n- [ ] 一\n- [x]\n\n解析：因为。\n:::", 1, "空的选项"),
    (":::随堂一问 q1\n问？\n- [ ] 一\n- [x] 二\n:::", 1, "没有解析"),
    (":::随堂一问 q1\n- [ ] 一\n- [x] 二\n解析：因为。\n:::", 1, "没有题干"),
    (CHECK.replace(" c1-q1", ""), 1, "没有编号"),
    (CHECK.replace("c1-q1", "C1 问"), 1, "写法不对"),
    (f"{CHECK}\n\n{CHECK}", 13, "和第 1 行重复"),
    ("## 一 {#a}\n\n## 二 {#a}", 3, "和第 1 行重复"),
    ("## 一 {#第一}", 1, "写法不对"),
    ("## 一 {#main}", 1, "页面自己用的"),
    (f"一\n\n![]({PICTURE})", 3, "没有替代文字"),
    (f":::要点\n![ ]({PICTURE})\n:::", 2, "没有替代文字"),
    ("![图](https://example.com/a.png)", 1, "图片不在本站"),
    ("字" * 8_001, 1, "用空行分成几段"),
    ("字" * 200_001, 1, "超过 200000 个字"),
]


class TestProblems:
    @pytest.mark.parametrize(("source", "line", "words"), PROBLEMS, ids=[words for *_, words in PROBLEMS])
    def test_it_names_the_line_and_what_to_do(self, source, line, words):
        found = [problem for problem in problems(source) if words in problem.sentence]
        assert [problem.line for problem in found] == [line]
        assert "请" in found[0].sentence

    @pytest.mark.parametrize(("source", "line", "words"), PROBLEMS[:-1], ids=[words for *_, words in PROBLEMS[:-1]])
    def test_a_faulty_text_still_renders(self, source, line, words):
        is_harmless(render(source).html, forms=len(render(source).checks))

    def test_one_fault_is_said_once(self):
        assert len(problems(":::要点\n一\n:::易错\n二\n:::\n:::")) == 1
        assert len(problems("一\n\n:::要点\n二")) == 1

    def test_a_good_lesson_has_none(self):
        assert problems(LESSON, cite=known) == []

    def test_with_a_registry_unknown_citations_are_problems(self):
        assert problems("一 [[某法#第三条]]") == []
        (found,) = problems("一\n二 [[某法#第三条]]", cite=known)
        assert found.line == 2
        assert "「某法#第三条」" in found.sentence

    def test_the_alternative_text_of_code_is_nobodys_business(self):
        assert problems("`![](a.png)`\n\n```\n![](a.png)\n```\n\n:::要点\n```\n![](a.png)\n```\n:::") == []


HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<a href="&#106;avascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](\\javascript:alert(1))",
    "[x](vbscript:msgbox)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](\x01javascript:alert(1))",
    "<javascript:alert(1)>",
    "<javascript://x%0aalert(1)>",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](javascript:alert(1))",
    "![x](https://x.example/x.png)",
    "![x](//x.example/x.png)",
    "![x](/\\x.example/x.png)",
    "![x](/logout)",
    "![x](/files/../logout)",
    "![x](/files/a.png)",
    "![x](a.png)",
    f"![x]({PICTURE}?x=1)",
    f"![x]({PICTURE}/../../../logout)",
    f"![x](/{PICTURE})",
    "![x](/files/%2e%2e/logout)",
    "![x](../../logout)",
    "![x](/&#9;/x.example/x.png)",
    '![" onerror="alert(1)](a.png)',
    "![x](a.png \"y' onload='alert(1)\")",
    '[x](/a "><script>alert(1)</script>")',
    '[x](/a"onclick="alert(1))',
    '<p style="background:url(javascript:alert(1))">x</p>',
    "<iframe src=https://x.example></iframe>",
    "<meta http-equiv=refresh content=0;url=//x.example>",
    "<form action=//x.example><input name=choice><button>看解析</button></form>",
    "<section class=quickcheck data-check=c1-q1>x</section>",
    '<svg onload=alert(1)><use href="data:image/svg+xml,x"/></svg>',
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<div><div><b><i><a href=x><table><tr><td>",
    "</div></section></form></body></html>",
    "<textarea><title><noscript><style><xmp><plaintext>",
    "<![CDATA[x]]> <?php x ?> <!DOCTYPE x> <!-->",
    '## x {#a" onclick="alert(1)}',
    "## <script>alert(1)</script> {#a}",
    '[^x" onclick="alert(1)]\n\n[^x" onclick="alert(1)]: y',
    '[[x" onclick="alert(1)#<b>]]',
    ':::政策依据 "><script>alert(1)</script>#" onclick="x\n<script>\n:::',
    ':::随堂一问 x"onclick=alert(1)\n<script>\n- [x] <script>\n- [ ] </label></form>\n解析：<script>\n:::',
    ":::对比\n</div><script>\n---\n<form>\n:::",
    ":::<script>alert(1)</script>\n<script>\n:::",
    "``` <script>\n</code></pre><script>\n```",
    "a|b\n-|-\n<script>|<img src=x onerror=y>",
    "\x02wzxhzdk:0\x03 \x02klzzwxh:0000\x03 \x02amp\x03 &#2;wzxhzdk:0&#3;",
    "x[^1] x[^1]\n\n[^1]: <script>",
    "![x [[GB/T33358-2016#3.6]]](a.png)",
    "[x [[GB/T33358-2016#3.6]] y](/a)",
    "{: onclick=alert(1) }\n\nx {: style=color:red }",
    "\ud800<script>\udfff",
]


class TestHarm:
    @pytest.mark.parametrize("source", HOSTILE)
    @pytest.mark.parametrize(
        "frame", ["{}", ":::要点\n{}\n:::", "- {}", "> {}", "a|b\n-|-\n{}|x", "**{}**", "[{}](/x)"]
    )
    def test_it_comes_out_harmless(self, source, frame):
        text = frame.format(source)
        rendered = render(text, cite=known)
        is_harmless(rendered.html, forms=len(rendered.checks))
        problems(text, cite=known)

    @pytest.mark.parametrize("source", HOSTILE)
    def test_a_question_comes_out_harmless(self, source):
        is_harmless(render_question(source, cite=known))
        is_harmless(render_inline(source, cite=known))

    def test_tags_show_as_they_are_written(self):
        assert render("<script>alert(1)</script>").html == '<p data-p="1">&lt;script&gt;alert(1)&lt;/script&gt;</p>'

    def test_a_dropped_address_leaves_the_words(self):
        assert render("[点这里](javascript:alert(1))").html == '<p data-p="1"><a>点这里</a></p>'

    def test_the_word_that_stands_for_a_block_cannot_be_forged(self):
        first = render(CHECK)
        for guess in ("x0n1x", f"x{first.digest[:24]}n1x", f"x{digest('')[:24]}n1x"):
            rendered = render(f'{guess}\n\n[{guess}](/{guess} "{guess}")\n\n{CHECK}')
            assert rendered.html.startswith(f'<p data-p="1">{guess}</p>')
            assert rendered.html.count("<form") == 1

    def test_a_block_whose_place_was_lost_stands_at_the_end(self):
        placed = Placer({"mark": ("<div>块</div>", "块")}, numbered=True).take("<p>前 mark</p>")
        assert placed.html == '<p data-p="1">前 mark</p><div data-p="2">块</div>'

    def test_blocks_after_anything_keep_their_place(self):
        for before in (
            "- 一\n- 二",
            "> 引",
            "[^1]: 注",
            "a|b\n-|-\n1|2",
            "1. 一\n\n   续",
            "**未完",
            "`未完",
            "<div>",
            "[x](y",
        ):
            rendered = render(f"{before}\n{CHECK}\n尾")
            assert rendered.html.count("<form") == 1
            assert rendered.html.index("<form") < rendered.html.index("尾")
            assert re.search(r'<section data-p="\d" ', rendered.html), before

    def test_five_megabytes_are_refused_before_any_work(self):
        source = "[" * 5_000_000
        with pytest.raises(Refused, match="请拆成几节"):
            render(source)
        assert len(problems(source)) == 1

    @pytest.mark.parametrize(
        "pattern",
        [
            "[", "[a](", "![", "[^", "[^\n", "[[", "[[a", '[a](b "', "[a](b\n\n", "[[a#1]]\n\n", "*", "*a", "**a* b ", "_a ", "~~a ",
            "==", "`", "`a ", "``` \n", "#", "# ", "> ", "- ", "1. ", "-", ":", ":::\n", ":::要点\n", "：：：x\n", "|", "a|`", "\\", "&", "&a",
            "<", "<!--", "<a ", "<http://", "{", "# a {", "(", "()", "\t", " ", "a  \n", "字",
        ],
    )  # fmt: skip
    def test_long_runs_come_back_harmless(self, pattern):
        run = (pattern * 20_000)[:20_000]
        for source in (run, f"# {run}", f"a{run}b", f"a|b\n-|-\n{run}", f"[a](b{run}", f":::要点\n{run}\n:::"):
            is_harmless(render(source).html)  # one that is not linear would not come back
            assert all(problem.sentence for problem in problems(source))

    def test_depth_beyond_sense_stays_readable(self):
        for source in (
            "- " * 3_000 + "底",
            ">" * 3_000 + "底",
            "\n".join(" " * 2 * i + "- 层" for i in range(80)) + "底",
        ):
            made = render(source).html
            is_harmless(made)
            assert "底" in made

    def test_a_parser_that_gave_up_shows_plain_paragraphs_and_works_again(self, monkeypatch):
        parse = markdown.Markdown.convert

        def give_up(parser, source):
            if "深" in source:
                raise RecursionError
            return parse(parser, source)

        monkeypatch.setattr(markdown.Markdown, "convert", give_up)
        made = render(f"深 **<b>**\n\n{CHECK}\n\n尾").html
        is_harmless(made, forms=1)
        assert made.startswith('<p data-p="1">深 **&lt;b&gt;**</p>')
        assert "<strong>哪一项</strong>" in made
        assert made.endswith('<p data-p="3">尾</p>')

    def test_footnotes_beyond_measure_stay_text(self):
        source = "".join(f"[^{number}]: 注\n\n" for number in range(500))
        assert "[^7]: 注" in render(source).html

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(
            st.one_of(
                st.text(max_size=12),
                st.sampled_from(
                    [*HOSTILE, *":[]()*_`~=<>!#{}|&\\\"'/-+", "\n", "\n\n", "\n:::\n", ":::要点\n", "    ", "- ", "1. "]
                ),
                st.sampled_from(
                    [
                        ":::随堂一问 q\n",
                        "- [x] ",
                        "- [ ] ",
                        "解析：",
                        "---\n",
                        ":::对比\n",
                        "```\n",
                        "<!--",
                        "-->",
                        "[[a#b]]",
                        "[^1]",
                        "[^1]: ",
                    ]
                ),
            ),
            max_size=30,
        )
    )
    def test_no_text_breaks_it(self, parts):
        source = "".join(parts)
        rendered = render(source, cite=known)
        is_harmless(rendered.html, forms=len(rendered.checks))
        found = re.findall(r' id="([^"]*)"', rendered.html)
        assert len(found) == len(set(found))
        numbers = [int(attrs["data-p"]) for _, attrs in Page(rendered.html).found if "data-p" in attrs]
        assert numbers == list(range(1, rendered.blocks + 1))
        is_harmless(render_question(source))
        assert all(problem.line >= 1 for problem in problems(source, cite=known))

    @pytest.mark.parametrize(
        ("address", "local"),
        [
            ("/a", True), ("a.png", True), ("#x", True), ("?q=a:b", True), ("a/b:c", True), ("", True),
            ("//x", False), ("/\\x", False), ("https://x", False), ("mailto:x", False), ("/\t/x", False), ("%2f/x", False),
        ],
    )  # fmt: skip
    def test_addresses_that_leave_are_told_from_ours(self, address, local):
        assert is_local(address) is local
