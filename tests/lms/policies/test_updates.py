"""Policy updates: who is told, 我已读懂 with its receipt, who has read, reminders, withdrawal."""

from datetime import date, timedelta

import pytest
import yaml
from sqlalchemy import func, select

from lms.db import db, transaction
from lms.errors import Refused
from lms.notices.models import Notice
from lms.people.models import Person
from lms.policies import actions, queries, rules, updates
from lms.policies.models import PolicyReceipt, PolicyUpdate
from lms.policies.rules import Draft
from tests import factories
from tests.lms.policies.test_registry import ENTRY

DAY = date(2026, 11, 24)
TEXT = {
    "title": "室温诉求受理口径", "change": "低于 18℃ 先问测温时间。", "effective_on": DAY, "due_on": DAY + timedelta(days=3),
    "is_for_all": True,
}  # fmt: skip
ASKED = {"question": "先问什么？", "choices": ("姓名", "测温时间"), "right": "B"}


def draft(**changes) -> Draft:
    return Draft(**(TEXT | changes))


class TestRules:
    pytestmark = pytest.mark.no_database

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"change": "长" * 201}, "最多 {n} 个字"),
            ({"due_on": DAY - timedelta(days=1)}, "不能早于今天"),
            ({"is_for_all": False}, "至少一个单位"),
            ({"choices": ("甲",)}, "题干"),
            ({"question": "问？", "choices": ("甲", "")}, "至少写两个选项"),
            ({"question": "问？", "choices": ("甲", "乙"), "right": ""}, "正确选项"),
            ({"question": "问？", "choices": ("甲", "乙", ""), "right": "C"}, "正确选项"),
        ],
    )
    def test_what_cannot_be_published(self, changes, words):
        with pytest.raises(Refused) as refused:
            rules.check_update(draft(**changes), DAY)
        assert words in refused.value.sentence

    def test_what_can(self):
        rules.check_update(draft(change="长" * 200, due_on=DAY, **ASKED), DAY)
        assert [one["key"] for one in rules.choices(draft(**ASKED)) if one["is_right"]] == ["B"]
        assert rules.choices(draft()) == []

    @pytest.mark.parametrize(("answer", "words"), [("", "先回答"), ("Z", "先回答"), ("A", "还差一点")])
    def test_a_question_stands_before_the_receipt(self, answer, words):
        kept = rules.choices(draft(**ASKED))
        with pytest.raises(Refused, match=words):
            rules.check_may_confirm(kept, answer, is_withdrawn=False)
        rules.check_may_confirm(kept, "B", is_withdrawn=False)
        rules.check_may_confirm([], "", is_withdrawn=False)

    def test_withdrawing_needs_a_reason_and_happens_once(self):
        with pytest.raises(Refused, match="理由"):
            rules.check_may_withdraw(" 错 ", is_withdrawn=False)
        with pytest.raises(Refused, match="已经收回过"):
            rules.check_may_withdraw("写错了日期", is_withdrawn=True)
        assert rules.check_may_withdraw("  写错了  日期 ", is_withdrawn=False) == "写错了 日期"


@pytest.fixture
def house(app, tmp_path):
    """Two teams, a trainer, a leader of the first team; a policy."""
    (tmp_path / "X01.yaml").write_text(yaml.safe_dump(ENTRY, allow_unicode=True), encoding="utf-8")
    with app.app_context(), factories.on_day(DAY), transaction():
        assert actions.load_registry(tmp_path).faults == []
        one, two = factories.unit("T1", "受理一组"), factories.unit("T2", "受理二组")
        people = {
            "lin": factories.person("林晓岚", unit=one),
            "chen": factories.person("陈䶮", unit=two),
            "gu": factories.person("顾明远", unit=two, roles=("trainer",)),
            "luo": factories.person("罗班长", unit=one, roles=("line_leader",), scope="own_unit"),
            "new": factories.person("新来的", unit=one, starts_on=DAY + timedelta(days=5)),
        }
        return {name: someone.id for name, someone in people.items()} | {"T1": one.id, "T2": two.id}


def publish(app, **changes) -> int:
    with app.app_context(), factories.on_day(DAY), transaction():
        made = actions.publish_update(queries.document("X01"), draft(**changes))
        for _progress in actions.tell_concerned({"update_id": made.id}):
            pass
        return made.id


@pytest.fixture
def visit(app, house):
    def as_(name):
        client = app.test_client()
        with factories.on_day(DAY, 10):
            factories.sign_in(client, house[name])
        return client

    return as_


