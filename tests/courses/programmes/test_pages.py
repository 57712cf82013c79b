"""The pages of programmes: what they show to whom, what they refuse, and that their cost is flat."""

import re
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from courses.programmes.actions import drafting, extending, following
from courses.programmes.models import (
    MessageKind,
    Programme,
    ProgrammeExtension,
    ProgrammeMember,
    ProgrammeMessage,
    Stage,
)
from courses.programmes.queries import audiences
from courses.programmes.rules.audience import Audience
from courses.programmes.rules.deadlines import Due
from courses.programmes.views import mine
from courses.progress import events
from courses.progress.models import UnitCompletion
from lms import clock
from lms.db import db, transaction
from lms.people.models import EmploymentForm, Spell
from tests import factories
from tests.courses import shelf
from tests.courses.programmes import stories
from tests.courses.programmes.stories import ALL

HTML = {"Accept": "text/html"}
AT = "/training/programmes"


def long_ago(person_id: int, unit_id: int) -> UnitCompletion:
    return UnitCompletion(
        person_id=person_id, unit_id=unit_id, version_number=1, source_kind="lesson", source_id="x",
        completed_at=clock.now() - timedelta(days=900),
    )  # fmt: skip


class Hotline:
    """Two teams, two vendors, HR of all and of one vendor, a leader, a trainer, one who learns."""

    def __init__(self, tmp_path):
        self.course_id = shelf.loaded(tmp_path, exam=True).id
        drafting.load_defaults()
        self.first, self.second = factories.unit("T1", "受理一组"), factories.unit("T2", "受理二组")
        self.ours, self.theirs = factories.vendor("V1", "甲公司"), factories.vendor("V2", "乙公司")
        self.lin = factories.person("林晓岚", unit=self.first, vendor=self.ours).id
        self.wang = factories.person("王立", unit=self.second, vendor=self.theirs).id
        many = [factories.person(f"陈{n}", unit=self.first, vendor=self.ours).id for n in range(5)]
        self.many = many
        office = factories.unit("ZH", "综合科")
        self.hr = factories.person("方静", form="institution", unit=office, roles=("hr",)).id
        self.trainer = factories.person("顾明远", form="institution", unit=office, roles=("trainer",)).id
        self.leader = factories.person(
            "赵海宁", form="institution", unit=self.first, roles=("line_leader",), scope="own_unit"
        ).id
        self.vendor_hr = factories.person(
            "戴晴", unit=self.first, vendor=self.ours, roles=("hr",), scope="own_vendor"
        ).id
        self.first_id, self.second_id = self.first.id, self.second.id
        self.ours_id, self.theirs_id = self.ours.id, self.theirs.id


@pytest.fixture
def hotline(app, tmp_path) -> Hotline:
    with app.app_context(), transaction():
        return Hotline(tmp_path)


def published(app, **changes) -> int:
    with app.app_context(), transaction():
        return stories.published(**changes).id


def get(client, address: str, status: int = 200) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == status, answer.get_data(as_text=True)[:1500]
    return answer.get_data(as_text=True)


def form(**changes) -> dict:
    given = {
        "title": "年度必修", "items": ["course:T1"], "some": "all", "due_kind": "fixed",
        "due_on": stories.days(30).isoformat(), "days_before": "7、1", "days_after": "1", "takes_joiners": "y",
        "counts_earlier": "y", "in_workdays": "", "policy_code": "",
    }  # fmt: skip
    return {key: value for key, value in (given | changes).items() if value is not None}


def only(app) -> Programme:
    with app.app_context():
        found = db.session.scalars(select(Programme)).one()
        db.session.expunge_all()
        return found


