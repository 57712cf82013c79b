"""bin/serve --empty: the first administrators set the house up, and the first person comes in."""

from playwright.sync_api import expect

from tests.journeys.conftest import sign_in
from tests.journeys.looking import check

SYSTEM = ("周立新", "S0001", "Guanli-xitong-2026")
SECURITY = ("吴静安", "S0002", "Anquan-guanli-2026")


def test_two_administrators_set_up_then_a_person_is_registered_and_activated(visit, empty_server):
    page = visit(None, base_url=empty_server.url, reduced_motion="reduce")
    check(page, ["/setup"])
    page.goto("/login")
    page.wait_for_url("**/setup")
    page.locator("[name=unit-name]").fill("青川市12345政务服务便民热线")
    page.locator("[name=unit-code]").fill("QC12345")
    for part, (name, number, password) in (("system", SYSTEM), ("security", SYSTEM)):
        page.locator(f"[name={part}-name]").fill(name)
        page.locator(f"[name={part}-number]").fill(number)
        page.locator(f"[name={part}-password]").fill(password)
    page.get_by_role("button", name="完成设置").click()
    expect(page.locator(".errsum")).to_be_visible()  # one person cannot be both
    for part, (name, number, password) in (("system", SYSTEM), ("security", SECURITY)):
        page.locator(f"[name={part}-name]").fill(name)
        page.locator(f"[name={part}-number]").fill(number)
        page.locator(f"[name={part}-password]").fill(password)
    page.get_by_role("button", name="完成设置").click()
    page.wait_for_url("**/login")
    assert page.request.get("/setup").status == 404
    assert page.request.post("/setup", headers={"Origin": empty_server.url}).status == 404

    sign_in(page, SYSTEM[1], SYSTEM[2])
    page.goto("/people/new")
    page.get_by_label("姓名", exact=True).fill("郑晓禾")
    page.get_by_label("工号").fill("A0001")
    page.locator("select[name=form]").select_option("direct_contract")
    page.locator("[name=employer]").fill("青川市数据局")
    page.locator("select[name=unit_id]").select_option(index=1)
    page.locator("select[name=post_id]").select_option(index=1)
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("已登记郑晓禾")).to_be_visible()

    guard = visit(None, base_url=empty_server.url)
    sign_in(guard, SECURITY[1], SECURITY[2])
    [(person_id,)] = empty_server.ask("SELECT id FROM persons WHERE name = '郑晓禾'")
    guard.goto("/people/codes")
    guard.get_by_role("main").get_by_role("button").first.click()
    code = guard.locator(".slip", has_text="A0001").locator("b.mono").inner_text()

    newcomer = visit(None, base_url=empty_server.url, width=390)
    newcomer.goto("/activate")
    newcomer.get_by_label("工号").fill("A0001")
    newcomer.get_by_label("激活码").fill(code)
    newcomer.get_by_role("button", name="继续").click()
    newcomer.get_by_label("新密码").fill("Xiaohe-jieting-2026")
    newcomer.get_by_role("button", name="保存密码，继续").click()
    newcomer.get_by_role("link", name="信息没问题，继续").click()
    newcomer.get_by_role("button", name="就用这个，去今日").click()
    expect(newcomer.get_by_role("main")).to_be_visible()
    assert empty_server.ask("SELECT welcomed_at IS NOT NULL FROM accounts WHERE person_id = ?", person_id) == [(1,)]
