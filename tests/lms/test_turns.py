"""Requests of one process go in one after the other, and whoever stays long or steps aside keeps nobody out."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest

from lms import turns
from lms.access import passwords
from lms.turns import Gate

LONG = 30.0  # seconds: no test waits for it


def test_nobody_is_inside_beside_another_and_all_get_through():
    gate, inside, most, done = Gate(1, LONG), [0], [0], []

    def work(n: int) -> None:
        with gate.turn():
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.001)
            done.append(n)
            inside[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(80)))
    assert most == [1]
    assert sorted(done) == list(range(80))


def test_they_go_in_as_they_came():
    gate, order = Gate(1, LONG), []

    def work(n: int) -> None:
        with gate.turn():
            order.append(n)

    threads = []
    with gate.turn():
        for n in range(6):
            threads.append(threading.Thread(target=work, args=(n,)))
            threads[-1].start()
            while len(gate._waiting[False]) <= n:
                time.sleep(0.001)
    for thread in threads:
        thread.join(LONG)
    assert order == list(range(6))


def test_quick_ones_go_first_and_still_let_others_in():
    gate, order = Gate(1, LONG), []
    quick = [f"quick {n}" for n in range(2 * turns.IN_A_ROW + 1)]

    def work(name: str) -> None:
        with gate.turn(is_quick=name in quick):
            order.append(name)

    threads = []
    with gate.turn():
        for n, name in enumerate(["page 1", "page 2", "page 3", *quick], start=1):
            threads.append(threading.Thread(target=work, args=(name,)))
            threads[-1].start()
            while sum(map(len, gate._waiting.values())) < n:
                time.sleep(0.001)
    for thread in threads:
        thread.join(LONG)
    often = turns.IN_A_ROW
    assert order == [*quick[:often], "page 1", *quick[often : 2 * often], "page 2", quick[-1], "page 3"]


def test_who_stays_long_is_overtaken_and_does_not_let_two_in_on_leaving():
    gate, second, third = Gate(1, 0.02), threading.Event(), threading.Event()
    hold = threading.Event()

    def stay(inside: threading.Event) -> None:
        with gate.turn():
            inside.set()
            hold.wait(LONG)

    with gate.turn():
        threading.Thread(target=stay, args=(second,)).start()
        assert second.wait(LONG)  # though the first is still inside
        gate.patience = LONG
        waiting = threading.Thread(target=stay, args=(third,))
        waiting.start()
        while not gate._waiting[False]:
            time.sleep(0.001)
    assert not third.wait(0.05)  # the second is inside and has not been long
    hold.set()
    assert third.wait(LONG)
    waiting.join(LONG)


def test_stepping_aside_lets_the_next_one_in_at_once():
    gate, entered = Gate(1, LONG), threading.Event()

    def go_in() -> None:
        with gate.turn():
            entered.set()

    with gate.turn():
        waiting = threading.Thread(target=go_in)
        waiting.start()
        with gate.aside():
            assert entered.wait(LONG)
    waiting.join(LONG)
    with gate.aside():  # not inside: nothing to give up
        pass


def test_a_fault_inside_gives_the_turn_on():
    gate = Gate(1, LONG)
    with pytest.raises(ValueError, match="x"), gate.turn():
        raise ValueError("x")
    with pytest.raises(ValueError, match="y"), gate.turn(), gate.aside():
        raise ValueError("y")
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: gate.turn().__enter__()).result(LONG) is None


@pytest.fixture
def impatient(monkeypatch):
    """Requests wait as long as it takes, so that a test would hang and not pass by being overtaken."""
    monkeypatch.setattr(turns.requests, "patience", LONG)


def another_is_answered(app) -> bool:
    """Whether a second request gets through now."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: app.test_client().get("/healthz").status_code).result(5) == 200


def test_a_body_that_comes_slowly_keeps_nobody_waiting(app, impatient):
    class Slow(BytesIO):
        answered = False

        def read(self, size: int = -1) -> bytes:
            self.answered = another_is_answered(app)
            return super().read(size)

    body = Slow(b"number=&password=")
    form = "application/x-www-form-urlencoded"
    app.test_client().post(
        "/login", input_stream=body, environ_overrides={"CONTENT_LENGTH": "17"}, content_type=form
    )  # fmt: skip
    assert body.answered


def test_a_password_is_checked_while_others_are_answered(app, impatient, monkeypatch):
    seen = []

    class Hasher:
        def hash(self, _password: str) -> str:
            return "x"

        def verify(self, _hash: str, _password: str) -> bool:
            seen.append(another_is_answered(app))
            return False

    monkeypatch.setattr(passwords, "_hasher", Hasher())
    app.test_client().post("/login", data={"number": "A1108", "password": "x"})
    assert seen == [True]


@pytest.mark.parametrize("length", ["x", "-5", "", "99999999999"])
def test_a_length_that_is_none_does_no_harm(app, length):
    told = app.test_client().post("/login", data={"number": ""}, environ_overrides={"CONTENT_LENGTH": length})
    assert told.status_code in {200, 400, 413, 422}
