"""The wizard through the browser: upload, columns, preview, confirm, result, undo; then each refusal."""

import io
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock, jobs
from lms.db import db, transaction
from lms.imports.actions import registering
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
