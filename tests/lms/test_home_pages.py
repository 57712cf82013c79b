"""今日, 我的档案, 工作台 and search, as people of each role meet them."""

import re
import shutil
from datetime import date, timedelta

import pytest

from courses.catalogue.actions import loading as library
from lms import clock, search
from lms.db import transaction
from lms.home.views import today as views
from lms.policies import actions as policies
from lms.policies import queries as policy_queries
from lms.web.slots import Task
from tests import factories
from tests.courses import shelf

DAY = date(2026, 11, 24)  # a Tuesday
NOTHING = "眼下没有要完成的事。"


@pytest.fixture
def browser(app):
    """A browser signed in as a new person with these roles."""

    def of(name="林晓岚", roles=("learner",), **values):
        with app.app_context(), transaction():
            someone = factories.person(name, roles=roles, **values).id
        client = app.test_client()
        factories.sign_in(client, someone)
        return client

    return of


@pytest.fixture
def tasks(app):
    """Only these tasks are due, whatever the packages give."""
    slots = app.extensions["slots"]
    before = slots.get("tasks", [])
    given: list[Task] = []
    slots["tasks"] = [lambda person: given]
    yield given
    slots["tasks"] = before


@pytest.fixture
def course(app, tmp_path):
    with app.app_context(), transaction():
        shelf.loaded(tmp_path / "library", mandatory=False)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def headings(html: str) -> list[str]:
    return re.findall(r'<h2 id="g-\d+">(.*?) <span', html)


def task(title: str, days: int | None = None, minutes: int | None = 6, **values) -> Task:
    due = None if days is None else clock.local_instant(DAY + timedelta(days=days), 18)
    return Task(title, due, minutes, f"/t/{title}", "去做", **values)


class TestToday:
    @pytest.mark.parametrize(("hour", "words"), [(2, "晚上好"), (9, "上午好"), (12, "下午好"), (18, "晚上好")])
    def test_it_greets_by_the_hour_and_given_name(self, browser, hour, words):
        with factories.on_day(DAY, hour):
            text = text_of(browser().get("/").text)
        assert f"{words}，晓岚" in text
        assert "11 月 24 日 周二 ， 受理一组" in text or "11 月 24 日 周二，受理一组" in text

    def test_nothing_to_do_says_so(self, browser, tasks):
        answer = browser().get("/")
        assert answer.status_code == 200
        assert NOTHING in answer.text

    def test_tasks_stand_by_urgency(self, browser, tasks):
        tasks += [
            task("随时可学"),
            task("必修随时", is_mandatory=True),
            task("下周的", 7),
            task("迟了的", -2),
            task("今天的", 0),
        ]
        with factories.on_day(DAY):
            html = browser().get("/").text
        assert re.findall(r'class="todo__t">(.*?)<', html) == ["迟了的", "今天的", "下周的", "必修随时", "随时可学"]
        text = text_of(html)
        for words in ("逾期 2 天", "今天 18:00 前", "周二，还有 7 天", "不限时间"):
            assert words in text
        assert NOTHING not in text

    def test_a_deadline_of_an_hour_ago_is_not_called_zero_days_late(self, browser, tasks):
        tasks.append(task("刚过的", 0))
        with factories.on_day(DAY, 19):
            text = text_of(browser().get("/").text)
        assert "今天已过时限" in text
        assert "0 天" not in text

    @pytest.mark.parametrize(
        ("query", "first", "marked"), [("3", "短", ["短"]), ("8", "短", ["短", "中"]), ("15", "短", [])]
    )
    def test_free_minutes_move_up_what_fits(self, browser, tasks, query, first, marked):
        tasks += [task("长", 1, 30), task("中", 1, 8), task("短", 1, 3)]
        with factories.on_day(DAY):
            html = browser().get(f"/?minutes={query}").text
        rows = re.findall(r"<li>(<div class=\"todo__when.*?)</li>", html, re.DOTALL)
        titles = [re.search(r'todo__t">(.*?)<', row)[1] for row in rows]
        assert titles[0] == first
        assert [t for t, row in zip(titles, rows, strict=True) if f"{query} 分钟内" in row] == marked

    @pytest.mark.parametrize(
        "query", ["", "?minutes=7", "?minutes=-1", "?minutes=abc", "?minutes=99999999999999999999"]
    )
    def test_other_minutes_are_eight(self, browser, query):
        html = browser().get(f"/{query}").text
        assert re.search(r'<a[^>]*href="/\?minutes=8"[^>]*aria-(current|pressed)="(true|page)"', html)

    def test_titles_are_text(self, browser, tasks):
        tasks.append(task("<img src=x onerror=1>", 1))
        assert "<img src=x" not in browser().get("/").text

    @pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
    def test_somebody_without_lessons_of_their_own_starts_at_the_desk(self, browser, role):
        answer = browser(roles=[role]).get("/")
        assert (answer.status_code, answer.location) == (303, "/desk")

    def test_a_trainer_who_learns_too_starts_with_today(self, browser):
        assert browser(roles=["trainer", "learner"]).get("/").status_code == 200


