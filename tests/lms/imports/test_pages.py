"""The wizard through the browser: upload, columns, preview, confirm, result, undo; then each refusal."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock, jobs
from lms.db import db, transaction
from lms.errors import Refused
from lms.imports.actions import registering
from lms.imports.actions import writing as writing_verbs
from lms.imports.models import Import, ImportRow, RowStatus, Stage
from lms.organisation.models import Post
from lms.sheets import reading, writing
from tests import factories
from tests.lms.imports import toy

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture(autouse=True)
def posts_kind(app):
    registering.register(app, toy.KIND)
    yield
    del app.extensions["imports"]["posts"]


def sheet(rows, header=("代码", "名称", "级别")):
    return writing.workbook(writing.Table("岗位", header, rows))


def hr(client, scope="all", **kwargs):
    with transaction():
        person = factories.person("何静", form="institution", roles=("learner", "hr"), scope=scope, **kwargs)
        number = person.id
    factories.sign_in(client, number)
    return number


def upload(client, content, name="岗位.xlsx", kind="posts"):
    return client.post(
        f"/imports/{kind}/new", data={"file": (io.BytesIO(content), name)}, content_type="multipart/form-data"
    )


def run_jobs():
    with transaction(writes=False):
        waiting = jobs.stale_ids()
    for job_id in waiting:
        jobs.run(job_id)


def previewed(client, rows, **answers):
    """Upload and understand a small sheet; the import's id."""
    answer = upload(client, sheet(rows))
    import_id = int(answer.location.split("/")[2])
    form = {"column-code": "0", "column-name": "1", "column-level": "2"} | answers
    assert client.post(f"/imports/{import_id}/columns", data=form).status_code == 303
    return import_id


def imported(client, rows, groups=("new", "changed")):
    import_id = previewed(client, rows)
    assert client.post(f"/imports/{import_id}/confirmation", data={"group": list(groups)}).status_code == 303
    run_jobs()
    return import_id


def names(context=None):
    with transaction(writes=False):
        return dict(db.session.execute(select(Post.code, Post.name)).all())


def test_a_sheet_is_previewed_confirmed_written_and_taken_back(app, client):
    hr(client)
    with transaction():
        factories.post("P1", "旧名")
        factories.post("P2", "不变")
    before = names()
    import_id = previewed(
        client, [["P1", "新名", 1], ["P2", "不变", 1], ["P3", "新岗", 2], ["P4", "", 1], ["P3", "重复", 1]]
    )
    page = client.get(f"/imports/{import_id}").text
    for words in ("旧名", "新名", "第 5 行：名称是空的。", "第 6 行：代码 P3 在第 4 行已经有了。", "写入勾选的组"):
        assert words in page
    assert names() == before  # nothing before confirming
    client.post(f"/imports/{import_id}/confirmation", data={"group": ["new", "changed"]})
    run_jobs()
    assert names() == before | {"P1": "新名", "P3": "新岗"}
    page = client.get(f"/imports/{import_id}").text
    assert "已写入 2 行" in page and "撤销这次导入" in page
    client.post(f"/imports/{import_id}/undo")
    run_jobs()
    assert names() == before
    assert "已撤销 2 行" in client.get(f"/imports/{import_id}").text


def test_two_confirmations_write_once(client):
    hr(client)
    import_id = previewed(client, [["P3", "新岗", 2]])
    assert client.post(f"/imports/{import_id}/confirmation", data={"group": ["new"]}).status_code == 303
    second = client.post(f"/imports/{import_id}/confirmation", data={"group": ["new"]})
    assert second.status_code == 409
    run_jobs()
    assert list(names().values()).count("新岗") == 1


def test_nothing_ticked_is_said_on_the_page_and_nothing_is_written(client):
    hr(client)
    import_id = previewed(client, [["P3", "新岗", 2]])
    answer = client.post(f"/imports/{import_id}/confirmation", data={"group": ["faulty"]})
    assert answer.status_code == 422
    assert "勾选至少一组" in answer.text
    assert "P3" not in names()


