"""Everything a learner does works with JavaScript off, from the first sign-in to signing out."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import sign_in
from tests.journeys.test_chain import answer_checks

NEWCOMER = "A1186"
CODE = "YZNEW-STAFF-2026"
OWN_PASSWORD = "Yiqi-jieting-2026"


def root(page: Page):
    """The html element, which carries language, theme and size."""
    return page.locator("html")


def test_a_newcomer_goes_through_the_first_sign_in_and_starts_to_learn(visit):
    page = visit(None, scripts=False)
    page.goto("/login")
    page.get_by_role("link", name="第一次登录，用激活码").click()
    page.get_by_label("工号").fill(NEWCOMER.lower())
    page.get_by_label("激活码").fill(CODE)
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("设置密码")
    page.get_by_label("新密码").fill("123")
    page.get_by_role("button", name="保存密码，继续").click()
    expect(page.locator(".field__error")).to_be_visible()
    page.get_by_label("新密码").fill(OWN_PASSWORD)
    page.get_by_role("button", name="保存密码，继续").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("核对我的信息")
    expect(page.get_by_role("main")).to_contain_text("宋一诺")
    page.get_by_role("link", name="信息没问题，继续").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("选择字号")
    page.get_by_role("main").get_by_role("button", name="大字版").click()
    expect(root(page)).to_have_attribute("data-size", "large")
    page.get_by_role("main").get_by_role("button", name="标准").click()
    page.get_by_role("button", name="就用这个，去今日").click()
    page.wait_for_url(re.compile(r"/$"))

    page.goto("/courses/C1")
    page.get_by_role("main").get_by_role("link", name="开始学习").click()
    page.wait_for_url("**/lessons/c1-mandate")
    expect(page.locator(".prose [data-p]").first).to_be_visible()
    answer_checks(page)
    page.get_by_role("button", name="学完本节").click()
    expect(page.get_by_role("main")).to_contain_text("这一节至少要读")  # time counts by the server's clock

    again = visit(None, scripts=False)
    again.goto("/activate")
    again.get_by_label("工号").fill(NEWCOMER)
    again.get_by_label("激活码").fill(CODE)
    again.get_by_role("button", name="继续").click()
    expect(again.locator(".errsum")).to_be_visible()  # a code opens once
    sign_in(again, NEWCOMER, OWN_PASSWORD)


@pytest.mark.parametrize("width", [1280, 390])
def test_size_look_language_search_settings_and_signing_out(visit, width):
    page = visit({1280: "A1139", 390: "A1146"}[width], width=width, scripts=False)
    page.goto("/courses")
    page.get_by_role("banner").get_by_role("button", name="大字版").click()
    expect(root(page)).to_have_attribute("data-size", "large")
    assert page.url.endswith("/courses")
    page.get_by_role("banner").get_by_role("button", name="大字版").click()
    expect(root(page)).not_to_have_attribute("data-size", "large")

    menu = page.locator("details.menu")
    menu.locator("summary").click()
    menu.get_by_role("button", name="深色").click()
    expect(root(page)).to_have_attribute("data-theme", "dark")

    page.goto("/settings")
    page.get_by_role("radio", name="English").check()
    page.get_by_role("button", name="保存设置").click()
    expect(root(page)).to_have_attribute("lang", re.compile("^en"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    page.get_by_role("radio", name="中文").check()
    page.get_by_role("main").locator(".btn--primary").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("设置")

    page.goto("/search")
    page.get_by_label("搜索课程、政策和题目").last.fill("信访")
    page.get_by_role("main").get_by_role("button", name="搜索").click()
    page.get_by_role("main").get_by_role("link", name=re.compile("信访")).first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    menu.locator("summary").click()
    menu.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login")
    page.goto("/me")
    assert "/login" in page.url
