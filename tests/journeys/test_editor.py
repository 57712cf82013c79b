"""A trainer mends a lesson before noon: writes, sees what is stored, publishes; a second window loses nothing."""

import re

from playwright.sync_api import expect

from tests.journeys.conftest import until

CODE = "c1-norms"
DRAFT = f"/training/lessons/{CODE}/draft"


def newest(server, code: str = CODE) -> tuple[int, str]:
    [row] = server.ask(
        "SELECT v.number, v.html FROM lesson_versions v JOIN course_units u ON u.id = v.unit_id WHERE u.code = ?"
        " ORDER BY v.number DESC LIMIT 1",
        code,
    )
    return row


def draft_source(server, code: str = CODE) -> str:
    rows = server.ask(
        "SELECT d.source FROM lesson_drafts d JOIN course_units u ON u.id = d.unit_id WHERE u.code = ?", code
    )
    return rows[0][0] if rows else ""


def test_a_lesson_is_mended_published_and_read(visit, server):
    page = visit("T2001")
    page.goto(DRAFT)
    text = page.get_by_label("正文", exact=True)
    before, _html = newest(server)
    text.press("Control+End")
    text.press_sequentially("\n/")
    expect(page.locator("[data-tool=blocks]")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    page.locator("[data-tool=blocks] summary").click()
    page.get_by_role("button", name=re.compile("^要点")).click()
    expect(text).to_have_value(re.compile(r"\n:::要点\n- 第一条\n- 第二条\n:::\n"))
    expect(page.locator("[data-prose]")).to_contain_text("第二条", timeout=15_000)
    page.locator("[data-tool=policies] summary").click()
    page.get_by_label("查找政策和条款").fill("33358 3.6")
    page.get_by_label("查找政策和条款").press("Enter")
    page.locator("[data-found] button").first.click()
    expect(text).to_have_value(re.compile(r":::政策依据 GB/T33358-2016#3\.6\n"))
    expect(page.locator("[data-state]")).to_contain_text(re.compile(r"\d\d:\d\d 已保存"), timeout=15_000)
    until(lambda: ":::政策依据 GB/T33358-2016#3.6" in draft_source(server), "the draft was saved while writing")
    assert newest(server)[0] == before

    shown = page.locator("[data-prose]").inner_html()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/lessons/{CODE}/publication")
    page.get_by_label("这次改了什么").fill("补上要点和依据")
    page.get_by_role("button", name="发布第").click()
    page.wait_for_url(f"**/lessons/{CODE}/versions")
    number, html = newest(server)
    assert number == before + 1
    page.set_content(f"<div id=x>{html}</div>")
    assert page.locator("#x").inner_html() == shown

    learner = visit("A1037")  # who has completed it, and so is given the newest text
    learner.goto(f"/lessons/{CODE}")
    expect(learner.get_by_role("main")).to_contain_text("第二条")
    expect(learner.get_by_role("main")).to_contain_text("补上要点和依据")


def test_two_windows_in_one_lesson_lose_nothing(visit, server):
    first, second = visit("T2001"), visit("T2002")
    address = "/training/lessons/b2-types/draft"
    first.goto(address)
    second.goto(address)
    for page, words in ((first, "第一个窗口写的。"), (second, "第二个窗口写的。")):
        text = page.get_by_label("正文", exact=True)
        text.press("Control+End")
        text.press_sequentially(f"\n{words}")
        page.keyboard.press("Control+s")
        if page is first:
            expect(page.locator("[data-state]")).to_contain_text("已保存")
    expect(second.locator("[data-conflict]")).to_be_visible()
    assert "第一个窗口写的。" in draft_source(server, "b2-types")
    second.get_by_role("button", name="对照两份").click()
    expect(second.get_by_role("main")).to_contain_text("第一个窗口写的。")
    expect(second.get_by_label("你的正文")).to_have_value(re.compile("第二个窗口写的。"))
    second.get_by_role("button", name="保存我这一份").click()
    second.wait_for_url(f"**{address}")
    assert "第二个窗口写的。" in draft_source(server, "b2-types")
    second.goto("/training/lessons/b2-types/versions")
    expect(second.get_by_role("main")).to_contain_text("换下的草稿")
    assert any("第一个窗口写的。" in source for (source,) in server.ask("SELECT source FROM draft_copies"))


def test_without_a_network_the_words_stay_in_the_page(visit, server):
    page = visit("T2002")
    page.goto("/training/lessons/b2-repeat/draft")
    text = page.get_by_label("正文", exact=True)
    text.press("Control+End")
    page.context.set_offline(True)
    text.press_sequentially("\n断网时写的。")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-state]")).to_contain_text("内容还在本页")
    page.context.set_offline(False)
    until(lambda: "断网时写的。" in draft_source(server, "b2-repeat"), "the draft is saved once the network is back")


PASTE = """async (area) => {
  const canvas = document.createElement("canvas");
  canvas.width = 60;
  canvas.height = 40;
  canvas.getContext("2d").fillRect(0, 0, 30, 40);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const data = new DataTransfer();
  data.items.add(new File([blob], "image.png", { type: "image/png" }));
  area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def test_a_pasted_picture_wants_alternative_text_and_is_shown(visit, server):
    page = visit("T2002")
    page.goto("/training/lessons/b2-discipline/draft")
    text = page.get_by_label("正文", exact=True)
    text.press("Control+End")
    text.evaluate(PASTE)
    page.get_by_role("button", name="插入图片").click()
    expect(page.locator("[data-picture-said]")).to_contain_text("写上替代文字")
    page.get_by_label("替代文字").fill("两种颜色的方块")
    page.get_by_role("button", name="插入图片").click()
    expect(text).to_have_value(re.compile(r"!\[两种颜色的方块\]\(/files/[0-9a-f]{64}\.png\)"))
    picture = page.locator("[data-prose] img[alt='两种颜色的方块']")
    expect(picture).to_be_attached(timeout=15_000)
    page.get_by_role("region", name="学员看到的样子").evaluate("phone => phone.scrollTo(0, phone.scrollHeight)")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 60
