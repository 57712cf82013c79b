"""An exam sat through its pages, and the right answers as the database file has them."""

import json
import re

from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Server

CODE = "exam-c1"
ABLE = """
SELECT s.staff_number, e.code FROM exams e, spells s JOIN accounts a ON a.person_id = s.person_id
WHERE e.code IN ('exam-c1', 'exam-b2', 'exam-a3') AND s.ends_on IS NULL AND s.starts_on <= date('now')
AND a.is_disabled = 0 AND a.password_hash IS NOT NULL AND s.staff_number LIKE 'A1%'
AND s.staff_number NOT IN ('A1037', 'A1125', 'A1139', 'A1146', 'A1160', 'A1186')
AND NOT EXISTS (SELECT 1 FROM attempts t WHERE t.person_id = s.person_id AND t.exam_id = e.id)
ORDER BY e.code = 'exam-c1' DESC, s.staff_number
"""


def begin(page: Page, code: str = CODE) -> int:
    """From 考试说明 to the first question; the number of the attempt."""
    page.goto(f"/exams/{code}")
    page.get_by_label("我已安排离线时段").check()
    page.get_by_role("button", name="开始考试").click()
    page.wait_for_url(re.compile(r"/attempts/\d+/q/1$"))
    return int(page.url.split("/")[-3])


def right_answers(server: Server, attempt: int) -> dict[int, list[str] | str]:
    """By position: the keys of the right options, or the words of a fill-in."""
    rows = server.ask(
        "SELECT q.position, v.options, v.accepted FROM attempt_questions q JOIN question_versions v"
        " ON v.id = q.version_id WHERE q.attempt_id = ? ORDER BY q.position",
        attempt,
    )
    found: dict[int, list[str] | str] = {}
    for position, options, accepted in rows:
        keys = [option["key"] for option in json.loads(options) if option["is_right"]]
        found[position] = keys or str(json.loads(accepted)[0])
    return found


def option(page: Page, key: str) -> Locator:
    """The label of an option by its stored key."""
    return page.locator("[data-question-form] label.opt", has=page.locator(f'input[value="{key}"]'))


def choose(page: Page, answer: list[str] | str) -> None:
    """Answer the question that is shown, and wait until the server has it."""
    if isinstance(answer, str):
        with page.expect_response("**/answers") as told:
            page.locator("[data-question-form] input[name=text]").fill(answer)
            page.locator("[data-question-form] input[name=text]").blur()
        assert told.value.ok
        return
    for key in answer:
        with page.expect_response("**/answers") as told:
            option(page, key).click()
        assert told.value.ok


def show(page: Page, number: int) -> None:
    """Open a question from the navigator."""
    page.locator(f".examgrid aside [data-cell='{number}']").click()
    expect(page.locator(f"#qn-{number}")).to_be_visible()


def hand_in(page: Page) -> None:
    """检查并交卷, then the dialog, to the result."""
    page.locator("aside").get_by_role("button", name="检查并交卷").click()
    page.wait_for_url("**/check")
    page.get_by_role("main").get_by_role("button", name="交卷", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="交卷", exact=True).click()
    page.wait_for_url(re.compile(r"/attempts/\d+/result$"))


def last_values(server: Server, attempt: int) -> dict[int, dict]:
    """The newest saved value of each question."""
    rows = server.ask("SELECT position, value FROM answers WHERE attempt_id = ? ORDER BY epoch, seq", attempt)
    return {position: json.loads(value) for position, value in rows}