def told(app, kind="policy_update") -> set[int]:
    with app.app_context():
        return set(db.session.scalars(select(Notice.person_id).where(Notice.kind == kind)))


class TestReading:
    def test_learners_are_told_once_each(self, app, house):
        update_id = publish(app)
        assert told(app) == {house["lin"], house["chen"]}
        with app.app_context(), factories.on_day(DAY), transaction():
            for _progress in actions.tell_concerned({"update_id": update_id}):
                pass
            assert db.session.scalar(select(func.count()).select_from(Notice)) == 2

    def test_a_task_until_it_is_confirmed(self, app, visit, house):
        update_id = publish(app)
        lin = visit("lin")
        with factories.on_day(DAY, 10):
            assert "政策更新确认：室温诉求受理口径" in lin.get("/").text
            assert "我已读懂" in lin.get(f"/policies/updates/{update_id}").text
            answer = lin.post(f"/policies/updates/{update_id}/receipt")
            assert answer.status_code == 303
            page = lin.get(answer.location).text
            assert "你确认读懂的是" in page
            assert "我已读懂</button>" not in page
            home = lin.get("/").text
            assert "政策更新确认：" not in home
            assert "已确认" in home
            assert "已确认" in lin.get("/policies").text
        with app.app_context():
            kept = db.session.scalars(select(PolicyReceipt)).one()
            assert (kept.person_id, kept.version_label) == (house["lin"], queries.document("X01").versions[0].label)

    def test_a_second_press_changes_nothing(self, app, visit, house):
        update_id = publish(app)
        lin = visit("lin")
        with factories.on_day(DAY, 10):
            lin.post(f"/policies/updates/{update_id}/receipt")
            assert lin.post(f"/policies/updates/{update_id}/receipt").status_code == 303
        with app.app_context(), factories.on_day(DAY, 11), transaction():
            actions.confirm_update(updates.update(update_id), house["lin"])
        with app.app_context():
            assert db.session.scalars(select(PolicyReceipt)).one().confirmed_at.hour == 2  # ten o'clock in Shanghai

    def test_the_question_is_answered_first(self, app, visit):
        update_id = publish(app, **ASKED)
        lin = visit("lin")
        with factories.on_day(DAY, 10):
            for given, words in (({}, "先回答"), ({"answer": "A"}, "还差一点")):
                answer = lin.post(f"/policies/updates/{update_id}/receipt", data=given)
                assert answer.status_code == 422
                assert words in answer.text
            assert lin.post(f"/policies/updates/{update_id}/receipt", data={"answer": "B"}).status_code == 303

    def test_units_bound_it(self, app, visit, house):
        update_id = publish(app, is_for_all=False, unit_ids=(house["T1"],))
        assert told(app) == {house["lin"]}
        chen = visit("chen")
        with factories.on_day(DAY, 10):
            assert "室温诉求受理口径" not in chen.get("/").text
            assert "没有要求你确认" in chen.get(f"/policies/updates/{update_id}").text
            assert chen.post(f"/policies/updates/{update_id}/receipt").status_code == 403

    def test_who_comes_later_is_not_asked(self, app, house):
        publish(app)
        with app.app_context(), factories.on_day(DAY + timedelta(days=6)):
            assert updates.of_person(house["new"], DAY + timedelta(days=6)) == []
            assert len(updates.of_person(house["lin"], DAY + timedelta(days=6))) == 1

    def test_it_stands_in_the_calendar(self, app, visit):
        publish(app)
        with factories.on_day(DAY, 10):
            page = visit("lin").get("/calendar").text
        assert "政策更新确认：室温诉求受理口径" in page

    @pytest.mark.parametrize("path", ["/policies/updates/999", "/policies/updates/99999999999", "/policies/updates/x"])
    def test_unknown_ones_are_not_found(self, visit, path):
        with factories.on_day(DAY, 10):
            assert visit("lin").get(path).status_code == 404