def test_undo_leaves_what_somebody_has_changed_since_and_names_it(client):
    hr(client)
    import_id = imported(client, [["P3", "新岗", 2], ["P4", "另一岗", 2]])
    with transaction():
        db.session.scalars(select(Post).where(Post.code == "P3")).one().name = "改过的岗"
    client.post(f"/imports/{import_id}/undo")
    run_jobs()
    assert names()["P3"] == "改过的岗"
    assert "P4" not in names()
    page = client.get(f"/imports/{import_id}").text
    assert "「新岗」后来有人改过，保留。" in page
    assert client.post(f"/imports/{import_id}/undo").status_code == 409  # once


def test_undo_is_for_a_day(client):
    hr(client)
    import_id = imported(client, [["P3", "新岗", 2]])
    with clock.frozen(clock.now() + timedelta(hours=24, minutes=1)), transaction(), pytest.raises(Refused):
        writing_verbs.undo(db.session.get_one(Import, import_id), toy.KIND)
    assert names()["P3"] == "新岗"


def test_a_killed_job_goes_on_where_it_was(client, monkeypatch):
    hr(client)
    import_id = previewed(client, [[f"Q{n}", f"岗{n}", 1] for n in range(120)])
    client.post(f"/imports/{import_id}/confirmation", data={"group": ["new"]})
    calls = []

    def dying(task, rows):
        calls.append(len(rows))
        if len(calls) == 2:
            raise SystemExit("kill -9")
        return toy.write(task, rows)

    monkeypatch.setitem(registering.kinds(client.application), "posts", replace(toy.KIND, write=dying))
    with pytest.raises(SystemExit):
        run_jobs()
    with transaction():
        written = db.session.query(ImportRow).filter_by(import_id=import_id, status=RowStatus.written).count()
        job = db.session.get_one(jobs.Job, db.session.get_one(Import, import_id).job_id)
        assert 0 < written < 120
        assert job.status == jobs.JobStatus.running
        job.leased_until = clock.now() - timedelta(minutes=1)
    run_jobs()
    assert sum(name.startswith("岗") for name in names().values()) == 120
    with transaction(writes=False):
        assert db.session.get_one(Import, import_id).stage == Stage.done


def test_lines_that_clash_with_the_database_do_not_stop_the_others(client):
    hr(client)
    import_id = previewed(client, [["P3", "新岗", 2], ["P4", "另一岗", 2]])
    with transaction():
        factories.post("P3", "别人刚登记")
    client.post(f"/imports/{import_id}/confirmation", data={"group": ["new"]})
    run_jobs()
    assert names()["P4"] == "另一岗"
    page = client.get(f"/imports/{import_id}?status=refused").text
    assert "新岗" in page and "没有写入" in page


def test_the_faulty_rows_come_back_as_a_sheet_with_a_column_that_says_why(client):
    hr(client)
    import_id = previewed(client, [["P3", "好", 1], ["P5", "", 1]])
    answer = client.get(f"/imports/{import_id}/errors.xlsx")
    book = reading.open_book(answer.data, "e.xlsx")
    lines = [cells for _, cells in book.rows(book.sheets[0].name)]
    assert lines[0][-1] == "错误"
    assert len(lines) == 2 and lines[1][0] == "P5" and lines[1][-1] == "名称是空的。"


def test_header_below_instructions_is_found_and_the_mapping_is_remembered(client):
    hr(client)
    body = writing.workbook(
        writing.Table("表", ["岗位导入说明"], [["请勿改动"], [], ["级", "甲", "乙"], [1, "P7", "七岗"]])
    )
    import_id = int(upload(client, body).location.split("/")[2])
    page = client.get(f"/imports/{import_id}/columns?header=4").text
    assert "甲" in page
    form = {"header": "4", "column-code": "1", "column-name": "2", "column-level": "0"}
    assert client.post(f"/imports/{import_id}/columns", data=form).status_code == 303
    again = int(upload(client, body).location.split("/")[2])
    page = client.get(f"/imports/{again}/columns?header=4").text
    assert page.count(" selected>B：甲") == 1