class TestWriting:
    def test_the_form_starts_with_the_defaults_and_everybody_counted(self, client, hotline):
        factories.sign_in(client, hotline.hr)
        page = get(client, f"{AT}/new?item=course:T1")
        assert 'value="7、1"' in page
        assert '<b class="num">11</b> 人符合' in page
        assert "重新计算" in page
        assert re.search(r'<input checked[^>]*value="course:T1"', page)

    def test_a_draft_is_kept_shown_and_published(self, app, client, hotline):
        factories.sign_in(client, hotline.hr)
        answer = client.post(f"{AT}/new", data=form(units=[hotline.first_id], why="来电多"))
        programme = only(app)
        assert answer.location == f"{AT}/{programme.id}"
        page = get(client, answer.location)
        assert "发布给 8 人" in page
        assert "坐席会看到的样子" in page
        assert client.post(f"{AT}/{programme.id}/publication").status_code == 303
        assert client.post(f"{AT}/{programme.id}/publication").status_code == 303  # a double click
        with app.app_context():
            stories.run_jobs()
            assert db.session.scalar(select(func.count()).select_from(ProgrammeMember)) == 8
            assert db.session.get_one(Programme, programme.id).state is Stage.published

    def test_an_empty_audience_is_told_and_not_published(self, app, client, hotline):
        factories.sign_in(client, hotline.hr)
        client.post(f"{AT}/new", data=form(forms=["civil_servant"]))
        programme = only(app)
        assert "一个人也没有选中，不能发布" in get(client, f"{AT}/{programme.id}")
        client.post(f"{AT}/{programme.id}/publication")
        assert "一个人也没有选中，没有发布" in get(client, f"{AT}/{programme.id}")
        assert only(app).state is Stage.draft

    def test_the_panel_counts_without_saving_and_names_unknown_numbers(self, app, client, hotline):
        factories.sign_in(client, hotline.hr)
        data = form(vendors=[hotline.theirs_id], named_in="A0000")
        panel = client.post(f"{AT}/audience", data=data).get_data(as_text=True)
        assert '<b class="num">1</b>' in panel
        assert "王立" in panel
        assert "A0000" in panel
        again = client.post(f"{AT}/new", data=data | {"do": "count"})
        assert again.status_code == 200
        assert "王立" in again.get_data(as_text=True)
        with app.app_context():
            assert db.session.scalars(select(Programme)).all() == []

    def test_the_whole_list_has_pages_with_the_rule_in_the_address(self, client, hotline):
        factories.sign_in(client, hotline.hr)
        page = get(client, f"{AT}/audience?units={hotline.first_id}")
        assert "按这些条件共 8 人" in page
        assert "王立" not in page

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"title": " "}, "给任务起一个名字"),
            ({"items": None}, "选至少一门课程"),
            ({"due_on": None}, "选截止日期"),
            ({"due_on": "2020-01-01"}, "已经过去"),
            ({"due_kind": "days"}, "写加入后多少天"),
            ({"some": "some"}, "写完成其中几项"),
            ({"some": "some", "needed": "3"}, "在 1 到 1 之间"),
            ({"days_before": "七"}, "写成数字"),
            ({"hired_from": "2026-02-01", "hired_to": "2026-01-01"}, "早于"),
            ({"named_in": "A0000"}, "现在没有在岗的人"),
            ({"units": ["99999"]}, "不是有效"),
        ],
    )
    def test_a_form_that_cannot_be_comes_back_whole(self, app, client, hotline, changes, sentence):
        factories.sign_in(client, hotline.hr)
        answer = client.post(f"{AT}/new", data=form(**({"why": "留着的话"} | changes)))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "留着的话" in page
        assert "errsum" in page
        assert sentence in page or changes.get("units")
        with app.app_context():
            assert db.session.scalars(select(Programme)).all() == []

    def test_people_named_out_need_a_reason_and_nobody_is_named_twice(self, app, client, hotline):
        with app.app_context():
            number = db.session.scalars(select(Spell.staff_number).where(Spell.person_id == hotline.lin)).one()
        factories.sign_in(client, hotline.hr)
        assert client.post(f"{AT}/new", data=form(named_out=number)).status_code == 422
        twice = form(named_out=f"{number} 产假", named_in=number)
        assert client.post(f"{AT}/new", data=twice).status_code == 422
        assert client.post(f"{AT}/new", data=form(named_out=f"{number.lower()} 产假")).status_code == 303
        programme = only(app)
        assert f"{number} 产假" in get(client, f"{AT}/{programme.id}/edit")

    def test_a_draft_is_changed_copied_and_thrown_away(self, app, client, hotline):
        factories.sign_in(client, hotline.hr)
        client.post(f"{AT}/new", data=form())
        first = only(app).id
        changed = form(title="新名字", due_kind="days", due_on=None, due_days="10", in_workdays="1")
        assert client.post(f"{AT}/{first}/edit", data=changed).status_code == 303
        assert "加入后 10 个工作日" in get(client, f"{AT}/{first}")
        copy = client.post(f"{AT}/{first}/copy").location
        assert "新名字（副本）" in get(client, copy)
        assert client.post(f"{AT}/{first}/removal").location == AT
        get(client, f"{AT}/{first}", 404)

    def test_what_is_published_is_not_edited(self, app, client, hotline):
        programme_id = published(app)
        factories.sign_in(client, hotline.hr)
        assert client.get(f"{AT}/{programme_id}/edit").status_code == 303
        assert client.post(f"{AT}/{programme_id}/edit", data=form()).status_code == 303
        assert "不能再改" in get(client, f"{AT}/{programme_id}")

    def test_it_is_closed_after_being_asked(self, app, client, hotline):
        programme_id = published(app)
        factories.sign_in(client, hotline.hr)
        assert "结束后不再提醒任何人" in get(client, f"{AT}/{programme_id}/end")
        for _twice in range(2):
            assert client.post(f"{AT}/{programme_id}/end").status_code == 303
        assert only(app).state is Stage.closed
        assert "已结束" in get(client, f"{AT}/{programme_id}")
        assert "年度必修" in get(client, f"{AT}?state=closed")