class TestDesk:
    @pytest.mark.parametrize(
        "role", ["trainer", "line_leader", "hr", "committee", "system_admin", "security_admin", "audit_admin"]
    )
    def test_each_staff_role_has_one(self, browser, role):
        answer = browser("周敏", roles=[role]).get("/desk")
        assert answer.status_code == 200
        assert "周敏" in answer.text

    def test_learners_are_led_back_to_today(self, browser):
        answer = browser().get("/desk")
        assert (answer.status_code, answer.location) == (303, "/")

    def test_the_rail_shows_only_what_the_role_may_do(self, browser):
        rail = {
            role: set(re.findall(r'href="(/[^"?]*)"', browser(roles=[role]).get("/desk").text))
            for role in ("hr", "trainer", "system_admin", "audit_admin")
        }
        assert "/people" in rail["hr"]
        assert "/people" not in rail["audit_admin"]
        assert "/admin/" in rail["system_admin"]
        assert not any("/admin/" in links for role, links in rail.items() if role != "system_admin")

    def test_the_security_administrator_hears_of_missing_ones(self, browser):
        assert "审计管理员" in browser(roles=["security_admin"]).get("/desk").text


class TestMe:
    def test_it_says_who_one_is(self, browser):
        answer = browser("林晓岚", staff_number="A1108").get("/me")
        assert answer.status_code == 200
        for words in ("林晓岚", "A1108", "受理一组", "坐席"):
            assert words in answer.text