class TestWatching:
    def test_units_with_counts_down_to_names(self, app, visit, house):
        update_id = publish(app)
        with app.app_context(), factories.on_day(DAY), transaction():
            actions.confirm_update(updates.update(update_id), house["lin"])
        gu = visit("gu")
        with factories.on_day(DAY, 10):
            page = gu.get(f"/training/policy-updates/{update_id}").text
            assert "已确认 1 / 2 人" in page
            assert "陈䶮" in page
            assert "林晓岚" not in page
            assert "林晓岚" in gu.get(f"/training/policy-updates/{update_id}?state=read").text
            unit = gu.get(f"/training/policy-updates/{update_id}?unit={house['T1']}").text
            assert "没有符合条件的人" in unit
            assert "1 人" in gu.get("/training/policy-updates").text

    def test_a_leader_sees_the_own_team_only(self, app, visit, house):
        update_id = publish(app)
        luo = visit("luo")
        with factories.on_day(DAY, 10):
            page = luo.get(f"/training/policy-updates/{update_id}?state=all").text
            assert "林晓岚" in page
            assert "陈䶮" not in page
            luo.post(f"/training/policy-updates/{update_id}/reminders")
            assert (
                luo.post(f"/training/policy-updates/{update_id}/withdrawal", data={"reason": "写错了日期"}).status_code
                == 403
            )
        with app.app_context():
            assert db.session.scalars(select(Notice.person_id).where(Notice.title.startswith("还没有确认"))).all() == [
                house["lin"]
            ]

    def test_nobody_is_reminded_twice_a_day(self, app, house):
        update_id = publish(app)
        for day, expected in ((DAY, 2), (DAY, 0), (DAY + timedelta(days=1), 2)):
            with app.app_context(), factories.on_day(day), transaction():
                reach = [factories.grant(db.session.get_one(Person, house["gu"]), "hr")]
                assert actions.remind_unread(updates.update(update_id), reach) == expected

    def test_learners_may_not_watch(self, app, visit):
        update_id = publish(app)
        lin = visit("lin")
        with factories.on_day(DAY, 10):
            for path in ("", f"/{update_id}", "/new/X01"):
                assert lin.get(f"/training/policy-updates{path}").status_code == 403
            assert lin.post(f"/training/policy-updates/{update_id}/reminders").status_code == 403

    def test_the_page_costs_the_same_with_more_people(self, app, visit, count_queries):
        update_id = publish(app)
        gu = visit("gu")
        with factories.on_day(DAY, 10):
            gu.get(f"/training/policy-updates/{update_id}")
            count_queries.clear()
            gu.get(f"/training/policy-updates/{update_id}")
            before = len(count_queries)
            with app.app_context(), transaction():
                for n in range(20):
                    factories.person(f"人{n}", unit=factories.unit("T2"))
            count_queries.clear()
            gu.get(f"/training/policy-updates/{update_id}")
        assert len(count_queries) == before

    def test_withdrawn_ones_are_no_task(self, app, visit):
        update_id = publish(app)
        gu, lin = visit("gu"), visit("lin")
        with factories.on_day(DAY, 10):
            assert gu.post(f"/training/policy-updates/{update_id}/withdrawal", data={"reason": ""}).status_code == 422
            assert (
                gu.post(f"/training/policy-updates/{update_id}/withdrawal", data={"reason": "写错了日期"}).status_code
                == 303
            )
            assert "室温诉求受理口径" not in lin.get("/").text
            assert "写错了日期" in lin.get(f"/policies/updates/{update_id}").text
            assert lin.post(f"/policies/updates/{update_id}/receipt").status_code == 422


class TestPublishing:
    FORM = {
        "title": "室温口径", "clause": "", "change": "先问测温时间。", "effective_on": "2026-11-25", "due_on": "2026-11-27",
        "audience": "all", "lesson": "",
    }  # fmt: skip

    def test_a_trainer_publishes_from_the_policy(self, app, visit):
        gu = visit("gu")
        with factories.on_day(DAY, 10):
            assert "发布更新" in gu.get("/policies/X01").text
            assert gu.get("/training/policy-updates/new/X01").status_code == 200
            answer = gu.post("/training/policy-updates/new/X01", data=self.FORM)
            assert answer.status_code == 303
            assert "室温口径" in gu.get(answer.location).text
        with app.app_context():
            kept = db.session.scalars(select(PolicyUpdate)).one()
            assert (kept.is_for_all, kept.published_label) == (True, "顾明远")

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"title": ""}, "写一个标题"),
            ({"change": ""}, "改了什么"),
            ({"change": "长" * 201}, "最多 200 个字"),
            ({"due_on": "2026-11-01"}, "不能早于今天"),
            ({"due_on": "明天"}, "确认期限"),
            ({"audience": "units"}, "至少一个单位"),
            ({"lesson": "nothing"}, "已经不在了"),
            ({"clause": "第九千条"}, "没有登记条款"),
            ({"question": "问？"}, "至少写两个选项"),
        ],
    )
    def test_what_is_wrong_is_said_on_the_form(self, app, visit, changes, words):
        gu = visit("gu")
        with factories.on_day(DAY, 10):
            answer = gu.post("/training/policy-updates/new/X01", data=self.FORM | changes)
        assert answer.status_code == 422
        assert words in answer.text
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(PolicyUpdate)) == 0