class TestScope:
    def test_hr_of_a_vendor_asks_only_their_own_whatever_is_sent(self, app, client, hotline):
        factories.sign_in(client, hotline.vendor_hr)
        page = get(client, f"{AT}/new")
        assert "乙公司" not in page
        assert client.post(f"{AT}/new", data=form(vendors=[hotline.theirs_id])).status_code == 422
        client.post(f"{AT}/new", data=form(units=[hotline.second_id]))
        with app.app_context():
            programme = db.session.scalars(select(Programme)).one()
            assert drafting.people_of(audiences.audience_of(programme)) == []

    def test_a_leader_asks_only_their_unit(self, app, client, hotline):
        factories.sign_in(client, hotline.leader)
        assert "受理二组" not in get(client, f"{AT}/new")
        client.post(f"{AT}/new", data=form())
        with app.app_context():
            programme = db.session.scalars(select(Programme)).one()
            found = drafting.people_of(audiences.audience_of(programme))
        assert {post.unit_id for post in found} == {hotline.first_id}

    def test_each_sees_only_their_people_of_a_programme_of_all(self, app, client, hotline):
        programme_id = published(app)
        for who, names, hidden in (
            (hotline.vendor_hr, "林晓岚", "王立"), (hotline.leader, "林晓岚", "王立"), (hotline.hr, "王立", None),
            (hotline.trainer, "王立", None),
        ):  # fmt: skip
            factories.sign_in(client, who)
            page = get(client, f"{AT}/{programme_id}/people")
            assert names in page
            assert hidden is None or hidden not in page
            board = get(client, f"{AT}/{programme_id}")
            assert hidden is None or "受理二组" not in board

    def test_a_programme_without_anybody_of_theirs_or_a_strangers_draft_is_not_there(self, app, client, hotline):
        other = published(app, audience=Audience(vendors=frozenset({hotline.theirs_id})))
        with app.app_context(), transaction():
            draft = drafting.draft(stories.plan()).id
        for who in (hotline.vendor_hr, hotline.leader):
            factories.sign_in(client, who)
            for path in (f"/{other}", f"/{other}/people", f"/{other}/people.xlsx", f"/{draft}", f"/{draft}/edit"):
                get(client, AT + path, 404)
            for path in (f"/{draft}/publication", f"/{other}/end", f"/{other}/copy"):
                assert client.post(AT + path).status_code == 404
            assert "年度必修" not in get(client, AT)

    def test_they_look_but_do_not_change_what_reaches_beyond_theirs(self, app, client, hotline):
        programme_id = published(app)
        for who in (hotline.vendor_hr, hotline.leader):
            factories.sign_in(client, who)
            for path in ("end", "copy"):
                assert client.post(f"{AT}/{programme_id}/{path}").status_code == 403
        data = {"person": [hotline.lin], "until": stories.days(60).isoformat(), "reason": "支援区中心"}
        factories.sign_in(client, hotline.leader)
        assert client.post(f"{AT}/{programme_id}/extension", data=data).status_code == 403
        factories.sign_in(client, hotline.vendor_hr)
        assert client.post(f"{AT}/{programme_id}/extension", data=data).status_code == 303
        beyond = data | {"person": [hotline.wang]}
        assert client.post(f"{AT}/{programme_id}/extension", data=beyond).status_code == 422
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(ProgrammeExtension)) == 1

    def test_an_extension_of_others_cannot_be_taken_back(self, app, client, hotline):
        with app.app_context(), transaction():
            programme = stories.published()
            batch, _n = extending.extend(programme, [hotline.wang], ALL, stories.days(60), "支援区中心")
            programme_id = programme.id
        factories.sign_in(client, hotline.vendor_hr)
        assert client.post(f"{AT}/{programme_id}/extensions/{batch}/undo").status_code == 404

    def test_learners_have_no_business_here(self, app, client, hotline):
        programme_id = published(app)
        factories.sign_in(client, hotline.lin)
        for path in ("", "/new", f"/{programme_id}", f"/{programme_id}/people", f"/{programme_id}/nudge"):
            get(client, AT + path, 403)
        get(client, "/training/compliance", 403)

    def test_small_groups_are_figures_only_for_hr(self, app, client, hotline):
        programme_id = published(app)
        factories.sign_in(client, hotline.trainer)
        assert ">0/1<" not in get(client, f"{AT}/{programme_id}")
        factories.sign_in(client, hotline.hr)
        assert ">0/1<" in get(client, f"{AT}/{programme_id}")


