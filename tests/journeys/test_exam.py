"""What an examinee is promised: no saved answer is lost, one result, and every way through the paper works."""

import re
import signal
from datetime import timedelta
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from lms import clock
from tests.journeys.conftest import sign_in, until
from tests.journeys.sitting import ABLE, begin, choose, hand_in, last_values, option, right_answers, show

SAVED = re.compile("已保存|已恢复联网")
BYSTANDER = "A1037"  # 林晓岚, who sits nothing here


class Examinee(NamedTuple):
    """Somebody who may sit an exam, and which one."""

    number: str
    code: str


@pytest.fixture(scope="module")
def examinees(server):
    """People who have sat nothing yet, each used once: who that is depends on the day of the demo."""
    used: set[str] = set()

    def each():
        for number, code in server.ask(ABLE):
            if number not in used:
                used.add(number)
                yield Examinee(number, code)

    return each()


@pytest.fixture
def able(examinees) -> Examinee:
    return next(examinees)


def first_choices(server, attempt: int, count: int) -> list[tuple[int, str]]:
    """Positions of single-choice questions with a key to press, in order."""
    rows = server.ask(
        "SELECT q.position, json_extract(q.option_order, '$[0]') FROM attempt_questions q JOIN question_versions v"
        " ON v.id = q.version_id WHERE q.attempt_id = ? AND v.type = 'single' ORDER BY q.position",
        attempt,
    )
    assert len(rows) >= count
    return rows[:count]


def checked(page: Page) -> list[str]:
    """The keys chosen on the question that is shown."""
    return page.locator("[data-question-form] input[name=choice]:checked").evaluate_all("all => all.map(x => x.value)")


def test_a_reload_keeps_the_answer(visit, server, able):
    page = visit(able.number)
    attempt = begin(page, able.code)
    [(position, key)] = first_choices(server, attempt, 1)
    show(page, position)
    choose(page, [key])
    page.reload()
    assert checked(page) == [key]
    assert last_values(server, attempt)[position]["chosen"] == [key]


def test_answers_given_offline_stay_on_the_device_and_go_up_on_reconnect(visit, server, able):
    page = visit(able.number)
    with page.expect_response("**/paper") as paper:
        attempt = begin(page, able.code)
    paper.value.finished()
    wanted = first_choices(server, attempt, 3)
    page.context.set_offline(True)
    for position, key in wanted:
        show(page, position)
        option(page, key).click()
        expect(page.locator("[data-saved]")).to_have_text("已存在本机")
    expect(page.locator(".offline")).to_be_visible()
    assert last_values(server, attempt) == {}
    page.get_by_role("button", name="检查并交卷").first.click()
    expect(page.locator("[data-notice]")).to_contain_text("还有 3 个答案没有上传，联网后再交卷")
    page.context.set_offline(False)
    until(lambda: len(last_values(server, attempt)) == 3, "three answers on the server")
    assert {n: found["chosen"] for n, found in last_values(server, attempt).items()} == {n: [k] for n, k in wanted}
    expect(page.locator("[data-saved]")).to_have_text(SAVED)
    expect(page.locator(".offline")).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage).filter(key => /^exam-\\d+$/.test(key))") == []


def test_a_second_device_asks_to_move_the_exam_and_the_first_becomes_read_only(visit, server, able):
    first = visit(able.number)
    attempt = begin(first, able.code)
    [(position, key), (other, other_key)] = first_choices(server, attempt, 2)
    show(first, position)
    choose(first, [key])
    second = visit(able.number, width=390)
    second.goto(f"/attempts/{attempt}/q/{position}")
    expect(second.get_by_role("heading", name="这场考试正在另一台设备上")).to_be_visible()
    second.get_by_role("button", name="移到这台设备").click()
    second.wait_for_url(f"**/attempts/{attempt}/q/1")
    second.goto(f"/attempts/{attempt}/q/{position}")
    assert checked(second) == [key]
    show(first, other)
    option(first, other_key).click()
    expect(first.locator("[data-notice]")).to_be_visible()
    expect(first.locator("[data-question-form] input[name=choice]").first).to_be_disabled()
    assert set(last_values(server, attempt)) == {position}


def test_two_tabs_lose_nothing(visit, server, able):
    first = visit(able.number)
    attempt = begin(first, able.code)
    [(one, key), (two, other_key)] = first_choices(server, attempt, 2)
    second = first.context.new_page()
    second.goto(f"/attempts/{attempt}/q/{two}")
    show(first, one)
    choose(first, [key])
    option(second, other_key).click()  # with a sequence number that the first tab has used
    until(lambda: two in last_values(server, attempt), "the answer of the second tab")
    found = last_values(server, attempt)
    assert (found[one]["chosen"], found[two]["chosen"]) == ([key], [other_key])


