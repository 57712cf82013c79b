"""The shell: who may come in, what errors say, headers, compression, slots, links, words and the journal."""

import gzip
import io
import json
import logging
import os
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask, flash, g, request
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from lms import sqlite
from lms.access import queries
from lms.db import db, transaction
from lms.errors import Refused
from lms.operations import migrating
from lms.web import assets, compression, guards, languages, links, shell, slots
from lms.web.guards import needs, public
from lms.web.journal import JsonFormatter
from lms.web.links import Target
from lms.web.slots import Card
from tests import databases, factories
from wsgi import create_app

pytestmark = pytest.mark.own_database
HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}
LOCKED, READ_ONLY, FULL = "database is locked", "attempt to write a readonly database", "database or disk is full"


def hello() -> str:
    return "hello"


def promise() -> str:
    flash("已经保存")
    raise Refused("没有保存成。")


def refuse() -> str:
    raise Refused("本月名额 {n} 人，已经满了。", n=3)


def fail() -> str:
    raise ZeroDivisionError("secret detail")


def database_fault() -> str:
    raise OperationalError("UPDATE x", {}, Exception(request.args["words"]))


def touch() -> str:
    return str(db.session.scalar(select(1)))


def big() -> str:
    return str(len(request.form))


def short() -> str:
    return "x" * 100


def mine() -> str:
    return "mine"


def staff_only() -> str:
    return "desk"


