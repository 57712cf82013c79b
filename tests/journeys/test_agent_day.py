"""An agent's quarter of an hour between calls on a phone: free minutes, a question, a policy update, the own record."""

import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader


@pytest.mark.parametrize(("number", "scripts"), [("A1037", True), ("A1139", False)])
def test_a_quarter_of_an_hour_between_calls(visit, number, scripts):
    page = visit(number, width=390, height=844, scripts=scripts)
    main = page.get_by_role("main")
    page.goto("/")
    main.get_by_role("link", name="8 分钟", exact=True).click()
    expect(main.get_by_text("8 分钟内").first).to_be_visible()

    daily = page.locator("#daily")
    if daily.count():
        daily.locator("label.opt").first.click()
        daily.get_by_role("button", name="提交答案").click()
        expect(daily.locator(".expl")).to_be_visible()

    main.get_by_role("link", name=re.compile("^去确认：政策更新确认")).first.click()
    title = page.get_by_role("heading", level=1).inner_text()
    options = main.locator("label.opt")
    if options.count():
        options.nth(1).click()
    main.get_by_role("button", name="我已读懂").click()
    expect(main).to_contain_text("你确认读懂的是")

    page.goto("/calendar")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for _month in range(2):  # the day may lie in the month before
        if main.get_by_role("link", name=re.compile(re.escape(title))).count():
            break
        main.get_by_role("link", name="下个月").click()
    expect(main.locator("li", has_text=title).first).to_contain_text("已完成")

    page.locator(".tabbar").get_by_role("link", name="我的档案").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的档案")
    with page.expect_download() as waiting:
        main.get_by_role("button", name="导出我的记录（PDF）").click()
    text = "".join(sheet.extract_text() for sheet in PdfReader(waiting.value.path()).pages)
    assert number in text
    assert title in text


def test_the_keys_lead_to_the_five_places(visit):
    page = visit("A1139")
    page.goto("/practice")
    page.keyboard.press("g")
    page.keyboard.press("k")
    page.wait_for_url("**/courses")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/me")
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    expect(page.get_by_role("heading", level=1)).to_have_text("搜索")
