"""The roster: what each line becomes, what is written, and what may be taken back."""

from datetime import date

import pytest
from sqlalchemy import func, select

from lms import audit, clock, jobs
from lms.access.models import Account, RoleGrant, UserSession
from lms.db import db, transaction
from lms.imports import queries, rules
from lms.imports.actions import preparing, registering, writing
from lms.imports.models import Import, ImportRow
from lms.organisation.models import Post, Unit, Vendor
from lms.people.models import EmploymentForm, Person, Spell
from lms.people.roster import columns
from lms.people.roster.lines import Reading
from lms.people.roster.places import nearest
from lms.people.roster.showing import Faces
from lms.sheets.writing import Table, workbook
from tests import factories

pytestmark = pytest.mark.usefixtures("context")
HEADER = (
    "姓名",
    "工号",
    "所在部门",
    "班组",
    "用工性质",
    "岗位",
    "到岗日期",
    "手机号",
    "离职日期",
    "新工号",
    "变动日期",
)
NEW = ["张三", "N1", "", "受理一组", "编外合同", "坐席", "2026-01-05", "13900000001"]


@pytest.fixture(autouse=True)
def house(context):
    with transaction():
        factories.unit("T1", "受理一组")
        factories.unit("T2", "受理二组")
        factories.post("agent", "坐席")
        factories.vendor("V1", "云州信服有限公司")
        factories.vendor("V2", "临江众听科技有限公司")


def understood(app, rows, *, reaches=rules.EVERYTHING, by=None, **options):
    """The import of a small sheet, ready to be confirmed: its id."""
    kind = registering.kinds(app)["roster"]
    content = workbook(Table("花名册", HEADER, rows))
    outlined = preparing.outline(content, "roster.xlsx")
    with transaction(), audit.acting_as(by, "人事", "test"):
        imported = preparing.upload(kind, "roster.xlsx", "0" * 64, outlined, reaches)
        preparing.choose(imported, preparing.suggested(kind, imported), options)
        book = preparing.sheets.open_book(content, "roster.xlsx")
        task = queries.task(imported, queries.headers(imported))
        planner = kind.planner(task)
        lines = [
            rules.Line(n, {key: (cells + (None,) * 20)[c] for key, c in imported.mapping.items()})
            for n, cells in book.rows("花名册")
            if n > 1
        ]
        preparing.keep(imported.id, planner.plan(lines))
        for more in planner.rest():
            preparing.keep(imported.id, more)
        preparing.settle(imported)
        return imported.id


def groups(import_id):
    with transaction(writes=False):
        rows = db.session.scalars(select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.id))
        return [(row.group, [str(rules.retold(one)) for one in row.sentences]) for row in rows]


def write(app, import_id, *names, undo=False):
    kind = registering.kinds(app)["roster"]
    with transaction():
        imported = db.session.get_one(Import, import_id)
        job = writing.undo(imported, kind) if undo else writing.confirm(imported, kind, names)
        job_id = job.id
    jobs.run(job_id)
    with transaction(writes=False):
        return queries.outcomes(import_id)


def spell(number) -> Spell | None:
    return db.session.scalar(select(Spell).where(Spell.staff_number == number))


def test_a_joiner_gets_person_spell_account_and_role_without_a_password(app):
    import_id = understood(app, [NEW])
    assert groups(import_id) == [("new", [])]
    assert write(app, import_id, "new") == {"written": 1}
    found = spell("N1")
    assert (found.person.name, found.person.given_name, found.form, found.starts_on) == (
        "张三", "三", EmploymentForm.direct_contract, date(2026, 1, 5),
    )  # fmt: skip
    account = db.session.scalars(select(Account).where(Account.person_id == found.person_id)).one()
    assert account.password_hash is None
    assert db.session.scalars(select(RoleGrant.role).where(RoleGrant.person_id == found.person_id)).all() == ["learner"]
    assert audit.verify().broken_id is None


