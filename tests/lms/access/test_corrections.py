"""信息有误: told by the person, seen by HR of their scope, answered once, told back."""

import pytest
from sqlalchemy import select

from lms.access.models import Correction
from lms.db import db, transaction
from lms.notices.models import Notice
from tests import factories

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def story(app):
    """林晓岚 of one vendor; HR of the centre, of her vendor, and of another."""
    with transaction():
        lin = factories.person("林晓岚", staff_number="A1")
        centre = factories.person("方静", form="institution", roles=("learner", "hr"))
        own = factories.person("戴晴", roles=("learner", "hr"), scope="own_vendor")
        other = factories.person(
            "韦一", vendor=factories.vendor("V2", "临江众听科技有限公司"), roles=("learner", "hr"), scope="own_vendor"
        )
        ids = {"lin": lin.id, "centre": centre.id, "own": own.id, "other": other.id}
    browsers = {name: app.test_client() for name in ids}
    for name, browser in browsers.items():
        factories.sign_in(browser, ids[name])
    return ids, browsers


def ask(browsers, text="用工性质应为劳务派遣"):
    assert browsers["lin"].post("/settings/correction", data={"text": text}).status_code == 303
    return db.session.scalars(select(Correction.id).order_by(Correction.id.desc())).first()


def told(person_id):
    return list(db.session.scalars(select(Notice.title).where(Notice.person_id == person_id)))


def test_it_reaches_hr_of_the_scope_and_nobody_else(story):
    ids, browsers = story
    report = ask(browsers)
    assert told(ids["centre"]) == told(ids["own"]) == ["林晓岚说信息有误"]
    assert told(ids["other"]) == []
    for name in ("centre", "own"):
        assert "用工性质应为劳务派遣" in browsers[name].get("/people/corrections").text
        assert browsers[name].get(f"/people/corrections/{report}").status_code == 200
    assert "用工性质应为劳务派遣" not in browsers["other"].get("/people/corrections").text
    assert browsers["other"].get(f"/people/corrections/{report}").status_code == 404
    assert browsers["lin"].get("/people/corrections").status_code == 403


def test_the_answer_goes_back_and_is_given_once(story):
    ids, browsers = story
    report = ask(browsers)
    answer = {"was_mended": "1", "answer": "已改为劳务派遣。"}
    assert browsers["own"].post(f"/people/corrections/{report}", data={"answer": ""}).status_code == 422
    assert browsers["own"].post(f"/people/corrections/{report}", data=answer).status_code == 303
    assert told(ids["lin"]) == ["你反映的信息已经更正"]
    assert "已改为劳务派遣。" in browsers["lin"].get("/settings").text
    again = browsers["centre"].post(f"/people/corrections/{report}", data=answer)
    assert again.status_code == 422
    assert "已经答复过了" in again.text
    assert "已改为劳务派遣。" in browsers["centre"].get("/people/corrections?state=settled").text


def test_the_same_words_twice_are_one_report_and_empty_words_none(story):
    _ids, browsers = story
    assert ask(browsers) == ask(browsers)
    assert browsers["lin"].post("/settings/correction", data={"text": " "}).status_code == 422


def test_nobody_answers_their_own(story):
    _ids, browsers = story
    assert browsers["own"].post("/settings/correction", data={"text": "岗位不对"}).status_code == 303
    report = db.session.scalars(select(Correction.id)).one()
    answer = browsers["own"].post(f"/people/corrections/{report}", data={"was_mended": "0", "answer": "好"})
    assert answer.status_code == 422


def test_the_desk_says_how_many_wait(story):
    _ids, browsers = story
    assert "条信息有误等你核对" not in browsers["centre"].get("/desk").text
    ask(browsers)
    assert "有 1 条信息有误等你核对" in browsers["centre"].get("/desk").text
