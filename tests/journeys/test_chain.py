"""The main job end to end: lessons, quiz, certificate, appraisal, by one agent in one browser."""

import re
import subprocess

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Server
from tests.journeys.sitting import choose, hand_in, right_answers, show

AGENT = "A1037"
LAST_BLOCK = """() => {
  window.scrollTo(0, document.body.scrollHeight);
  const last = Math.max(...[...document.querySelectorAll(".prose [data-p]")].map((block) => Number(block.dataset.p)));
  return Number(document.querySelector("[data-finish]").elements.furthest.value) === last;
}"""


def answer_checks(page: Page) -> None:
    """Every 随堂一问 that still waits: the first option, then the explanation in its place."""
    while page.locator("[data-check] form").count():
        section = page.locator("[data-check]", has=page.locator("form")).first
        name = section.get_attribute("data-check")
        section.locator("label.opt").first.click()
        section.get_by_role("button", name="看解析").click()
        expect(page.locator(f"[data-check='{name}'] .expl")).to_be_visible()


def finish_lesson(page: Page, server: Server) -> None:
    """Read to the end with the time credited, then 学完本节."""
    code = page.url.rsplit("/", 1)[-1].partition("#")[0]
    answer_checks(page)
    server.change(
        "UPDATE lesson_readings SET seconds = 7200 WHERE unit_id = (SELECT id FROM course_units WHERE code = ?)"
        " AND person_id = (SELECT person_id FROM spells WHERE staff_number = ?)",
        code,
        AGENT,
    )
    page.wait_for_function(LAST_BLOCK)
    page.get_by_role("button", name="学完本节").click()
    page.wait_for_url(lambda url: code not in url)
    expect(page.get_by_text(re.compile("学完「.+」，计 .+ 学时"))).to_be_visible()


def test_an_agent_goes_from_a_lesson_to_the_line_in_the_appraisal(visit, server, tmp_path):
    page = visit(AGENT)
    page.get_by_role("link", name="继续学习").click()
    page.wait_for_url("**/lessons/c1-*")
    page.goto("/me/hours")
    lines = page.locator("tbody tr").count()
    page.goto("/")
    page.get_by_role("link", name="继续学习").click()
    page.wait_for_url("**/lessons/c1-*")
    lessons = 0
    while "/lessons/" in page.url:
        finish_lesson(page, server)
        lessons += 1
    assert lessons == 3
    assert page.url.endswith("/exams/exam-c1")

    page.get_by_label("我已安排离线时段").check()
    page.get_by_role("button", name="开始考试").click()
    page.wait_for_url(re.compile(r"/attempts/\d+/q/1$"))
    attempt = int(page.url.split("/")[-3])
    for number, answer in right_answers(server, attempt).items():
        show(page, number)
        choose(page, answer)
    hand_in(page)
    expect(page.get_by_role("heading", name="通过了")).to_be_visible()
    expect(page.locator(".verdict .score")).to_have_text(re.compile("100"))

    page.locator("#cert").get_by_role("link", name="查看").click()
    page.wait_for_url("**/certificates/*")
    number = page.url.rsplit("/", 1)[-1]
    expect(page.get_by_role("main")).to_contain_text(number)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 PDF").click()
    saved = tmp_path / "certificate.pdf"
    download.value.save_as(saved)
    words = subprocess.run(["pdftotext", "-layout", saved, "-"], capture_output=True, text=True, check=True).stdout
    assert "林晓岚" in words
    assert number in words
    page.goto("/certificates")
    expect(page.get_by_role("main")).to_contain_text("12345 热线标准与流程")
    assert page.locator(f"a[href='/certificates/{number}']").count() == 1

    public = visit(None)
    public.goto(f"/v/{number}")
    expect(public.get_by_role("heading", level=1)).to_contain_text("有效")
    expect(public.get_by_role("main")).to_contain_text("林*岚")
    expect(public.get_by_role("main")).not_to_contain_text("林晓岚")

    page.goto("/me/hours")
    expect(page.get_by_role("main")).to_contain_text("12345 热线标准与流程结业测验")
    assert page.locator("tbody tr").count() >= min(lines + 4, 20)
    page.goto("/me")
    expect(page.get_by_role("main")).to_contain_text(number)