def test_a_second_import_of_the_same_sheet_changes_nothing(app):
    write(app, understood(app, [NEW]), "new")
    assert groups(understood(app, [NEW])) == [("same", [])]


def test_changes_show_old_and_new_and_undo_restores_them(app):
    write(app, understood(app, [NEW]), "new")
    changed = ["张三", "N1", "", "受理二组", "编外合同", "坐席", "2026-01-05", "13900000002"]
    import_id = understood(app, [changed])
    row = db.session.scalars(select(ImportRow).where(ImportRow.import_id == import_id)).one()
    assert row.changes == [["手机号", "139****0001", "139****0002"], ["单位", "受理一组", "受理二组"]]
    write(app, import_id, "changed")
    assert (spell("N1").unit.name, spell("N1").person.phone) == ("受理二组", "13900000002")
    assert write(app, import_id, undo=True) == {"undone": 1}
    db.session.expire_all()
    assert (spell("N1").unit.name, spell("N1").person.phone) == ("受理一组", "13900000001")


def test_undo_of_a_joiner_removes_everything_unless_something_has_happened(app):
    import_id = understood(app, [NEW, ["李四", "N2", *NEW[2:7], "13900000003"]])
    write(app, import_id, "new")
    with transaction():
        person = spell("N2").person_id
        account = db.session.scalars(select(Account).where(Account.person_id == person)).one()
        account.password_changed_at = clock.now()  # has signed in
    assert write(app, import_id, undo=True) == {"undone": 1, "kept": 1}
    assert spell("N1") is None
    assert spell("N2") is not None
    assert db.session.scalar(select(func.count()).select_from(Person).where(Person.name == "张三")) == 0


def test_a_leaver_is_signed_out_at_once(app):
    with transaction():
        someone = factories.person("林晓岚", staff_number="A1").id
        account = db.session.scalars(select(Account).where(Account.person_id == someone)).one()
        factories.session.open_session(account, hours=8, device="x", address="y")
    import_id = understood(app, [["林晓岚", "A1", "", "", "", "", "", "", clock.today()]])
    assert groups(import_id)[0][0] == "left"
    write(app, import_id, "left")
    assert spell("A1").ends_on == clock.today()
    assert db.session.scalars(select(UserSession.ended_at)).one() is not None
    write(app, import_id, undo=True)
    db.session.expire_all()
    assert spell("A1").ends_on is None


def test_another_form_needs_a_new_number_and_starts_a_new_spell_on_the_stated_day(app):
    write(app, understood(app, [NEW]), "new")
    row = ["张三", "N1", "", "受理一组", "劳务派遣（信服）", "坐席", "", "", None, None, "2026-03-01"]
    assert "要有新工号" in groups(understood(app, [row]))[0][1][0]
    row[9] = "N100"
    import_id = understood(app, [row])
    assert groups(import_id)[0][0] == "moved"
    write(app, import_id, "moved")
    old, new = spell("N1"), spell("N100")
    assert (old.ends_on, new.starts_on, new.person_id) == (date(2026, 2, 28), date(2026, 3, 1), old.person_id)
    assert new.vendor.code == "V1"
    write(app, import_id, undo=True)
    db.session.expire_all()
    assert (spell("N100"), spell("N1").ends_on) == (None, None)


def test_a_wrong_form_can_be_corrected_in_place(app):
    write(app, understood(app, [NEW]), "new")
    import_id = understood(app, [["张三", "N1", "", "", "服务外包（众听）"]], moves="correct")
    write(app, import_id, "changed")
    assert (spell("N1").form, spell("N1").vendor.code) == (EmploymentForm.outsourced, "V2")


