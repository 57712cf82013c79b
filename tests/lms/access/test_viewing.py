"""以他人视角查看: read-only, stamped, logged, told to the person; nobody looks upwards."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms import clock
from lms.access.models import AccessRecord, Account
from lms.audit import AuditLine
from lms.db import db, transaction
from tests import factories

SAME = {"Sec-Fetch-Site": "same-origin"}
pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def cast(app):
    with transaction():
        people = {
            "lin": factories.person("林晓岚", staff_number="A7001"),
            "hr": factories.person("方静", roles=["learner", "hr"], staff_number="H7001"),
            "root": factories.person("赵根", roles=["system_admin"], staff_number="S7001"),
        }
        return {name: someone.id for name, someone in people.items()}


@pytest.fixture
def root(app, cast):
    client = app.test_client()
    factories.sign_in(client, cast["root"])
    return client


def look(client, number="A7001", reason="来电说看不到证书"):
    return client.post("/viewing", data={"number": number, "reason": reason}, headers=SAME)


def verbs() -> list[str]:
    return list(
        db.session.scalars(select(AuditLine.verb).where(AuditLine.verb.startswith("view_as")).order_by(AuditLine.id))
    )


def test_the_other_persons_pages_are_shown_with_a_stamp(root, cast):
    assert look(root).location == "/"
    page = root.get("/").text
    assert "赵根正在以林晓岚（A7001）的视角查看" in page
    assert "晓岚" in root.get("/me").text
    assert verbs() == ["view_as.start", "view_as.page", "view_as.page"]
    lines = db.session.scalars(select(AuditLine).where(AuditLine.verb == "view_as.page"))
    assert {line.actor_id for line in lines} == {cast["root"]}


def test_nothing_can_be_changed_and_nothing_is(root, cast):
    look(root)
    for path, data in (("/preferences", {"size": "large"}), ("/notices/read", {}), ("/settings/password", {})):
        answer = root.post(path, data=data, headers=SAME)
        assert answer.status_code in {404, 405, 409}, path
    assert "只能看" in root.post("/preferences", data={"size": "large"}, headers=SAME).text
    assert db.session.scalar(select(Account.size).where(Account.person_id == cast["lin"])) == "normal"


def test_a_page_that_writes_when_opened_writes_nothing(app, root, cast):
    look(root)
    before = db.session.scalar(select(func.max(AuditLine.id)))
    root.get("/me")
    root.get("/search?q=热线")
    after = db.session.scalars(select(AuditLine.verb).where(AuditLine.id > before)).all()
    assert set(after) <= {"view_as.page"}


def test_the_person_reads_who_looked_and_why(app, root, cast):
    look(root)
    seen = db.session.scalars(select(AccessRecord).where(AccessRecord.person_id == cast["lin"])).one()
    assert (seen.viewer_id, seen.viewer_label) == (cast["root"], "赵根")
    mine = app.test_client()
    factories.sign_in(mine, cast["lin"])
    assert "来电说看不到证书" in mine.get("/me").text


def test_it_ends_by_hand_and_by_time(root, cast):
    look(root)
    assert root.post("/viewing/end", headers=SAME).status_code == 303
    assert "的视角查看：" not in root.get("/desk").text
    look(root)
    later = clock.now() + timedelta(minutes=31)
    with clock.frozen(later):
        page = root.get("/desk")
    assert page.status_code == 200
    assert "的视角查看：" not in page.text


@pytest.mark.parametrize(
    ("number", "reason", "words"),
    [
        ("H7001", "看看考核", "人事、委员会和管理员"),
        ("S7001", "看看自己", "这是你自己"),
        ("A7001", "看看", "至少 4 个字"),
        ("X9999", "来电求助", "没有这个工号"),
    ],
)
def test_what_may_not_be_looked_at_is_refused_with_a_sentence(root, number, reason, words):
    answer = look(root, number, reason)
    assert answer.status_code == 422
    assert words in answer.text
    assert verbs() == []


def test_somebody_who_has_left_has_no_view(root, cast):
    with transaction():
        factories.person("白离", staff_number="A7009", ends_on=clock.today() - timedelta(days=1))
    assert "已经离岗" in look(root, "A7009").text


@pytest.mark.parametrize("roles", [["learner"], ["trainer"], ["hr"], ["security_admin"]])
def test_others_may_not_look(app, roles):
    with transaction():
        someone = factories.person("某人", roles=roles)
    client = app.test_client()
    factories.sign_in(client, someone)
    assert client.get("/viewing").status_code == 403
    assert look(client).status_code == 403


def test_signing_out_while_looking_ends_the_viewers_session(root):
    look(root)
    assert root.post("/sign-out", headers=SAME).status_code == 303
    assert root.get("/desk", headers={"Accept": "text/html"}).status_code == 303


def test_the_saving_of_answers_is_closed_to_a_viewer(root):
    look(root)
    answer = root.post("/attempts/1/answers", json={"position": 1, "epoch": 1, "seq": 1}, headers=SAME)
    assert answer.status_code == 409
    assert "只能看" in answer.get_json()["sentence"]