class TestBoard:
    def test_cells_open_the_names_behind_them(self, app, client, hotline):
        programme_id = published(app)
        with app.app_context(), transaction():
            events.course_completed.send(stories.complete(hotline.lin, hotline.course_id))
        factories.sign_in(client, hotline.hr)
        board = get(client, f"{AT}/{programme_id}")
        assert "9.1%" in board
        assert "1/11" in board
        assert f"{AT}/{programme_id}/people?unit={hotline.first_id}&amp;form=outsourced" in board
        names = get(client, f"{AT}/{programme_id}/people?unit={hotline.first_id}&form=outsourced")
        assert "陈0" in names
        assert "林晓岚" not in names
        assert "剩 2 节 1 场测验 32 分钟" in names
        assert "林晓岚" in get(client, f"{AT}/{programme_id}/people?state=done")
        assert "没有符合条件的人员" in get(client, f"{AT}/{programme_id}/people?q=无此人")
        assert "陈3" in get(client, f"{AT}/{programme_id}/people?q=陈3&page=99")

    def test_the_line_and_its_table_are_there_from_the_second_day(self, app, client, hotline):
        with factories.on_day(stories.days(-10)):
            programme_id = published(app, due=Due(on=stories.days(20)))
        with app.app_context(), transaction():
            events.course_completed.send(stories.complete(hotline.lin, hotline.course_id))
        factories.sign_in(client, hotline.hr)
        page = get(client, f"{AT}/{programme_id}")
        assert "完成曲线" in page
        assert 'class="line"' in page
        assert "看成表格" in page
        assert "照最近 14 天的进度" in page

    def test_who_left_is_listed_as_no_longer_asked(self, app, client, hotline):
        programme_id = published(app)
        with app.app_context():
            with transaction():
                spell = db.session.scalars(select(Spell).where(Spell.person_id == hotline.lin)).one()
                spell.ends_on = stories.days(-1)
            with clock.frozen(clock.now() + timedelta(minutes=11)), transaction():
                stories.run(following.follow(programme_id))
        factories.sign_in(client, hotline.hr)
        assert "林晓岚" not in get(client, f"{AT}/{programme_id}/people?state=all")
        page = get(client, f"{AT}/{programme_id}/people?state=gone")
        assert "林晓岚" in page
        assert "已离岗" in page

    def test_the_sheet_has_chinese_headers_true_numbers_and_dates(self, app, client, hotline):
        programme_id = published(app)
        factories.sign_in(client, hotline.hr)
        answer = client.get(f"{AT}/{programme_id}/people.xlsx?state=all")
        rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
        assert tuple(rows[0][:6]) == ("姓名", "工号", "单位", "用工性质", "状态", "截止日期")
        row = next(row for row in rows if row[0] == "林晓岚")
        assert (row[4], row[8], row[9], row[10]) == ("未完成", 2, 1, 32)
        assert row[5] == stories.days(30)
        assert len(rows) == 12

    def test_its_cost_in_queries_does_not_grow_with_people(self, app, client, hotline, count_queries):
        programme_id = published(app)
        factories.sign_in(client, hotline.hr)
        paths = (f"{AT}/{programme_id}", f"{AT}/{programme_id}/people", f"{AT}/new", "/training/compliance", AT)
        for path in paths:
            get(client, path)

        def cost() -> list[int]:
            found = []
            for path in paths:
                del count_queries[:]
                get(client, path)
                found.append(len(count_queries))
            return found

        before = cost()
        with app.app_context(), transaction():
            for n in range(20):
                factories.person(f"赵{n}", unit=factories.unit(f"U{n}", f"组{n}"))
            stories.run(following.follow(programme_id))
        assert cost() == before