def test_the_same_person_under_a_new_number_is_asked_about(app):
    write(app, understood(app, [NEW]), "new")
    again = ["张三", "N9", "", "受理一组", "外包(众听)", "坐席", "2026-06-01", "13900000001"]
    import_id = understood(app, [again])
    group, words = groups(import_id)[0]
    assert group == "same_person"
    assert "N1" in words[0]
    write(app, import_id, "same_person")
    assert spell("N9").person_id == spell("N1").person_id
    assert spell("N1").ends_on == date(2026, 5, 31)


def test_a_number_of_somebody_else_is_not_renamed_by_default(app):
    write(app, understood(app, [NEW]), "new")
    import_id = understood(app, [["赵可", "N1", *NEW[2:7], "13911112222"]])
    assert groups(import_id)[0][0] == "other_person"


def test_somebody_else_under_a_known_number_neither_moves_nor_leaves(app):
    write(app, understood(app, [NEW]), "new")
    moving = ["赵可", "N1", "", "", "服务外包（众听）", "", "", "13911112222"]
    leaving = ["赵可", "N1", *NEW[2:7], "13911112222", "2026-11-20"]
    for row in (moving, leaving):
        group, words = groups(understood(app, [row]))[0]
        assert group == "faulty", row
        assert "登记的是张三，表里是赵可" in words[0]
    assert spell("N1").ends_on is None


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (0, "", "姓名是空的"), (1, None, "工号是空的"), (4, "临时工？", "不认得"), (7, "1380013800", "不是 11 位"), (6, "31号", "不是日期"),
        (6, "2036-01-01", "离今天太远"), (3, "受里一组", "最接近的是「受理一组」"), (5, "座席", "不认得"), (4, None, "要写用工性质"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_the_row(app, place, value, words):
    row = list(NEW)
    row[place] = value
    if value == "座席":
        row[place] = "坐席员"
        found = groups(understood(app, [row], unknown="refuse"))
        assert "最接近的是「坐席」" in found[0][1][0] or "系统里没有" in found[0][1][0]
        return
    found = groups(understood(app, [row]))
    assert found[0][0] == "faulty"
    assert words in "；".join(found[0][1])


def test_of_two_equal_numbers_the_first_stays(app):
    found = groups(understood(app, [NEW, ["李四", *NEW[1:]]]))
    assert [group for group, _ in found] == ["new", "faulty"]
    assert "第 2 行已经有了" in found[1][1][0]


def test_unknown_words_are_made_on_writing_and_said_before(app):
    row = [*NEW[:3], "夜班组", "编外", "业务部门联络员", *NEW[6:]]
    import_id = understood(app, [row])
    group, words = groups(import_id)[0]
    assert group == "new"
    assert any("夜班组" in one for one in words)
    assert db.session.scalar(select(Unit.id).where(Unit.name == "夜班组")) is None
    write(app, import_id, "new")
    assert spell("N1").unit.name == "夜班组"
    assert db.session.scalar(select(Post.id).where(Post.name == "业务部门联络员")) is not None


def test_missing_people_are_offered_only_when_the_list_is_whole_and_end_when_ticked(app):
    with transaction():
        factories.person("林晓岚", staff_number="A1")
    assert [group for group, _ in groups(understood(app, [NEW]))] == ["new"]
    import_id = understood(app, [NEW], complete="1")
    assert [group for group, _ in groups(import_id)] == ["new", "missing"]
    write(app, import_id, "missing")
    assert spell("A1").ends_on == clock.today()


def test_a_number_that_somebody_took_since_the_preview_is_not_written(app):
    import_id = understood(app, [NEW])
    with transaction():
        factories.person("抢先", staff_number="N1")
    assert write(app, import_id, "new") == {"refused": 1}


class TestVendorHr:
    """The vendor's HR brings in its own people, and nobody else's."""

    def reach(self):
        return (rules.Reach("hr", "own_vendor", None, factories.vendor("V1").id),)

    def test_its_own_people_are_taken_without_naming_the_company(self, app):
        row = [*NEW[:4], "服务外包", *NEW[5:]]
        import_id = understood(app, [row], reaches=self.reach())
        assert groups(import_id)[0][0] == "new"
        write(app, import_id, "new")
        assert spell("N1").vendor.code == "V1"

    @pytest.mark.parametrize("form", ["编外合同", "外包（众听）"])
    def test_others_are_refused(self, app, form):
        found = groups(understood(app, [[*NEW[:4], form, *NEW[5:]]], reaches=self.reach()))
        assert found[0][0] == "faulty"
        assert "管理范围" in found[0][1][0]

    def test_a_strangers_number_tells_nothing_of_them(self, app):
        with transaction():
            factories.person("欧阳娜", form="institution", staff_number="C1")
        found = groups(understood(app, [["欧阳娜", "C1", *NEW[2:]]], reaches=self.reach()))
        assert found == [("faulty", ["工号 C1 不在你的管理范围内。"])]

    def test_it_creates_no_units(self, app):
        found = groups(understood(app, [[*NEW[:3], "新的班组", "外包", *NEW[5:]]], reaches=self.reach()))
        assert found[0][0] == "faulty"


@pytest.mark.parametrize(
    ("written", "form", "company"),
    [
        ("参公", "civil_servant", ""), ("事业编", "institution", ""), ("编外合同制", "direct_contract", ""), ("派遣", "dispatch", ""),
        ("外包（通联服务）", "outsourced", "通联服务"), ("外包(智汇呼叫)", "outsourced", "智汇呼叫"), ("服务外包人员", "outsourced", ""),
        ("劳务派遣：众听", "dispatch", "众听"), (" 事业编制 ", "institution", ""),
    ],
)  # fmt: skip
def test_forms_as_offices_write_them(written, form, company):
    assert columns.form(written) == (EmploymentForm(form), company)


def test_names_as_registers_pad_them():
    assert columns.name("张　三") == "张三"
    assert columns.name("古丽•阿依夏木") == "古丽·阿依夏木"
    assert columns.name("Anna  Li") == "Anna Li"


def test_the_nearest_name_is_no_other_number():
    assert nearest("受里一组", ["受理一组", "受理二组"]) == "受理一组"
    assert nearest("受理四组", ["受理一组", "受理二组"]) is None
    assert nearest("回访", ["质检组"]) is None


class TestWhatWasUnderstood:
    def shown(self, import_id):
        rows = db.session.scalars(select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.id))
        return [(row.group, row.data.get("understood", "")) for row in rows]

    def test_every_group_shows_form_company_unit_post_and_days_as_they_were_read(self, app):
        write(app, understood(app, [NEW]), "new")
        with transaction():
            factories.person("林晓岚", staff_number="A1")
        rows = [
            ["李四", "N2", "", "受理1组", "外包（信服）", "坐 席", "2026年3月1日", "13900000002"],
            NEW,
            ["王五", "N3", "", "受理一组", "劳务派遣", "坐席", "2026/3/2", "139"],
            ["张三", "N9", "", "受理二组", "外包(众听)", "坐席", 46174, "13900000001"],
        ]
        import_id = understood(app, rows, complete="1")
        with transaction(writes=False):
            *found, missing = self.shown(import_id)
        assert found == [
            ("new", "服务外包 · 云州信服有限公司 · 受理一组 · 坐席 · 2026-03-01"),
            ("same", "编外合同 · 受理一组 · 坐席 · 2026-01-05"),
            ("faulty", "劳务派遣 · 受理一组 · 坐席 · 2026-03-02"),
            ("same_person", "服务外包 · 临江众听科技有限公司 · 受理二组 · 坐席 · 2026-06-01"),
        ]
        assert missing[0] == "missing"
        assert missing[1].endswith(f" · {spell('A1').post.name} · {spell('A1').starts_on}")

    def test_it_stands_on_the_page(self, app, client):
        with transaction():
            hr = factories.person("何静", form="institution", roles=("learner", "hr"), scope="all").id
        factories.sign_in(client, hr)
        import_id = understood(app, [["李四", "N2", "", "夜班组", "外包（信服）", "坐席", "2026-03-01"]])
        page = client.get(f"/imports/{import_id}").text
        assert "服务外包 · 云州信服有限公司 · 夜班组 · 坐席 · 2026-03-01" in page
        assert "新增 <b" in page
        assert "有提醒" in page  # the mark, and the filter
        assert "李四" in client.get(f"/imports/{import_id}?warned=1").text


