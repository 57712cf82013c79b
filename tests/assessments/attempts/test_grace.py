"""Answers given offline before the deadline: accepted within the grace when the stamp can be true, and told so."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from assessments.attempts import actions, queries, rules, sweep
from assessments.attempts.models import Answer, Attempt, AttemptStatus, HandedInBy
from assessments.attempts.rules import Stamp
from lms import clock
from lms.db import db, transaction
from tests import factories
from tests.assessments import hall

DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
amounts = st.integers(-(10**7), 10**7).map(lambda n: n * MS)


class TestReckoned:
    @given(amounts, amounts, amounts, st.none() | amounts)
    @example(-MS, 0 * MS, -MS, None)  # the clock was set back
    def test_a_stamp_lies_within_the_attempt_or_is_not_believed(self, loaded, elapsed, received, previous):
        now, before = NOW + received, None if previous is None else NOW + previous
        given_at = rules.reckoned(Stamp(NOW + loaded, elapsed), NOW, now, before)
        if given_at is None:
            return
        assert NOW <= given_at <= now
        assert elapsed >= timedelta(0)
        assert NOW + loaded + elapsed <= now + rules.CLOCK_SLACK
        assert before is None or NOW + loaded + elapsed >= before

    @given(st.integers(0, 3_600_000), st.integers(0, 3_600_000), st.integers(0, 600_000))
    def test_an_honest_stamp_is_believed_to_the_millisecond(self, loaded, elapsed, delay):
        stamp = Stamp(NOW + loaded * MS, elapsed * MS)
        assert rules.reckoned(stamp, NOW, NOW + (loaded + elapsed + delay) * MS) == NOW + (loaded + elapsed) * MS

    @pytest.mark.parametrize(
        ("loaded", "elapsed", "previous"),
        [
            (0, -1, None),
            (-60_000, 1_000, None),
            (601_000, 0, None),
            (0, 603_000, None),
            (300_000, 400_000, None),
            (0, 100_000, 200_000),
        ],
        ids=["backwards", "from before the attempt", "loaded later", "longer than it was", "later than now", "before the last"],
    )  # fmt: skip
    def test_what_cannot_be_true(self, loaded, elapsed, previous):
        before = None if previous is None else NOW + previous * MS
        stamp = Stamp(NOW + loaded * MS, elapsed * MS)
        assert rules.reckoned(stamp, NOW, NOW + timedelta(minutes=10), before) is None

    def test_no_stamp_no_time(self):
        assert rules.reckoned(None, NOW, NOW) is None


class TestMaySave:
    @given(st.integers(-20, 20), st.none() | st.integers(0, 20), st.none() | st.integers(-20, 20))
    def test_late_answers_need_a_grace_that_runs_and_a_time_before_the_deadline(self, late, grace, given):
        now = NOW + timedelta(minutes=late)
        until = None if grace is None else NOW + timedelta(minutes=grace)
        given_at = None if given is None else NOW + timedelta(minutes=given)
        allowed = late < 0 or bool(grace is not None and late < grace and given is not None and given < 0)
        try:
            rules.check_may_save("open", NOW, 1, 1, now, grace_until=until, given_at=given_at)
        except rules.Closed:
            assert not allowed
        else:
            assert allowed


@pytest.fixture
def site(app, client, library):
    """A browser of 林晓岚 in an exam of twenty minutes, begun at nine, whose page keeps answers."""
    with factories.on_day(DAY):
        with app.app_context(), transaction():
            person_id = factories.person().id
        factories.sign_in(client, person_id)
        begun = client.post(f"/exams/{hall.QUIZ}/attempts", data={"ready": "1", "keeps": "1"})
        yield app, client, int(begun.location.split("/")[2])


def at(minutes: float):
    return clock.frozen(clock.local_instant(DAY, 9) + timedelta(minutes=minutes), everywhere=True)


def send(
    client, attempt: int, *, seq: int, given_after: float | None = None, loaded_after: float = 0, position: int = 1
):
    sent = {"position": position, "epoch": 1, "seq": seq, "chosen": ["A"]}
    if given_after is not None:
        loaded = clock.local_instant(DAY, 9) + timedelta(minutes=loaded_after)
        sent |= {"loaded": round(loaded.timestamp() * 1000), "elapsed": round((given_after - loaded_after) * 60_000)}
    return client.post(f"/attempts/{attempt}/answers", json=sent)


class TestLateAnswers:
    def test_given_before_and_received_in_the_grace_it_counts_and_is_marked(self, site):
        app, client, attempt = site
        with at(25):
            told = send(client, attempt, seq=1, given_after=19.5)
            assert (told.status_code, told.json["late"], told.json["left"]) == (200, True, 0)
        with app.app_context():
            kept = db.session.scalars(select(Answer)).one()
            assert (kept.given_at, kept.saved_at) == (NOW - timedelta(minutes=40.5), NOW - timedelta(minutes=35))
            assert queries.late_answers(attempt, db.session.get(Attempt, attempt).deadline_at) == 1

    @pytest.mark.parametrize(
        ("minute", "given_after", "loaded_after"),
        [(25, None, 0), (25, 20.1, 0), (25, 26, 0), (31, 19, 0), (25, 19, 24), (25, -1, 0)],
        ids=["no stamp", "given after", "given later than now", "after the grace", "a page of later", "backwards"],
    )
    def test_what_came_too_late_or_cannot_be_true_is_refused(self, site, minute, given_after, loaded_after):
        app, client, attempt = site
        with at(minute):
            told = send(client, attempt, seq=1, given_after=given_after, loaded_after=loaded_after)
        assert (told.status_code, told.json["state"]) == (409, "closed")
        with app.app_context():
            assert db.session.scalars(select(Answer)).all() == []

    def test_a_stamp_from_before_the_last_save_is_refused(self, site):
        _app, client, attempt = site
        with at(12):
            assert send(client, attempt, seq=1, given_after=12).status_code == 200
        with at(22):
            assert send(client, attempt, seq=2, given_after=11).status_code == 409
            assert send(client, attempt, seq=2, given_after=13).status_code == 200

    def test_a_queue_comes_in_its_order_and_the_same_again_is_kept_once(self, site):
        app, client, attempt = site
        with at(12):
            assert send(client, attempt, seq=1, given_after=10).status_code == 200
        with at(22):  # the first arrived late for its stamp, the second was given before that arrival
            for _ in range(2):
                assert send(client, attempt, seq=2, position=2, given_after=11).status_code == 200
        with app.app_context():
            assert len(db.session.scalars(select(Answer)).all()) == 2

    def test_before_the_deadline_a_wild_stamp_loses_nothing(self, site):
        app, client, attempt = site
        with at(5):
            assert send(client, attempt, seq=1, given_after=900).status_code == 200
            sent = {"position": 2, "epoch": 1, "seq": 2, "chosen": ["A"], "loaded": "x", "elapsed": 2**80}
            assert client.post(f"/attempts/{attempt}/answers", json=sent).status_code == 200
        with app.app_context():
            assert [one.given_at for one in db.session.scalars(select(Answer))] == [None, None]

    def test_the_hand_in_waits_for_the_grace_and_no_longer(self, site):
        app, client, attempt = site
        with at(29), app.app_context():
            assert sweep.hand_in_due() == 0
        with at(29):
            page = client.get(f"/attempts/{attempt}/q/1").get_data(as_text=True)
            assert "等待补传" in page
            assert "09:30" in page
            assert send(client, attempt, seq=1, given_after=19).status_code == 200
            assert "1 个答案是截止前断网时作答、截止后补传的" in client.get(f"/attempts/{attempt}/check").get_data(
                as_text=True
            )
        with at(30), app.app_context():
            assert sweep.hand_in_due() == 1
            found = db.session.get(Attempt, attempt)
            assert (found.handed_in_by, found.handed_in_at) == (HandedInBy.deadline, found.deadline_at)
            assert {item.position for item in queries.result(attempt).items if item.value} == {1}
        with at(31):
            page = client.get(f"/attempts/{attempt}/result").get_data(as_text=True)
            assert "1 个答案在截止后补传" in page

    def test_one_may_hand_in_at_once(self, site):
        app, client, attempt = site
        with at(21):
            assert client.post(f"/attempts/{attempt}/submission").status_code == 303
        with app.app_context():
            assert db.session.get(Attempt, attempt).status == AttemptStatus.handed_in
        with at(22):
            assert send(client, attempt, seq=1, given_after=19).json["state"] == "closed"

    def test_a_page_that_keeps_nothing_is_handed_in_at_the_deadline(self, app, client, site):
        with app.app_context(), transaction():
            other = factories.person("陈实").id
            number = actions.start(hall.exam(), other, "1").id
        with at(20), app.app_context():
            assert sweep.hand_in_due() == 1
            assert db.session.get(Attempt, number).status == AttemptStatus.handed_in

    def test_moving_the_exam_brings_the_grace_of_the_new_device(self, app, client, site):
        with app.app_context(), transaction():
            person_id = factories.person("陈实").id
            attempt = actions.start(hall.exam(), person_id, "1")
            actions.take_over(attempt, "2", keeps_answers=True)
            assert attempt.grace_until == attempt.deadline_at + timedelta(minutes=10)


class TestExtension:
    def test_it_moves_the_deadline_the_grace_and_what_the_page_is_told(self, site):
        app, client, attempt = site
        with at(5), app.app_context(), transaction():
            actions.extend(db.session.get(Attempt, attempt), 10, "机房断电十分钟", 77)
        with at(21):
            assert client.get(f"/attempts/{attempt}/time").json == {"left": 540, "is_open": True, "is_here": True}
            assert send(client, attempt, seq=1).json["left"] == 540
        with at(39), app.app_context():
            assert sweep.hand_in_due() == 0

    @pytest.mark.parametrize(("minutes", "reason"), [(0, "机房断电"), (121, "机房断电"), (10, "断电")])
    def test_amounts_nobody_means_and_no_reason(self, site, minutes, reason):
        app, _client, attempt = site
        with app.app_context(), pytest.raises(rules.Refused), transaction():
            actions.extend(db.session.get(Attempt, attempt), minutes, reason, 77)

    def test_not_after_the_end(self, site):
        app, client, attempt = site
        client.post(f"/attempts/{attempt}/submission")
        with app.app_context(), pytest.raises(rules.Refused, match="已经结束"), transaction():
            actions.extend(db.session.get(Attempt, attempt), 10, "机房断电十分钟", 77)

    def test_the_clock_of_another_person_is_not_told(self, app, site):
        _app, _client, attempt = site
        with app.app_context(), transaction():
            stranger = factories.person("陈实").id
        browser = app.test_client()
        factories.sign_in(browser, stranger)
        assert browser.get(f"/attempts/{attempt}/time").status_code == 404
