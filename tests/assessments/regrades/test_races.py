"""Two at once, on a real SQLite file and on PostgreSQL: one mark, one ruling, one result."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from assessments.attempts.models import Attempt, Result
from assessments.markers.models import Script, ScriptMark
from assessments.marking.models import KeyRuling
from lms.db import db, transaction
from lms.jobs import Job
from lms.operations import migrating
from tests import databases, factories
from tests.assessments import hall
from tests.assessments.attempts.test_races import together
from wsgi import create_app

pytestmark = pytest.mark.no_database
AT_ONCE = 6
SAFE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def site(request, tmp_path_factory):
    """An app with a database of its own, a written paper that waits and a lost question."""
    data = tmp_path_factory.mktemp("regrades")
    (data / "fonts").symlink_to(Path(__file__).parents[3] / "var" / "fonts")
    url = databases.fresh_postgres() if request.param == "postgres" else ""
    app = create_app(
        testing=True,
        data_dir=data,
        database_url=url,
        secret_key="r" * 40,
        smtp_host="",
        jobs="embedded",
        threads=AT_ONCE,
    )
    with app.app_context():
        migrating.upgrade()
        with transaction():
            hall.load(hall.write_written(data / "library"))
            lin = factories.person().id
            hall.wrote(lin, texts=("先安抚。", ""))
            hall.sat(lin, hall.QUIZ, {2, 3, 4, 5, 7, 8, 9})
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if url:
        databases.drop_postgres(url)


def trainers(site, n: int) -> list:
    with site.app_context(), transaction():
        ids = [factories.person(f"师{k}", roles=("trainer",)).id for k in range(n)]
    clients = [site.test_client() for _ in ids]
    for client, person_id in zip(clients, ids, strict=True):
        factories.sign_in(client, person_id)
    return clients


def count(site, model) -> int:
    with site.app_context(), transaction(writes=False):
        return db.session.scalar(select(func.count()).select_from(model))


def test_many_markers_at_once_leave_one_mark_and_one_result(site):
    clients = trainers(site, AT_ONCE)
    before = count(site, Result)
    with site.app_context(), transaction(writes=False):
        url = f"/training/marking/{hall.WRITTEN}/{db.session.scalars(select(Script.id)).one()}"
    form = {"round": "1", "points-0": "0", "points-1": "0"}  # no pass, so no certificate is drawn meanwhile
    codes = together([lambda c=c: c.post(url, data=form, headers=SAFE).status_code for c in clients])
    assert Counter(codes) == {303: 1, 422: AT_ONCE - 1}
    assert count(site, ScriptMark) == 1
    assert count(site, Result) == before + 1


def test_a_ruling_confirmed_by_many_at_once_is_made_once(site):
    clients = trainers(site, AT_ONCE)
    with site.app_context(), transaction(writes=False):
        attempt = db.session.scalars(select(Attempt).where(Attempt.exam_id == hall.exam().id)).one()
        code = next(one for one in attempt.questions if one.position == 6).version.question.code
    form = {"v": "1", "kind": "full", "reason": "题干有误", "seen": "1-1-1-0"}
    url = f"/training/questions/{code}/ruling"
    codes = together([lambda c=c: c.post(url, data=form, headers=SAFE).status_code for c in clients])
    assert Counter(codes) == {303: 1, 422: AT_ONCE - 1}
    assert count(site, KeyRuling) == 1
    assert count(site, Job) == 1