def test_warnings_are_a_mark_on_lines_of_their_group_and_are_written_with_it(app, client):
    rows = [NEW, ["李四", "N2", "", "夜班组", *NEW[4:7], "13900000002"]]
    import_id = understood(app, rows)
    found = groups(import_id)
    assert [group for group, _ in found] == ["new", "new"]
    assert "夜班组" in found[1][1][0]
    with transaction(writes=False):
        assert db.session.get_one(Import, import_id).counts == {"new": 2}
        assert queries.count_warned(import_id, ["new"]) == 1
        assert [row.label for row in queries.rows(import_id, warned=["new"])[0]] == ["李四 N2"]
    assert write(app, import_id, "new") == {"written": 2}


class TestTheSamePersonTwiceInOneSheet:
    SECOND = ["张三", "N2", "", "受理二组", "外包(众听)", "坐席", "2026-06-01", "13900000001"]

    def test_the_second_is_asked_about_and_joins_the_first(self, app):
        import_id = understood(app, [NEW, self.SECOND])
        found = groups(import_id)
        assert [group for group, _ in found] == ["new", "same_person"]
        assert "与第 2 行的 N1 姓名和手机号或出生日期相同，可能是同一人。" in found[1][1][0]
        assert write(app, import_id, "new", "same_person") == {"written": 2}
        assert spell("N2").person_id == spell("N1").person_id
        assert (spell("N1").ends_on, spell("N2").starts_on) == (date(2026, 5, 31), date(2026, 6, 1))
        assert write(app, import_id, undo=True) == {"undone": 2}
        assert (spell("N1"), spell("N2")) == (None, None)
        assert db.session.scalar(select(func.count()).select_from(Person).where(Person.name == "张三")) == 0

    def test_without_a_decision_only_the_first_is_written(self, app):
        assert write(app, understood(app, [NEW, self.SECOND]), "new") == {"written": 1, "planned": 1}
        assert spell("N2") is None

    def test_the_second_alone_is_refused_with_a_sentence(self, app):
        import_id = understood(app, [NEW, self.SECOND])
        assert write(app, import_id, "same_person") == {"refused": 1, "planned": 1}
        row = db.session.scalars(select(ImportRow).where(ImportRow.group == "same_person")).one()
        assert "前面的 N1 没有写入" in str(rules.retold(row.outcome))

    def test_two_rows_from_the_same_day_cannot_follow_each_other_and_that_is_said(self, app):
        import_id = understood(app, [NEW, ["张三", "N2", *NEW[2:]]])
        group, words = groups(import_id)[1]
        assert group == "same_person"
        assert "先改好到岗日期" in words[1]
        assert write(app, import_id, "new", "same_person") == {"written": 1, "refused": 1}
        assert spell("N2") is None

    def test_a_namesake_with_another_phone_is_somebody_else(self, app):
        import_id = understood(app, [NEW, ["张三", "N2", *NEW[2:7], "13900000009"], ["张三", "N3", *NEW[2:7]]])
        assert [group for group, _ in groups(import_id)] == ["new", "new", "new"]

    def test_a_third_row_may_be_alike_by_another_mark_than_the_second(self):
        faces, found = Faces(), [Reading(f"N{n}", "张三") for n in range(3)]
        found[0].values = {"phone": "1"}
        found[1].values = {"phone": "1", "born_on": date(1990, 1, 1)}
        found[2].values = {"born_on": date(1990, 1, 1)}
        met = [faces.meet(n, one, date(2026, 1, 1)) for n, one in enumerate(found)]
        assert [face and face.number for face in met] == [None, "N0", "N1"]

    def test_a_known_person_who_stands_there_again_under_a_new_number(self, app):
        write(app, understood(app, [NEW[:7]]), "new")  # no phone on record
        import_id = understood(app, [NEW, self.SECOND])
        assert [group for group, _ in groups(import_id)] == ["changed", "same_person"]
        assert write(app, import_id, "changed", "same_person") == {"written": 2}
        assert spell("N2").person_id == spell("N1").person_id