def test_missing_columns_are_named(client):
    hr(client)
    import_id = int(upload(client, sheet([["P1"]], header=("代码",))).location.split("/")[2])
    answer = client.post(f"/imports/{import_id}/columns", data={"column-code": "0"})
    assert answer.status_code == 422
    assert "没有对应「名称」的列" in answer.text
    same = client.post(f"/imports/{import_id}/columns", data={"column-code": "0", "column-name": "0"})
    assert "选了同一列" in same.text


def test_what_is_no_sheet_is_refused_on_the_upload_page(client):
    hr(client)
    for content, words in ((b"", "空的"), (b"\x89PNG\r\n", "图片")):
        answer = upload(client, content)
        assert answer.status_code == 422
        assert words in answer.text
    answer = client.post("/imports/posts/new", data={}, content_type="multipart/form-data")
    assert answer.status_code == 422


def test_sixty_thousand_rows_are_refused(client):
    hr(client)
    content = ("代码,名称\n" + "1,2\n" * 60_000).encode()
    answer = upload(client, content, "a.csv")
    assert answer.status_code == 422
    assert "一次最多导入 50000 行" in answer.text


def test_a_large_sheet_is_understood_as_a_job_that_can_be_left_and_found_again(client):
    hr(client)
    import_id = previewed(client, [[f"Q{n}", f"岗{n}", 1] for n in range(400)])
    assert "正在核对" in client.get(f"/imports/{import_id}").text
    run_jobs()
    assert "写入勾选的组" in client.get(f"/imports/{import_id}").text
    assert "岗位.xlsx" in client.get("/imports?kind=posts").text


def test_people_missing_from_a_whole_list_are_offered_only_when_it_is_said_to_be_whole(client):
    hr(client)
    with transaction():
        factories.post("P9", "不在表里")
    import_id = previewed(client, [["P3", "新岗", 2]])
    assert "不在表里" not in client.get(f"/imports/{import_id}").text
    whole = previewed(client, [["P3", "新岗", 2]], **{"option-complete": "1"})
    assert "不在表里" in client.get(f"/imports/{whole}").text


def test_a_discarded_import_writes_nothing(client):
    hr(client)
    import_id = previewed(client, [["P3", "新岗", 2]])
    assert client.post(f"/imports/{import_id}/discard").status_code == 303
    assert client.post(f"/imports/{import_id}/confirmation", data={"group": ["new"]}).status_code == 409
    assert "已放弃" in client.get(f"/imports/{import_id}").text


def test_somebody_else_does_not_see_it_and_an_agent_may_not_import(app, client):
    hr(client)
    import_id = previewed(client, [["P3", "新岗", 2]])
    stranger, agent = app.test_client(), app.test_client()
    with transaction():
        other = factories.person("戴晴", roles=("learner", "hr"), scope="own_vendor").id
    factories.sign_in(stranger, other)
    with transaction():
        learner = factories.person("林晓岚").id
    factories.sign_in(agent, learner)
    for address in (f"/imports/{import_id}", f"/imports/{import_id}/columns", f"/imports/{import_id}/errors.xlsx"):
        assert agent.get(address).status_code == 404
    assert stranger.get(f"/imports/{import_id}").status_code == 404
    assert agent.get("/imports").status_code == 403
    assert agent.get("/imports/posts/new").status_code == 403
    assert client.get("/imports/nothing/new").status_code == 404
    for verb in ("confirmation", "undo", "discard", "continuation", "end"):
        assert agent.post(f"/imports/{import_id}/{verb}").status_code == 404


def test_a_preview_costs_the_same_whatever_its_size(client, count_queries):
    hr(client)
    small, large = previewed(client, [["P3", "岗", 1]]), previewed(client, [[f"Q{n}", "岗", 1] for n in range(200)])
    counts = []
    for import_id in (small, large):
        count_queries.clear()
        client.get(f"/imports/{import_id}")
        counts.append(len(count_queries))
    assert counts[0] == counts[1]