class TestSearch:
    @pytest.fixture(autouse=True)
    def filled(self, app, course, tmp_path):
        shelf_of_three = tmp_path / "registry"
        shelf_of_three.mkdir()
        for path in sorted(policies.FOLDER.glob("*.yaml"))[:3]:
            shutil.copy(path, shelf_of_three)
        with app.app_context(), transaction():
            assert policies.load_registry(shelf_of_three).documents == 3

    def test_without_words_it_says_what_can_be_found(self, browser):
        text = browser().get("/search").text
        assert "可以搜课程、课节、考试、政策和自己的证书" in text
        assert "没有找到" not in text

    def test_policies_are_found(self, app, browser):
        with app.app_context():
            wanted = policy_queries.documents()[0]
        html = browser().get("/search", query_string={"q": wanted.title}).text
        assert "政策" in headings(html)
        assert f'href="/policies/{wanted.code}"' in html

    def test_courses_and_lessons_are_found_and_lead_there(self, browser):
        client = browser()
        html = client.get("/search?q=接线入门").text
        assert "课程" in headings(html)
        (address,) = re.findall(r'<li><a href="([^"]+)">接线入门</a>', html)
        assert client.get(address).status_code == 200
        assert "课节" in headings(client.get("/search?q=第 1 步").text)

    def test_every_hit_opens(self, browser):
        client = browser(roles=["learner", "trainer", "hr"])
        found = re.findall(r'<li><a href="(/[^"#]*)', client.get("/search?q=热线").text)
        assert len(found) >= 3
        for address in set(found):
            assert client.get(address).status_code == 200, address

    def test_nothing_found_says_so_with_the_words_typed(self, browser):
        answer = browser().get("/search?q=独角兽饲养")
        assert answer.status_code == 200
        assert "没有找到「独角兽饲养」。换个说法" in answer.text

    @pytest.mark.parametrize(
        "query",
        [
            '"', "'", '"热线', "热线 AND", "NOT 热线", "a* OR b", "热线:*", "(((", "' OR 1=1 --", "title:热线", "\\", "&|!",
            "<->", "%", "_", "^热", "{a b}", "-热线", "NEAR(a b)", "a'b", "\u0000热", "😀", "ß", "É", "٣", "a" * 500,
        ],
    )  # fmt: skip
    def test_whatever_is_typed_is_looked_for_and_nothing_breaks(self, browser, query):
        answer = browser(roles=["learner", "trainer", "hr"]).get("/search", query_string={"q": query})
        assert answer.status_code in ({200, 400} if "\0" in query else {200})  # PostgreSQL's texts hold no NUL

    def test_what_is_typed_is_shown_as_text(self, browser):
        html = browser().get("/search", query_string={"q": "<script>alert(1)</script>"}).text
        assert "<script>alert" not in html
        assert "&lt;script&gt;" in html

    def test_people_are_found_only_by_those_who_keep_records(self, browser):
        browser("司徒静安")
        assert "人员" in headings(browser(roles=["hr"]).get("/search?q=司徒静安").text)
        html = browser().get("/search?q=司徒静安").text
        assert headings(html) == []
        assert "没有找到" in html

    def test_a_people_hit_stays_within_ones_own_unit(self, app, browser):
        with app.app_context(), transaction():
            other = factories.unit("T2", "受理二组")
            factories.person("司徒静安", unit=other)
            factories.person("司徒静好")
        html = browser(roles=["line_leader"], scope="own_unit").get("/search?q=司徒").text
        assert "司徒静好" in html
        assert "司徒静安" not in html

    def test_questions_are_found_by_trainers_only(self, app, browser):
        with app.app_context(), transaction():
            search.put("question", "q-secret", "绝密考题问法", "绝密考题问法")
        assert "绝密考题问法" not in browser().get("/search?q=绝密考题").text.replace("「绝密考题」", "")
        assert "题目" not in headings(browser().get("/search?q=绝密考题").text)

    def test_what_is_gone_is_not_shown(self, app, browser):
        with app.app_context(), transaction():
            search.put("policy", "X99", "幽灵条例", "幽灵条例")
        assert "没有找到「幽灵条例」" in browser().get("/search?q=幽灵条例").text


class TestCosts:
    """A page asks as many questions of the database whether the hall is small or large."""

    @pytest.mark.parametrize(
        ("address", "role"),
        [("/", "learner"), ("/me", "learner"), ("/policies", "learner"), ("/desk", "hr"), ("/desk", "trainer")],
    )
    def test_thirty_more_people_and_courses_cost_no_query(
        self, app, browser, course, count_queries, tmp_path, address, role
    ):
        client = browser(roles=[role])

        def cost() -> int:
            client.get(address)  # whatever is done once
            count_queries.clear()
            assert client.get(address).status_code == 200
            return len(count_queries)

        before = cost()
        with app.app_context(), transaction():
            for n in range(30):
                factories.person(f"新人{n}")
            for n in range(30):
                shelf.write(tmp_path / "library", f"M{n}", lessons=1, mandatory=False)
            library.load_library(tmp_path / "library")
        assert cost() <= before, count_queries

    def test_search_costs_no_more_once_a_group_is_full(self, app, browser, count_queries, tmp_path):
        client = browser()

        def cost(courses: int) -> int:
            with app.app_context(), transaction():
                for n in range(courses):
                    shelf.write(tmp_path / "library", f"M{n}", lessons=1, mandatory=False)
                library.load_library(tmp_path / "library")
            client.get("/search?q=接线入门")
            count_queries.clear()
            assert client.get("/search?q=接线入门").text.count(">接线入门</a>") == views.HITS_PER_KIND
            return len(count_queries)

        full = cost(10)
        assert cost(20) <= full
