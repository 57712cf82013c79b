"""What trainers, HR and the three administrators do every week, and what each of them may not see."""

import re

import pytest
from playwright.sync_api import expect

CYCLE = "2026Q3"


def test_hr_opens_a_score_down_to_a_raw_row_and_changes_a_grade_with_a_reason(visit, server):
    [(person_id, name)] = server.ask(
        "SELECT p.person_id, persons.name FROM participations p JOIN cycles c ON c.id = p.cycle_id"
        " JOIN spells s ON s.id = p.spell_id JOIN persons ON persons.id = p.person_id"
        " JOIN grade_decisions d ON d.participation_id = p.id"
        " WHERE c.code = ? AND s.vendor_id IS NULL AND d.grade = 'competent' AND s.staff_number LIKE 'A%'"
        " ORDER BY p.id LIMIT 1",
        CYCLE,
    )
    page = visit("H4001")
    page.goto("/appraisals")
    page.get_by_role("link", name="2026 年第三季度平时考核").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("第三季度")
    page.get_by_label("搜索人员").fill(name)
    page.get_by_label("搜索人员").press("Enter")
    page.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_url(f"**/people/{person_id}")
    row = page.locator(".tree a[href^='/appraisals/measures/']").first
    for _level in range(6):
        if row.is_visible():
            break
        closed = page.locator(".tree details:not([open])", has=page.locator("a[href^='/appraisals/measures/']"))
        closed.first.locator("> summary .tree__x").click()
    row.click()
    expect(page.get_by_role("heading", level=2, name="数值")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("来源")
    page.go_back()

    page.get_by_role("link", name="改等次").click()
    page.locator("select[name=grade]").select_option("excellent")
    page.get_by_role("button", name="保存等次").click()
    expect(page.locator(".errsum")).to_be_visible()  # a change wants a reason
    page.locator("[name=reason]").fill("回访满意度全组第一，带教两名新员工")
    page.get_by_role("button", name="保存等次").click()
    page.wait_for_url(f"**/people/{person_id}")
    expect(page.locator("#hist-h + *, section[aria-labelledby=hist-h]").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("带教两名新员工")
    page.goto(f"/appraisals/{CYCLE}/records")
    first = page.locator("tbody tr").first
    expect(first).to_contain_text(name)
    expect(first).to_contain_text("带教两名新员工")
    expect(first).to_contain_text("方静")


def test_a_vendors_hr_sees_only_their_own_company(visit, server):
    [(own,)] = server.ask(
        "SELECT g.vendor_id FROM role_grants g JOIN spells s ON s.person_id = g.person_id"
        " WHERE s.staff_number = 'H4101' AND g.role = 'hr'"
    )
    [(name,)] = server.ask("SELECT name FROM vendors WHERE id = ?", own)
    others = server.ask(
        "SELECT p.person_id FROM participations p JOIN spells s ON s.id = p.spell_id JOIN cycles c ON c.id = p.cycle_id"
        " WHERE c.code = ? AND s.ends_on IS NULL AND s.vendor_id IS NOT NULL AND s.vendor_id <> ? LIMIT 2",
        CYCLE,
        own,
    )
    page = visit("H4101")
    page.goto("/people")
    employers = set(page.locator("td[data-label='用人单位']").all_inner_texts())
    assert employers == {name}
    assert len(others) == 2
    for (person_id,) in others:
        assert page.goto(f"/people/{person_id}").status == 404
        assert page.goto(f"/appraisals/{CYCLE}/people/{person_id}").status == 404
        assert page.goto(f"/appraisals/{CYCLE}/people/{person_id}/grade").status == 404


def test_a_trainer_reads_a_question_and_asks_a_team_to_take_a_course(visit, server):
    page = visit("T2001")
    page.goto("/training/questions")
    page.locator(".qlist__t").nth(1).click()
    expect(page.get_by_role("main")).to_contain_text("考生看到的样子")
    expect(page.get_by_role("main")).to_contain_text("政策依据")
    page.goto("/training")
    page.get_by_role("link", name=re.compile("^布置：诉求分流")).click()
    page.wait_for_url("**/training/programmes/new*")
    page.get_by_label("任务名称").fill("诉求分流补课")
    page.get_by_role("checkbox", name="受理二组").check()
    expect(page.locator("#audience")).not_to_contain_text("受理一组")  # counted anew while the form is filled
    page.locator("input[name=due_on]").fill("2027-01-31")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("button", name=re.compile(r"发布给 \d+ 人")).click()
    expect(page.get_by_role("main")).to_contain_text("已发布")
    found = server.ask("SELECT state FROM programmes WHERE title = '诉求分流补课'")
    assert found[0][0] == "published"


def test_the_security_administrator_grants_a_role_and_the_auditor_finds_and_verifies_it(visit):
    page = visit("S9002")
    page.goto("/security/roles")
    page.get_by_role("link", name="授予角色").click()
    page.get_by_label("工号").fill("A1125")
    page.locator("select[name=role]").select_option("trainer")
    page.locator("select[name=scope]").select_option("all")
    page.get_by_role("button", name="授予", exact=True).click()
    page.wait_for_url("**/security/roles")
    expect(page.locator("tbody tr").first).to_contain_text("A1125")
    expect(page.locator("tbody tr").first).to_contain_text("培训师")
    page.goto("/security/roles/new")
    page.get_by_label("工号").fill("S9001")
    page.locator("select[name=role]").select_option("audit_admin")
    page.get_by_role("button", name="授予", exact=True).click()
    expect(page.locator(".errsum")).to_be_visible()  # the three administrators exclude each other

    auditor = visit("S9003")
    auditor.goto("/audit")
    auditor.get_by_label("动作", exact=True).select_option("role.grant")
    auditor.get_by_label("按操作人查找").fill("陆安")
    auditor.get_by_label("按操作人查找").press("Enter")
    expect(auditor.locator("tbody tr").first).to_contain_text("授予角色")
    assert set(auditor.locator("td[data-label='动作']").all_inner_texts()) == {"授予角色"}
    auditor.get_by_role("link", name="验证").click()
    expect(auditor.get_by_role("main")).to_contain_text("记录完整")


def test_the_system_administrator_edits_a_vendor_and_deleting_asks_first(visit, server):
    page = visit("S9001")
    page.goto("/admin")
    page.get_by_role("main").get_by_role("link", name="公司", exact=True).click()
    page.get_by_role("link", name="新建").click()
    page.get_by_label("代码").fill("ZZTEST")
    page.get_by_label("名称").fill("云州试行信息有限公司")
    page.get_by_role("button", name="保存").click()
    row = page.locator("tbody tr", has_text="ZZTEST")
    row.get_by_role("link", name="修改").click()
    page.get_by_label("合同编号").fill("云数采〔2026〕99 号")
    page.get_by_role("button", name="保存").click()
    assert server.ask("SELECT contract_number FROM vendors WHERE code = 'ZZTEST'") == [("云数采〔2026〕99 号",)]
    row.get_by_role("link", name="删除").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("删除「")
    assert server.ask("SELECT count(*) FROM vendors WHERE code = 'ZZTEST'") == [(1,)]
    page.get_by_role("main").get_by_role("button", name="删除").click()
    expect(row).to_have_count(0)
    assert server.ask("SELECT count(*) FROM vendors WHERE code = 'ZZTEST'") == [(0,)]


@pytest.mark.parametrize("number", ["A1037", "L3001"])
def test_nobody_gets_into_rooms_that_are_not_theirs(visit, number):
    rooms = ["/admin/", "/audit", "/security/roles", "/security/accounts", "/people/new", "/training/questions",
             "/staff/certificates"]  # fmt: skip
    if number == "A1037":
        rooms += ["/people", "/people/1", "/people/20", f"/appraisals/{CYCLE}", f"/appraisals/{CYCLE}/people/20",
                  f"/appraisals/{CYCLE}/export"]  # fmt: skip
    page = visit(number)
    answers = {room: page.request.get(room).status for room in rooms}
    assert {room: status for room, status in answers.items() if status not in (403, 404)} == {}