class TestUndoOfWhatWasMade:
    ROW = ["李四", "N2", "夜间部", "夜班组", "外包（新来公司）", "夜班坐席", "2026-03-01", "13900000002"]

    def places(self):
        names = {"夜间部", "夜班组", "夜班坐席", "新来公司"}
        with transaction(writes=False):
            return {
                name
                for table in (Unit, Post, Vendor)
                for name in db.session.scalars(select(table.name))
                if name in names
            }

    def told(self, import_id):
        with transaction(writes=False):
            job = db.session.get_one(jobs.Job, db.session.get_one(Import, import_id).job_id)
            return [str(rules.retold(one)) for one in job.result["told"]]

    def written(self, app):
        import_id = understood(app, [self.ROW, NEW], unknown="create")
        assert write(app, import_id, "new") == {"written": 2}
        assert self.places() == {"夜间部", "夜班组", "夜班坐席", "新来公司"}
        return import_id

    def test_what_nothing_uses_goes_too_and_is_named(self, app, client):
        import_id = self.written(app)
        assert write(app, import_id, undo=True) == {"undone": 2}
        assert self.places() == set()
        words = (
            "导入时新建、已经没有人用的也撤回了：单位「夜班组」、单位「夜间部」、岗位「夜班坐席」、公司「新来公司」。"
        )
        assert self.told(import_id) == [words]
        with transaction():
            hr = factories.person("何静", form="institution", roles=("learner", "hr"), scope="all").id
        factories.sign_in(client, hr)
        assert words in client.get(f"/imports/{import_id}").text
        assert audit.verify().broken_id is None

    def test_what_somebody_uses_since_stays_by_name(self, app):
        import_id = self.written(app)
        with transaction():
            other = factories.person("王五", staff_number="A7")
            other_spell = db.session.scalars(select(Spell).where(Spell.person_id == other.id)).one()
            other_spell.unit_id = db.session.scalar(select(Unit.id).where(Unit.name == "夜班组"))
            db.session.scalars(select(Vendor).where(Vendor.name == "新来公司")).one().contract_number = "HT-1"
            db.session.scalars(select(Post).where(Post.name == "夜班坐席")).one().name = "夜间坐席"
        write(app, import_id, undo=True)
        assert self.places() == {"夜间部", "夜班组", "新来公司"}
        assert db.session.scalar(select(Post.id).where(Post.name == "夜间坐席")) is not None
        (stays,) = self.told(import_id)
        assert (
            stays
            == "导入时新建的，后来另有人用到或改过，保留：单位「夜间部」、单位「夜班组」、岗位「夜间坐席」、公司「新来公司」。"
        )

    def test_what_was_there_before_is_left_alone(self, app):
        with transaction():
            factories.post("night", "夜班坐席")
        import_id = self.written(app)
        write(app, import_id, undo=True)
        assert self.places() == {"夜班坐席"}


def test_the_queries_of_a_chunk_do_not_grow_with_its_lines(app, count_queries):
    counts = []
    for size in (1, 5, 100):  # the first warms up
        rows = [[f"李四{n}", f"Q{size}x{n}", *NEW[2:7], f"1390{size:03d}{n:04d}"] for n in range(size)]
        count_queries.clear()
        understood(app, rows)
        counts.append(len(count_queries))
    assert counts[1] == counts[2]