class TestNudge:
    def test_the_message_is_shown_sent_once_a_day_and_logged(self, app, client, hotline):
        programme_id = published(app)
        factories.sign_in(client, hotline.hr)
        preview = get(client, f"{AT}/{programme_id}/nudge?person={hotline.lin}&person={hotline.wang}")
        assert "2 人会收到" in preview
        assert "「年度必修」还没有完成" in preview
        data = {"person": [hotline.lin, hotline.wang], "body": "抽空接着学"}
        for _twice in range(2):
            client.post(f"{AT}/{programme_id}/nudge", data=data)
        with app.app_context():
            rows = db.session.scalars(select(ProgrammeMessage).where(ProgrammeMessage.kind == MessageKind.nudge)).all()
            assert {row.person_id for row in rows} == {hotline.lin, hotline.wang}
            assert {(row.sent_by, row.body) for row in rows} == {(hotline.hr, "抽空接着学")}
        assert "今天已经催办过 1 人" in get(client, f"{AT}/{programme_id}/nudge?person={hotline.lin}")
        assert "催办于" in get(client, f"{AT}/{programme_id}/people")

    def test_all_that_the_filter_lists(self, app, client, hotline):
        programme_id = published(app)
        factories.sign_in(client, hotline.hr)
        query = f"all=1&unit={hotline.first_id}"
        assert "8 人会收到" in get(client, f"{AT}/{programme_id}/nudge?{query}")
        data = {"all": "1", "unit": hotline.first_id, "body": "抽空接着学"}
        assert client.post(f"{AT}/{programme_id}/nudge", data=data).location.endswith(f"?unit={hotline.first_id}")
        with app.app_context():
            n = select(func.count()).where(ProgrammeMessage.kind == MessageKind.nudge)
            assert db.session.scalar(n) == 8

    def test_nobody_or_no_words_is_said_so(self, app, client, hotline):
        programme_id = published(app)
        factories.sign_in(client, hotline.hr)
        assert "没有可以催办的人" in get(client, f"{AT}/{programme_id}/nudge?person=x")
        answer = client.post(f"{AT}/{programme_id}/nudge", data={"person": [hotline.lin], "body": " "})
        assert answer.status_code == 422


class TestExtension:
    def test_a_day_and_a_reason_for_several_and_the_way_back(self, app, client, hotline):
        programme_id = published(app)
        factories.sign_in(client, hotline.hr)
        assert "给 2 人延期" in get(client, f"{AT}/{programme_id}/extension?person={hotline.lin}&person={hotline.wang}")
        data = {"person": [hotline.lin, hotline.wang], "until": stories.days(60).isoformat(), "reason": "支援区中心"}
        back = client.post(f"{AT}/{programme_id}/extension", data=data).location
        page = get(client, back)
        assert "已给 2 人延期" in page
        assert "支援区中心" in page
        undo = page.split('action="')[1:]
        undo = next(part.split('"')[0] for part in undo if "/undo" in part.split('"')[0])
        client.post(undo)
        assert "原来的截止日期重新生效" in get(client, back)
        client.post(undo)
        assert "已经撤销过" in get(client, back)

    @pytest.mark.parametrize(
        "changes", [{"reason": "病"}, {"until": ""}, {"until": "2020-01-01"}, {"until": "morgen"}, {"person": []}]
    )
    def test_what_cannot_be_comes_back_and_nothing_is_changed(self, app, client, hotline, changes):
        programme_id = published(app)
        factories.sign_in(client, hotline.hr)
        data = {"person": [hotline.lin], "until": stories.days(60).isoformat(), "reason": "支援区中心"} | changes
        assert client.post(f"{AT}/{programme_id}/extension", data=data).status_code == 422
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(ProgrammeExtension)) == 0


