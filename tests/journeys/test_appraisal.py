"""A quarter from grading to signature: two clicks a grade, the quota bars, a password signs, publicity, objection, review."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PASSWORD, own_server, until

CYCLE = "2026Q3"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The quarter is closed here, which other journeys find open."""
    yield from own_server(tmp_path_factory)


@pytest.fixture
def reviewer(server):
    """(staff number, person) of a line leader who took no part in anybody's grade."""
    [row] = server.ask("SELECT staff_number, person_id FROM spells WHERE staff_number = 'T2001'")
    return row


def test_a_grade_is_two_clicks_and_too_many_bar_the_sign_off(visit, server):
    page = visit("H4001")
    page.goto(f"/appraisals/{CYCLE}?state=undecided")
    expect(page.get_by_role("group", name=re.compile("才能提交签批"))).to_contain_text("超出 1 名")
    row = page.locator("tbody tr", has=page.locator("select[name=grade]")).first
    name = row.locator("th b").inner_text()
    with page.expect_navigation():
        row.locator("select[name=grade]").select_option("competent")  # the one choice is the whole act
    expect(page.get_by_role("main")).to_contain_text(name)
    page.get_by_role("button", name=re.compile("^撤销上一步")).click()
    expect(page.locator(".flashes, [role=status]").first).to_contain_text("恢复原来的")
    signer = visit("C5001")
    signer.goto(f"/appraisals/{CYCLE}/sign-off")
    expect(signer.get_by_role("main")).to_contain_text("现在不能签批")
    assert signer.get_by_label("密码").count() == 0


def test_from_sign_off_over_an_objection_to_the_signature(visit, server, reviewer):
    """Grades are completed behind the pages, then each actor does their step in the browser."""
    number, _person = reviewer
    complete(server)
    signer = visit("C5001")
    signer.goto(f"/appraisals/{CYCLE}/sign-off")
    signer.get_by_label("密码").fill("not this one")
    signer.get_by_role("button", name="签批并确定等次").click()
    expect(signer.locator(".errsum")).to_contain_text("还可以试")
    signer.get_by_label("密码").fill(PASSWORD)
    signer.get_by_role("button", name="签批并确定等次").click()
    signer.wait_for_url(f"**/appraisals/{CYCLE}")

    hr = visit("H4001")
    hr.goto(f"/appraisals/{CYCLE}")
    hr.get_by_role("button", name="进入「公示」").click()
    agent = visit("A1037")
    agent.goto("/publicity")
    agent.get_by_role("link", name="2026 年第三季度平时考核").click()
    agent.get_by_label("事实和理由").fill("这位同事九月有一次夜班缺岗，请核实。")
    agent.get_by_role("button", name="提交异议").click()
    agent.wait_for_url("**/claims/*")
    claim = agent.url.rsplit("/", 1)[1]

    hr.goto(f"/claims/{claim}")
    hr.get_by_label("处理人的工号").fill("C5001")
    hr.get_by_role("button", name="指定").click()
    expect(hr.locator(".errsum")).to_contain_text("参加过这个人的评定")
    hr.get_by_label("处理人的工号").fill(number)
    hr.get_by_role("button", name="指定").click()
    other = visit(number)
    other.goto(f"/claims/{claim}")
    other.get_by_label("不成立").check()
    other.get_by_label("决定的理由").fill("调阅排班和登记，当晚在岗。")
    other.get_by_role("button", name="保存决定").click()
    expect(other.get_by_role("main")).to_contain_text("当晚在岗")

    server.change("UPDATE publicities SET ends_on = date('now', '-2 day') WHERE cycle_id = (SELECT id FROM cycles WHERE code = ?)", CYCLE)  # fmt: skip
    hr.goto(f"/appraisals/{CYCLE}")
    hr.get_by_role("button", name="进入「生效」").click()
    until(lambda: server.ask("SELECT count(*) FROM form_steps f JOIN participations p ON p.id = f.participation_id"
                             " JOIN cycles c ON c.id = p.cycle_id WHERE c.code = ? AND f.to_stage = 'notified'", CYCLE)
          [0][0] >= 185, "everybody is told", 60)  # fmt: skip
    agent.goto(f"/me/appraisals/{CYCLE}")
    agent.get_by_label("同意", exact=True).check()
    agent.get_by_role("button", name="签署", exact=True).click()
    expect(agent.get_by_role("main")).to_contain_text("已签署：同意")
    assert agent.request.get(f"/me/appraisals/{CYCLE}/form.pdf").headers["content-type"] == "application/pdf"


def complete(server) -> None:
    """Give everybody who has none the second grade, and one too many the second as well, as a vendor's HR would."""
    server.change(
        "INSERT INTO grade_decisions (participation_id, grade, reason, is_final, decided_by, decider_label, decided_at, batch)"
        " SELECT p.id, 'competent', '', 0, 1, '测试，人事', datetime('now'), '' FROM participations p"
        " JOIN cycles c ON c.id = p.cycle_id WHERE c.code = ? AND p.grade_mode = 'grade'"
        " AND COALESCE((SELECT grade FROM grade_decisions d WHERE d.participation_id = p.id AND d.grade <> 'opinion'"
        " ORDER BY d.id DESC LIMIT 1), 'withdrawn') = 'withdrawn'",
        CYCLE,
    )
    pools = server.ask(
        "SELECT q.pool, q.percent, count(*) FROM pool_quotas q JOIN cycles c ON c.id = q.cycle_id"
        " JOIN participations p ON p.cycle_id = c.id AND p.pool = q.pool WHERE c.code = ? GROUP BY q.pool, q.percent",
        CYCLE,
    )
    for pool, percent, size in pools:
        top = server.ask(
            "SELECT p.id FROM participations p JOIN cycles c ON c.id = p.cycle_id WHERE c.code = ? AND p.pool = ? AND"
            " (SELECT grade FROM grade_decisions d WHERE d.participation_id = p.id AND d.grade <> 'opinion'"
            " ORDER BY d.id DESC LIMIT 1) = 'excellent' ORDER BY p.total",
            CYCLE,
            pool,
        )
        for (one,) in top[: max(0, len(top) - size * percent // 100)]:
            server.change(
                "INSERT INTO grade_decisions (participation_id, grade, reason, is_final, decided_by, decider_label,"
                " decided_at, batch) VALUES (?, 'competent', '名额调整', 0, 1, '测试，人事', datetime('now'), '')",
                one,
            )