def test_a_killed_server_loses_no_saved_answer_and_the_exam_goes_on(visit, server, able):
    page = visit(able.number)
    attempt = begin(page, able.code)
    wanted = first_choices(server, attempt, 4)
    for position, key in wanted[:3]:
        show(page, position)
        choose(page, [key])
    before = last_values(server, attempt)
    server.kill(signal.SIGKILL)
    position, key = wanted[3]
    show(page, position)
    option(page, key).click()
    expect(page.locator("[data-saved]")).to_have_text("已存在本机")
    server.start()
    until(lambda: position in last_values(server, attempt), "the answer given while the server was down", 40)
    after = last_values(server, attempt)
    assert {n: after[n] for n in before} == before
    page.reload()
    assert checked(page) == [key]
    hand_in(page)
    expect(page.locator(".verdict")).to_be_visible()


def test_when_time_is_up_the_saved_answers_count_and_a_sentence_says_so(visit, server, able):
    page = visit(able.number, scripts=False)
    attempt = begin(page, able.code)
    [(position, key)] = first_choices(server, attempt, 1)
    page.goto(f"/attempts/{attempt}/q/{position}")
    option(page, key).click()
    page.get_by_role("main").get_by_role("button", name="下一题", exact=True).last.click()
    until(lambda: position in last_values(server, attempt), "the answer")
    past = (clock.now() - timedelta(seconds=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    server.change("UPDATE attempts SET deadline_at = ? WHERE id = ?", past, attempt)
    page.goto(f"/attempts/{attempt}/q/{position}")
    if "/q/" in page.url:  # the sweep of the minute may have come first
        expect(page.get_by_role("heading", name="时间到，已按最后保存的答案交卷")).to_be_visible()
        page.get_by_role("button", name="看成绩").click()
    expect(page.locator(".verdict")).to_contain_text("到时自动交卷")
    assert server.ask("SELECT handed_in_by FROM attempts WHERE id = ?", attempt) == [("deadline",)]
    assert last_values(server, attempt)[position]["chosen"] == [key]


def test_with_script_the_page_hands_in_by_itself_when_the_clock_runs_out(visit, server, able):
    page = visit(able.number)
    attempt = begin(page, able.code)
    soon = (clock.now() + timedelta(seconds=4)).strftime("%Y-%m-%d %H:%M:%S.%f")
    server.change("UPDATE attempts SET deadline_at = ? WHERE id = ?", soon, attempt)
    page.reload()
    page.wait_for_url(f"**/attempts/{attempt}/result", timeout=30_000)
    expect(page.locator(".verdict")).to_contain_text("到时自动交卷")


def test_a_double_click_on_hand_in_gives_one_result_and_back_leads_to_it(visit, server, able):
    page = visit(able.number)
    attempt = begin(page, able.code)
    page.locator("aside").get_by_role("button", name="检查并交卷").click()
    page.wait_for_url("**/check")
    page.get_by_role("main").get_by_role("button", name="交卷", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="交卷", exact=True).dblclick()
    page.wait_for_url(f"**/attempts/{attempt}/result")
    assert server.ask("SELECT count(*) FROM results WHERE attempt_id = ?", attempt) == [(1,)]
    page.go_back()
    page.wait_for_url(f"**/attempts/{attempt}/result")
    expect(page.locator(".verdict")).to_be_visible()
    assert server.ask("SELECT count(*) FROM results WHERE attempt_id = ?", attempt) == [(1,)]


def test_three_questions_by_keyboard_alone(visit, server, able):
    page = visit(able.number)
    with page.expect_response("**/paper") as paper:
        attempt = begin(page, able.code)
    paper.value.finished()
    for number, letter in ((1, "a"), (2, "B"), (3, "c")):
        expect(page.locator(f"#qn-{number}")).to_be_visible()
        with page.expect_response("**/answers"):
            page.keyboard.press(letter)
        if number == 2:
            with page.expect_response("**/answers"):
                page.keyboard.press("m")
        if number < 3:
            page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#qn-2")).to_be_visible()
    expect(page.locator(".flagbtn")).to_have_attribute("aria-pressed", "true")
    page.locator(".q .btn--primary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#qn-3")).to_be_visible()
    orders = dict(
        server.ask(
            "SELECT position, json_extract(option_order, '$[' || (position - 1) || ']') FROM attempt_questions"
            " WHERE attempt_id = ? AND position < 4",
            attempt,
        )
    )
    found = last_values(server, attempt)
    assert {n: found[n]["chosen"] for n in (1, 2, 3)} == {n: [key] for n, key in orders.items()}
    assert [n for n in found if found[n].get("flagged")] == [2]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_whole_sitting_by_forms_without_script(visit, server, able, width):
    page = visit(able.number, width=width, scripts=False)
    attempt = begin(page, able.code)
    answers = right_answers(server, attempt)
    for position, answer in answers.items():
        expect(page.locator(f"#qn-{position}")).to_be_visible()
        if isinstance(answer, str):
            page.locator("[data-question-form] input[name=text]").fill(answer)
        else:
            for key in answer:
                option(page, key).click()
        if position == 2:
            page.get_by_role("button", name="标记本题").click()
            expect(page.get_by_role("button", name="已标记")).to_be_visible()
        forward = page.locator("[data-question-form] .btn--primary" if width == 1280 else ".exambottom .btn--primary")
        forward.click()
    page.wait_for_url("**/check")
    main = page.get_by_role("main")
    expect(main).to_contain_text("标记过的题")
    expect(main.locator(".qlinks a")).to_have_text(["第 2 题"])
    main.get_by_role("button", name="交卷", exact=True).click()
    page.wait_for_url(f"**/attempts/{attempt}/result")
    expect(page.locator(".verdict .score")).to_contain_text("100")
    expect(page.get_by_role("heading", name="通过了")).to_be_visible()


def test_another_persons_attempt_does_not_exist(visit, server, able):
    mine = visit(able.number)
    attempt = begin(mine, able.code)
    other = visit(BYSTANDER)
    for path in (f"/attempts/{attempt}/result", f"/attempts/{attempt}/q/1", f"/attempts/{attempt}/check"):
        assert other.goto(path).status == 404


def test_after_signing_in_again_the_sitting_goes_on(visit, server, able):
    page = visit(able.number)
    attempt = begin(page, able.code)
    [(position, key)] = first_choices(server, attempt, 1)
    show(page, position)
    choose(page, [key])
    page.context.clear_cookies()
    sign_in(page, able.number)
    page.goto(f"/exams/{able.code}")
    page.get_by_role("link", name="继续作答").click()
    page.get_by_role("button", name="移到这台设备").click()
    page.goto(f"/attempts/{attempt}/q/{position}")
    assert checked(page) == [key]


def stored(moment) -> str:
    """An instant as the database file holds it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def test_answers_given_offline_before_the_deadline_count_when_the_network_is_back_after_it(visit, server, able):
    page = visit(able.number)
    with page.expect_response("**/paper") as paper:
        attempt = begin(page, able.code)
    paper.value.finished()
    [(first, key), (second, other)] = first_choices(server, attempt, 2)
    show(page, first)
    choose(page, [key])
    page.context.set_offline(True)
    show(page, second)
    option(page, other).click()
    expect(page.locator("[data-saved]")).to_have_text("已存在本机")
    given = clock.now()
    page.wait_for_timeout(1500)
    ended = given + timedelta(seconds=1)  # the time is up while the page is away
    until_late = ended + timedelta(minutes=10)
    server.change(
        "UPDATE attempts SET deadline_at = ?, grace_until = ? WHERE id = ?", stored(ended), stored(until_late), attempt
    )
    page.wait_for_timeout(500)
    page.context.set_offline(False)
    until(lambda: second in last_values(server, attempt), "the answer from before the deadline")
    assert last_values(server, attempt)[second]["chosen"] == [other]
    page.goto(f"/attempts/{attempt}/q/{second}")
    expect(page.get_by_role("heading", name="时间到，等待补传")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("1 个答案是截止前断网时作答、截止后补传的")
    page.get_by_role("button", name="现在交卷，看成绩").click()
    page.wait_for_url(f"**/attempts/{attempt}/result")
    expect(page.get_by_role("main")).to_contain_text("1 个答案在截止后补传")


def test_answers_given_offline_after_the_deadline_are_refused_and_named(visit, server, able):
    page = visit(able.number)
    with page.expect_response("**/paper") as paper:
        attempt = begin(page, able.code)
    paper.value.finished()
    [(first, key)] = first_choices(server, attempt, 1)
    page.context.set_offline(True)
    ended = clock.now()
    server.change(
        "UPDATE attempts SET deadline_at = ?, grace_until = ? WHERE id = ?",
        stored(ended), stored(ended + timedelta(minutes=10)), attempt,
    )  # fmt: skip
    page.wait_for_timeout(500)
    show(page, first)
    option(page, key).click()
    expect(page.locator("[data-saved]")).to_have_text("已存在本机")
    page.context.set_offline(False)
    expect(page.locator("[data-notice]")).to_contain_text(f"第 {first} 题的改动没有上传，没有计入", timeout=20_000)
    assert last_values(server, attempt) == {}
    expect(page.locator("[data-notice]").get_by_role("link", name="看成绩")).to_be_visible()


def test_a_tab_closed_offline_sends_its_answers_when_the_page_is_opened_in_the_grace(visit, server, able):
    page = visit(able.number)
    with page.expect_response("**/paper") as paper:
        attempt = begin(page, able.code)
    paper.value.finished()
    [(first, key)] = first_choices(server, attempt, 1)
    page.context.set_offline(True)
    show(page, first)
    option(page, key).click()
    expect(page.locator("[data-saved]")).to_have_text("已存在本机")
    page.wait_for_timeout(300)
    ended = clock.now()
    server.change(
        "UPDATE attempts SET deadline_at = ?, grace_until = ? WHERE id = ?",
        stored(ended), stored(ended + timedelta(minutes=10)), attempt,
    )  # fmt: skip
    page.close(run_before_unload=False)
    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(f"/attempts/{attempt}/q/1")
    expect(again.locator("[data-notice]")).to_contain_text("已补传 1 个截止前的答案")
    assert last_values(server, attempt)[first]["chosen"] == [key]


def test_the_first_device_is_told_what_it_could_not_send(visit, server, able):
    first = visit(able.number)
    with first.expect_response("**/paper") as paper:
        attempt = begin(first, able.code)
    paper.value.finished()
    [(one, key)] = first_choices(server, attempt, 1)
    first.context.set_offline(True)
    show(first, one)
    option(first, key).click()
    expect(first.locator("[data-saved]")).to_have_text("已存在本机")
    second = visit(able.number, width=390)
    second.goto(f"/attempts/{attempt}/q/{one}")
    second.get_by_role("button", name="移到这台设备").click()
    first.context.set_offline(False)
    expect(first.locator("[data-notice]")).to_contain_text(f"第 {one} 题的改动没有上传，没有计入", timeout=20_000)
    assert last_values(server, attempt) == {}


def test_signing_in_again_on_the_same_device_sends_what_waited(visit, server, able):
    page = visit(able.number)
    with page.expect_response("**/paper") as paper:
        attempt = begin(page, able.code)
    paper.value.finished()
    [(one, key)] = first_choices(server, attempt, 1)
    page.context.clear_cookies()
    show(page, one)
    option(page, key).click()
    expect(page.locator("[data-notice]").get_by_role("link", name="重新登录")).to_be_visible()
    sign_in(page, able.number)
    page.goto(f"/attempts/{attempt}/q/1")
    page.get_by_role("button", name="移到这台设备").click()
    until(lambda: one in last_values(server, attempt), "the answer that waited on the device")
    assert last_values(server, attempt)[one]["chosen"] == [key]


def test_the_clock_tells_milestones_and_learns_of_more_time(visit, server, able):
    page = visit(able.number)
    attempt = begin(page, able.code)
    soon = clock.now() + timedelta(minutes=10, seconds=4)
    server.change("UPDATE attempts SET deadline_at = ? WHERE id = ?", stored(soon), attempt)
    page.reload()
    expect(page.locator("#clock-live")).to_have_attribute("aria-live", "polite")
    expect(page.locator("#clock-live")).to_have_text("剩余 10 分钟", timeout=15_000)
    server.change("UPDATE attempts SET deadline_at = ? WHERE id = ?", stored(soon + timedelta(minutes=15)), attempt)
    [(one, key)] = first_choices(server, attempt, 1)
    show(page, one)
    choose(page, [key])
    expect(page.locator("[data-notice]")).to_contain_text("监考给你加了 15 分钟")
    page.get_by_role("button", name="隐藏剩余时间").click()
    expect(page.locator("[data-clock] .num")).to_be_hidden()
    page.keyboard.press("t")
    expect(page.locator("#clock-live")).to_contain_text(re.compile("剩余 2[45] 分钟"))