class TestLearner:
    def test_today_lists_what_is_asked_with_its_day_and_the_course_says_who_asks(self, app, client, hotline):
        programme_id = published(app, due=Due(on=stories.days(3)), why="来电多")
        factories.sign_in(client, hotline.lin)
        page = get(client, "/")
        assert "课程，剩 3 节" in page
        assert "年度必修" in page
        assert "还有 3 天" in page
        assert "谁要求学这门课" in get(client, "/courses/T1")
        own = get(client, f"/programmes/{programme_id}")
        assert "来电多" in own
        assert "接线入门" in own

    def test_done_it_is_no_task_and_the_page_says_so(self, app, client, hotline):
        programme_id = published(app)
        with app.app_context(), transaction():
            events.course_completed.send(stories.complete(hotline.lin, hotline.course_id))
        factories.sign_in(client, hotline.lin)
        assert "课程，剩" not in get(client, "/")
        assert "已完成" in get(client, f"/programmes/{programme_id}")

    def test_a_course_that_no_longer_counts_is_to_be_proved_anew(self, app, client, hotline):
        with app.app_context(), transaction():
            stories.complete(hotline.lin, hotline.course_id, clock.now() - timedelta(days=900))
            course = shelf.queries.course("T1")
            db.session.add_all(long_ago(hotline.lin, unit.id) for unit in course.units)
        published(app)
        factories.sign_in(client, hotline.lin)
        page = get(client, "/")
        assert "再考一次" in page
        assert "上次的已过有效期" in page

    def test_some_of_several_is_one_task_to_choose_from(self, app, client, hotline, tmp_path):
        with app.app_context(), transaction():
            shelf.loaded(tmp_path, "T2")
        published(app, items=(("course", "T1"), ("course", "T2")), needed=1)
        factories.sign_in(client, hotline.lin)
        page = get(client, "/")
        assert "再完成 1 项" in page
        assert "去选" in page

    def test_the_calendar_has_its_day(self, app, client, hotline):
        published(app, due=Due(on=stories.days(3)))
        with app.test_request_context():
            (entry,) = mine.calendar(SimpleNamespace(id=hotline.lin))
            assert (entry.day, entry.title, entry.is_done) == (stories.days(3), "年度必修", False)
            assert entry.at == clock.local_instant(stories.days(3), 18)

    def test_a_stranger_to_it_finds_nothing(self, app, client, hotline):
        programme_id = published(app, audience=Audience(forms=frozenset({EmploymentForm.institution})))
        factories.sign_in(client, hotline.lin)
        get(client, f"/programmes/{programme_id}", 404)
        get(client, "/programmes/999", 404)

    def test_the_notice_opens_the_own_page(self, app, client, hotline):
        programme_id = published(app)
        factories.sign_in(client, hotline.lin)
        page = get(client, "/notices")
        action = next(
            part.split('"')[0]
            for part in page.split('action="')[1:]
            if "/read" in part[:30] and "/notices/read" not in part[:20]
        )
        assert client.post(action).location == f"/programmes/{programme_id}"


class TestElsewhere:
    def test_the_board_over_all_shows_percent_late_people_and_certificates(self, app, client, hotline):
        with factories.on_day(stories.days(-40)):
            published(app, due=Due(on=stories.days(30)))
        factories.sign_in(client, hotline.hr)
        page = get(client, "/training/compliance")
        assert "年度必修" in page
        assert "逾期最久的人" in page
        assert "林晓岚" in page
        assert "10 天" in page
        assert "90 天内到期" in page

    def test_a_person_s_page_says_what_is_asked_of_them(self, app, client, hotline):
        published(app)
        factories.sign_in(client, hotline.hr)
        page = get(client, f"/people/{hotline.lin}")
        assert "培训任务" in page
        assert "未完成" in page

    def test_the_desk_shows_running_programmes(self, app, client, hotline):
        published(app)
        factories.sign_in(client, hotline.leader)
        assert "0/8" in get(client, "/desk")

    def test_empty_pages_say_what_they_are_for(self, client, hotline):
        factories.sign_in(client, hotline.hr)
        assert "眼下没有进行中的任务" in get(client, AT)
        assert "没有草稿" in get(client, f"{AT}?state=draft")
        assert "还没有结束的任务" in get(client, f"{AT}?state=closed")
        assert "眼下没有进行中的任务" in get(client, "/training/compliance")