def journals(logger: logging.Logger) -> list[logging.Handler]:
    """The handlers that are ours; pytest adds its own."""
    return [handler for handler in logger.handlers if isinstance(handler.formatter, JsonFormatter)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The application as it is served (not in testing mode), with a few views more."""
    data = tmp_path_factory.mktemp("web")
    url = databases.fresh_postgres() if databases.wanted() == "postgres" else ""
    logger = logging.getLogger("lms")
    before = (journals(logger), logger.level, logger.propagate)
    app = create_app(data_dir=data, database_url=url, secret_key="t" * 40, public_url="https://learn.example.test")
    for address, view in {
        "/t/hello": public(hello),
        "/t/refuse": public(refuse),
        "/t/promise": public(promise),
        "/t/fail": public(fail),
        "/t/database": public(database_fault),
        "/t/touch": public(touch),
        "/t/big": public(big),
        "/t/short": public(short),
        "/t/mine": mine,
        "/t/staff": needs("trainer", "hr")(staff_only),
    }.items():
        app.add_url_rule(address, "t_" + address[3:], view, methods=["GET", "POST"])
    with app.app_context():
        migrating.upgrade()
        with transaction():
            app.lin = factories.person("林晓岚").id
            app.zhou = factories.person("周敏", roles=["trainer"]).id
            app.root = factories.person("赵根", roles=["system_admin"]).id
    yield app
    app.extensions["jobs"].huey.storage.close()
    with app.app_context():
        db.engine.dispose()
    logger.handlers[:], logger.level, logger.propagate = before
    if url:
        databases.drop_postgres(url)


@pytest.fixture
def stranger(site: Flask):
    return site.test_client()


@pytest.fixture
def signed_in(site: Flask):
    def as_one(person_id: int):
        client = site.test_client()
        factories.sign_in(client, person_id)
        return client

    return as_one


@pytest.fixture
def log(site: Flask):
    """What the journal writes during the test, a list of JSON lines when called."""
    stream = io.StringIO()
    (handler,) = journals(logging.getLogger("lms"))
    before = handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    handler.setStream(before)


class TestOrigin:
    @pytest.mark.parametrize("where", ["cross-site", "same-site"])
    def test_a_browser_that_says_another_site_is_refused_in_words(self, stranger, where):
        answer = stranger.post("/t/hello", headers={"Sec-Fetch-Site": where, **HTML})
        assert answer.status_code == 403
        assert "这个请求不是从本站页面发出的" in answer.text

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://learn.example.test.evil.example"])
    def test_another_origin_is_refused(self, stranger, origin):
        answer = stranger.post("/t/hello", headers={"Origin": origin, **HTML})
        assert answer.status_code == 403
        assert "这个请求不是从本站页面发出的" in answer.text

    def test_the_fetch_header_counts_more_than_a_matching_origin(self, stranger):
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://learn.example.test"}
        assert stranger.post("/t/hello", headers=headers).status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "none"},
            {"Origin": "http://localhost"},
            {"Origin": "https://learn.example.test"},
            {},
        ],
    )
    def test_our_own_pages_and_plain_clients_pass(self, stranger, headers):
        assert stranger.post("/t/hello", headers=headers).text == "hello"

    def test_reading_from_a_link_elsewhere_is_no_fault(self, stranger):
        assert stranger.get("/t/hello", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


class TestSignedOut:
    def test_a_page_leads_to_sign_in_and_keeps_the_way_back(self, stranger):
        answer = stranger.get("/t/mine?a=1&b=二", headers=HTML)
        assert answer.status_code == 303
        assert answer.location == "/login?next=/t/mine?a%3D1%26b%3D%E4%BA%8C"

    def test_the_front_page_needs_no_way_back(self, stranger):
        assert stranger.get("/", headers=HTML).location == "/login"

    @pytest.mark.parametrize(
        ("method", "headers"), [("POST", HTML), ("GET", {"HX-Request": "true", **HTML}), ("GET", JSON)]
    )
    def test_what_cannot_be_redirected_is_401(self, stranger, method, headers):
        assert stranger.open("/t/mine", method=method, headers=headers).status_code == 401

    def test_a_forged_cookie_is_nobody(self, stranger):
        stranger.set_cookie("hotline_session", "x" * 43)
        assert stranger.post("/t/mine").status_code == 401


class TestRoles:
    def test_others_get_403_and_those_named_come_in(self, site, signed_in):
        refused = signed_in(site.lin).get("/t/staff", headers=HTML)
        assert refused.status_code == 403
        assert "你没有权限查看或操作这一页。" in refused.text
        assert signed_in(site.zhou).get("/t/staff").text == "desk"

    def test_may_see_but_not_do_is_403_and_may_not_see_is_404(self, site):
        with site.test_request_context():
            for seen, status in ((True, 403), (False, 404)):
                with pytest.raises(Exception, match=str(status)):
                    guards.allow(False, seen=seen)
            guards.allow(True)
            with pytest.raises(Exception, match="404"):
                guards.found(None)
            assert guards.found(0) == 0

    def test_a_stranger_reaches_nothing(self, site):
        with site.test_request_context():
            assert guards.reaches("system_admin") == ()


class TestErrors:
    def test_a_rule_that_says_no_is_409_with_its_sentence_filled_in(self, stranger):
        answer = stranger.get("/t/refuse", headers=HTML)
        assert answer.status_code == 409
        assert "本月名额 3 人，已经满了。" in answer.text
        assert "<html" in answer.text

    @pytest.mark.parametrize("ask", [{"headers": JSON}, {"json": {}}])
    def test_the_same_as_json(self, stranger, ask):
        answer = stranger.post("/t/refuse", **ask)
        assert answer.status_code == 409
        assert answer.json["sentence"] == "本月名额 3 人，已经满了。"
        assert answer.json["todo"]

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (LOCKED, "现在保存的人很多"),
            ("canceling statement due to lock timeout", "现在保存的人很多"),
            (READ_ONLY, "数据库现在只能读"),
            ("cannot execute UPDATE in a read-only transaction", "数据库现在只能读"),
            (FULL, "服务器磁盘满了"),
            ("connection refused", "数据库暂时连不上"),
        ],
    )
    def test_a_database_in_trouble_is_503_in_plain_words(self, stranger, log, words, sentence):
        answer = stranger.post("/t/database", query_string={"words": words}, headers=HTML)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert sentence in answer.text
        assert words not in answer.text
        reference = next(line["message"].split()[0] for line in log() if line["logger"] == "lms.errors")
        assert reference in answer.text

    def test_a_real_lock_is_told_the_same_way(self, site, stranger, monkeypatch):
        if databases.wanted() == "postgres":
            pytest.skip("SQLite's own lock")
        monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
        with site.app_context():
            engine = db.engine
        engine.dispose()  # so that new connections wait no longer than that
        with engine.begin():
            answer = stranger.post("/t/touch", headers=HTML)
        engine.dispose()
        assert answer.status_code == 503
        assert "现在保存的人很多" in answer.text

    def test_a_fault_of_ours_is_500_with_a_reference_that_the_log_explains(self, stranger, log):
        answer = stranger.get("/t/fail", headers=HTML)
        assert answer.status_code == 500
        assert "secret detail" not in answer.text
        line = next(line for line in log() if line["logger"] == "lms.errors")
        reference = line["message"].split()[0]
        assert reference.startswith("E-")
        assert reference in answer.text
        assert "ZeroDivisionError: secret detail" in line["error"]
        assert "GET /t/fail" in line["message"]

    def test_nothing_there_is_404(self, stranger, site, signed_in):
        answer = signed_in(site.lin).get("/no/such/page", headers=HTML)
        assert answer.status_code == 404
        assert "没有找到这一页" in answer.text
        assert stranger.get("/static/none.css").status_code == 404

    def test_a_number_that_no_database_can_hold_is_400(self, site, signed_in):
        client = signed_in(site.root)
        answer = client.get("/jobs/99999999999999999999999", headers=HTML)
        assert answer.status_code == 400
        assert "这个请求看不懂" in answer.text

    def test_a_wrong_method_is_405(self, stranger):
        assert "不支持这种操作" in stranger.get("/preferences", headers=HTML).text

    def test_too_much_is_413_and_says_that_nothing_was_saved(self, stranger):
        answer = stranger.post("/t/big", data={"a": "x" * (17 * 1024 * 1024)}, headers=HTML)
        assert answer.status_code == 413
        assert "没有保存" in answer.text


class TestHeaders:
    @pytest.mark.parametrize(
        "address",
        [
            "/login", "/healthz", "/readyz", "/static/app.css", "/static/none.css", "/no/page", "/t/refuse", "/t/fail",
            "/t/database?words=x", "/t/mine",
        ],
    )  # fmt: skip
    def test_every_kind_of_answer_carries_the_strict_policy(self, stranger, address):
        with stranger.get(address) as answer:
            self.check(answer)

    @pytest.mark.parametrize("address", ["/", "/desk", "/admin/", "/admin/unit/", "/admin/no-such/"])
    def test_so_do_the_pages_of_the_administrator(self, site, signed_in, address):
        self.check(signed_in(site.root).get(address))

    def test_and_a_refused_cross_site_request(self, stranger):
        self.check(stranger.post("/t/hello", headers={"Sec-Fetch-Site": "cross-site"}))

    @staticmethod
    def check(answer) -> None:
        said = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
        assert said["default-src"] == "'none'"
        assert said["base-uri"] == "'none'"
        assert said["frame-ancestors"] == "'self'"
        for kind in ("script-src", "style-src"):
            rest = [word for word in said[kind].split() if not word.startswith("'nonce-")]
            assert rest == ["'self'"], kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"

    def test_pages_of_signed_in_people_are_kept_nowhere(self, site, signed_in):
        assert signed_in(site.lin).get("/t/hello").headers["Cache-Control"] == "no-store"

    def test_other_pages_are_asked_for_again(self, stranger):
        assert stranger.get("/t/hello").headers["Cache-Control"] == "private, no-cache"

    def test_two_nonces_are_never_the_same(self, site):
        seen = set()
        for _ in range(2):
            with site.test_request_context():
                seen.add(site.jinja_env.globals["csp_nonce"]())
        assert len(seen) == 2


class TestCompression:
    @pytest.mark.parametrize("asked", ["gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.5"])
    def test_a_browser_that_takes_it_gets_the_same_page_packed(self, stranger, asked):
        plain = stranger.get("/login")
        packed = stranger.get("/login", headers={"Accept-Encoding": asked})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) == packed.content_length < len(plain.data) / 2

    @pytest.mark.parametrize("asked", ["", "br", "identity", "gzip;q=0", "br, gzip;q=0.0"])
    def test_a_client_that_does_not_ask_gets_it_plain(self, stranger, asked):
        answer = stranger.get("/login", headers={"Accept-Encoding": asked})
        assert "Content-Encoding" not in answer.headers
        assert "<html" in answer.text

    def test_static_text_is_packed_once_and_whole(self, stranger):
        compression._packed_file.cache_clear()
        for _ in range(2):
            answer = stranger.get("/static/app.css", headers={"Accept-Encoding": "gzip"})
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "Accept-Encoding" in answer.headers["Vary"]
            assert gzip.decompress(answer.data) == (assets.STATIC / "app.css").read_bytes()
        assert compression._packed_file.cache_info()[:2] == (1, 1)

    def test_error_pages_are_packed_too(self, stranger):
        answer = stranger.get("/t/refuse", headers={"Accept-Encoding": "gzip", **HTML})
        assert answer.status_code == 409
        assert "本月名额 3 人" in gzip.decompress(answer.data).decode()

    def test_what_is_short_stays_plain(self, stranger):
        assert "Content-Encoding" not in stranger.get("/t/short", headers={"Accept-Encoding": "gzip"}).headers

    def test_a_browser_that_has_the_file_gets_304_without_a_body(self, stranger):
        with stranger.get("/static/app.css", headers={"Accept-Encoding": "gzip"}) as first:
            tag = first.headers["ETag"]
        with stranger.get("/static/app.css", headers={"Accept-Encoding": "gzip", "If-None-Match": tag}) as again:
            assert (again.status_code, again.data) == (304, b"")


class TestAssets:
    def test_an_address_changes_with_the_content(self, site, tmp_path, monkeypatch):
        monkeypatch.setattr(assets, "STATIC", tmp_path)
        monkeypatch.setattr(assets, "FRESH_SECONDS", 0.0)
        seen = set()
        for content, at in (("a{}", 1000), ("b{}", 2000)):
            path = tmp_path / "x.css"
            path.write_text(content)
            os.utime(path, (at, at))
            with site.test_request_context():
                seen.add(assets.asset("x.css"))
        assert len(seen) == 2
        assert all(address.startswith("/static/x.css?v=") for address in seen)

    def test_a_missing_file_keeps_its_plain_address(self, site):
        with site.test_request_context():
            assert assets.asset("none.css") == "/static/none.css"

    def test_browsers_keep_them_a_year(self, stranger):
        with stranger.get("/static/app.css") as answer:
            assert "max-age=31536000" in answer.headers["Cache-Control"]


class TestSlots:
    @pytest.fixture
    def place(self, site):
        with site.app_context():
            yield lambda filler: slots.fill(site, "t_slot", filler)
        site.extensions["slots"].pop("t_slot", None)

    def test_one_value_a_list_and_nothing_all_count(self, place):
        for filler in (lambda: 1, lambda: None, lambda: [2, 3], lambda: (), lambda: 0):
            place(filler)
        assert list(slots.gather("t_slot")) == [1, 2, 3, 0]

    def test_fillers_get_what_the_owner_passes(self, place):
        place(lambda who, extra: (who, extra))
        assert list(slots.gather("t_slot", "林", extra=2)) == ["林", 2]

    def test_cards_stand_in_their_order_and_equals_as_they_came(self, place):
        place(lambda: [Card("c.html", order=90), Card("b.html")])
        place(lambda: Card("a.html", order=10))
        place(lambda: Card("b2.html"))
        assert [card.template for card in slots.cards("t_slot")] == ["a.html", "b.html", "b2.html", "c.html"]

    def test_a_place_that_nobody_fills_is_empty(self, site):
        with site.app_context():
            assert slots.cards("nobody") == []

    def test_navigation_shows_what_the_roles_reach(self, site, signed_in):
        learner, trainer = signed_in(site.lin).get("/policies").text, signed_in(site.zhou).get("/desk").text
        assert 'href="/desk"' not in learner
        assert 'href="/desk"' in trainer


class TestLinks:
    @pytest.fixture(autouse=True)
    def within(self, site):
        links.register(site, "t_thing", "东西", lambda ref: Target("一件", "/t/1") if ref == "1" else None)
        with site.test_request_context():
            yield
        del site.extensions["links"]["t_thing"]

    def test_a_known_thing_has_words_and_an_address(self):
        assert links.target("t_thing", 1) == Target("一件", "/t/1")

    def test_a_thing_that_is_gone_keeps_the_word_of_its_kind(self):
        assert links.target("t_thing", 2) == Target("东西 2", None)

    def test_an_unknown_kind_is_named_without_an_address(self):
        assert links.target("mystery", "9") == Target("mystery 9", None)
        assert links.kind_label("mystery") == "mystery"


class TestWords:
    INSTANT = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)  # already the 25th in Shanghai

    @pytest.fixture
    def filters(self, site):
        return site.jinja_env.filters

    @pytest.fixture(params=["zh", "en"])
    def language(self, site, request):
        with site.test_request_context(headers={"Cookie": f"locale={request.param}"}):
            languages.locale()
            yield request.param

    def test_days(self, filters, language):
        day = date(2026, 3, 5)
        expected = {"zh": ("2026 年 3 月 5 日", "3 月 5 日"), "en": ("5 Mar 2026", "5 Mar")}[language]
        assert (filters["day"](day), filters["day"](day, year=False)) == expected
        assert filters["day"](None) == ""

    def test_moments_are_local(self, filters, language):
        expected = {"zh": "11 月 25 日 00:05", "en": "25 Nov 00:05"}[language]
        assert filters["moment"](self.INSTANT) == expected
        assert "2026" in filters["moment"](self.INSTANT, year=True)
        assert filters["moment"](None) == ""
        assert filters["local"](self.INSTANT, "%Y-%m-%d %H:%M") == "2026-11-25 00:05"

    @pytest.mark.parametrize(
        ("value", "places", "words"),
        [
            (Decimal("12.5000"), None, "12.5"),
            (Decimal("12.0000"), None, "12"),
            (Decimal(100), None, "100"),
            (Decimal("1E+2"), None, "100"),
            (0, None, "0"),
            (0.5, None, "0.5"),
            (1234, None, "1234"),
            (Decimal("3.14159"), 2, "3.14"),
            (7, 1, "7.0"),
            (None, None, "—"),
            (None, 2, "—"),
        ],
    )
    def test_numbers_have_no_idle_zeros(self, filters, value, places, words):
        assert filters["number"](value, places) == words


class TestLanguages:
    @pytest.mark.parametrize(("cookie", "lang"), [(None, "zh-CN"), ("zh", "zh-CN"), ("en", "en"), ("fr", "zh-CN")])
    def test_before_sign_in_the_browser_says_which(self, stranger, cookie, lang):
        if cookie:
            stranger.set_cookie("locale", cookie)
        assert f'<html lang="{lang}"' in stranger.get("/login").text

    def test_the_persons_choice_counts_more_than_the_browsers(self, site, signed_in):
        client = signed_in(site.lin)
        client.set_cookie("locale", "zh")
        for choice, lang in (("en", "en"), ("zh", "zh-CN")):
            with site.app_context(), transaction():
                queries.account_of(site.lin).locale = choice
            assert f'<html lang="{lang}"' in client.get("/policies").text

    def test_an_english_reader_meets_english_sentences(self, stranger):
        stranger.set_cookie("locale", "en")
        text = stranger.get("/no/page", headers=HTML).text
        assert "没有找到这一页" not in text

    def test_outside_a_request_it_is_chinese(self, site):
        with site.app_context():
            assert languages.locale() == "zh_Hans_CN"
            assert "locale" not in g


class TestJournal:
    def test_a_request_is_one_json_line(self, site, signed_in, log):
        signed_in(site.lin).get("/t/hello?q=身份证")
        (line,) = log()
        assert line.pop("ms") >= 0
        assert datetime.fromisoformat(line.pop("at")).tzinfo is not None
        assert line == {
            "level": "INFO",
            "logger": "lms.access",
            "message": "request",
            "method": "GET",
            "path": "/t/hello",  # the query may hold what somebody looked for
            "status": 200,
            "person": site.lin,
            "address": "127.0.0.1",
        }

    def test_a_stranger_is_nobody_and_refusals_are_noted(self, stranger, log):
        stranger.post("/t/hello", headers={"Origin": "https://evil.example"})
        (line,) = log()
        assert (line["status"], line["person"]) == (403, None)

    @pytest.mark.parametrize("address", ["/healthz", "/readyz", "/static/app.css"])
    def test_probes_and_static_files_make_no_noise(self, stranger, log, address):
        stranger.get(address).close()
        assert log() == []


def test_the_shell_knows_nobody_before_sign_in(site):
    with site.test_request_context():
        g.person = None
        values = shell.context()
        assert (values["person"], values["nav"](), values["rail"](), values["unread"]) == (None, [], [], 0)


class TestFlashes:
    def test_an_error_page_does_not_repeat_a_success_that_was_undone(self, stranger):
        page = stranger.post("/t/promise", headers={"Sec-Fetch-Site": "same-origin", **HTML})
        assert page.status_code == 409
        assert "没有保存成。" in page.text
        assert "已经保存" not in page.text
        assert "已经保存" not in stranger.get("/login").text
