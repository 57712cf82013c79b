"""Rules of sign-in, passwords, codes and roles."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.access import rules
from lms.access.models import ADMINISTRATORS, Role, Scope
from lms.access.passwords import common
from lms.access.rules import PasswordPolicy, Tries
from lms.errors import Refused

pytestmark = pytest.mark.no_database

NOW = datetime(2026, 11, 24, 1, 0, 20, tzinfo=UTC)
POLICY = PasswordPolicy()


class TestLockOut:
    def test_the_first_failure_leaves_four_tries(self):
        tries = rules.after_failure(Tries(), NOW, 5, 30)
        assert str(rules.failure(tries, NOW, 5)) == "工号或密码不对，还可以试 4 次"

    def test_the_fifth_failure_locks_for_thirty_minutes_and_says_so(self):
        tries = rules.after_failure(Tries(4), NOW, 5, 30)
        assert rules.is_locked(tries, NOW + timedelta(minutes=30))
        assert not rules.is_locked(tries, NOW + timedelta(minutes=31))
        assert "锁定 30 分钟" in str(rules.failure(tries, NOW, 5))

    def test_after_the_lock_the_count_begins_anew(self):
        locked = rules.after_failure(Tries(4), NOW, 5, 30)
        assert rules.after_failure(locked, NOW + timedelta(minutes=32), 5, 30) == Tries(1)

    @given(st.lists(st.integers(0, 600), max_size=40), st.integers(1, 8), st.integers(1, 60))
    def test_no_more_than_the_limit_of_tries_in_any_lock_time(self, gaps, limit, minutes):
        """However failures are spread, between two locks there are `limit` of them, and a lock lasts its full time."""
        tries, now, counted = Tries(), NOW, 0
        for gap in gaps:
            now += timedelta(seconds=gap)
            was_locked = rules.is_locked(tries, now)
            after = rules.after_failure(tries, now, limit, minutes)
            if was_locked:
                assert after == tries
                continue
            counted = 1 if tries.locked_until else counted + 1
            assert after.failures == counted <= limit
            assert (after.locked_until is not None) == (counted == limit)
            if after.locked_until:
                assert timedelta(minutes=minutes) <= after.locked_until - now <= timedelta(minutes=minutes + 1)
            tries = after


class TestPasswords:
    def check(self, password, numbers=("A1108",)):
        rules.check_password(password, POLICY, numbers, common())

    def test_a_long_mixed_one_is_taken(self):
        self.check("Qing-Shan-2026")
        self.check("青山绿水常在 Aa1")

    @pytest.mark.parametrize(
        ("password", "why"),
        [
            ("Ab1-short", "至少要 10 个"),
            ("alllowercase1", "再加一类"),
            ("Xy-a1108-zZ9", "你的工号"),
            ("Password@12345", "太常见"),
            ("1qaz2WSX!!!!", "太常见"),
            ("Aa1Aa1Aa1Aa1", "重复"),
            ("Aa1-" * 40, "最多"),
        ],
    )
    def test_a_weak_one_is_refused_with_the_reason(self, password, why):
        with pytest.raises(Refused) as refused:
            self.check(password)
        assert why in str(refused.value)

    def test_one_used_before_is_refused(self):
        rules.check_not_used_before(False, 5)
        with pytest.raises(Refused):
            rules.check_not_used_before(True, 5)

    @given(st.text(max_size=140))
    def test_whatever_is_taken_keeps_every_rule(self, password):
        try:
            self.check(password)
        except Refused as refused:
            assert str(refused)
        else:
            assert POLICY.min_length <= len(password) <= rules.PASSWORD_MAX_LENGTH
            assert rules.character_classes(password) >= POLICY.classes
            assert "a1108" not in password.casefold()
            assert password.casefold() not in common()

    def test_every_rule_stands_before_the_field(self):
        told = [text.format(**values) for text, values in rules.password_rules(POLICY)]
        assert told[0] == "至少 10 个字符"
        assert len(told) == 4


class TestCodesAndNumbers:
    def test_a_number_is_read_as_people_type_it(self):
        assert rules.normal_number(" ａ１１０8 ") == "A1108"

    def test_a_code_is_read_with_or_without_dashes(self):
        assert rules.normal_code("abcd-efgh 2345") == "ABCDEFGH2345"
        assert rules.shown_code("ABCDEFGH2345") == "ABCD-EFGH-2345"

    def test_a_code_holds_once_and_until_it_expires(self):
        later = NOW + timedelta(days=1)
        rules.check_code(True, later, None, NOW)
        for known, expires, used in ((False, later, None), (True, later, NOW), (True, NOW, None), (True, None, None)):
            with pytest.raises(Refused):
                rules.check_code(known, expires, used, NOW)

    @pytest.mark.parametrize("path", ["/", "/lessons/c1?p=2", "/搜索?q=食品"])
    def test_a_path_of_ours_is_followed(self, path):
        assert rules.local_path(path) == path

    @pytest.mark.parametrize(
        "path",
        [None, "", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "/ /x"],
    )
    def test_another_site_is_not(self, path):
        assert rules.local_path(path) == "/"

    def test_a_browser_is_named_in_a_few_words(self):
        agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36"
        assert rules.device_words(agent) == "Chrome · Windows"
        assert rules.device_words("") == "未知设备"
        assert rules.device_words("curl/8.1") == "curl"


class TestRoles:
    @pytest.mark.parametrize("first", sorted(ADMINISTRATORS))
    def test_an_administrator_holds_nothing_else_but_learner(self, first):
        for other in Role:
            if other == Role.learner:
                rules.check_roles([first], other)
                rules.check_roles([other], first)
            else:
                with pytest.raises(Refused):
                    rules.check_roles([first], other)
                with pytest.raises(Refused):
                    rules.check_roles([other], first)

    def test_business_roles_go_together(self):
        rules.check_roles([Role.learner, Role.trainer], Role.hr)

    def test_scopes_name_what_they_cover(self):
        rules.check_scope(Role.hr, Scope.all, None, None)
        rules.check_scope(Role.line_leader, Scope.own_unit, 3, None)
        rules.check_scope(Role.hr, Scope.own_vendor, None, 4)
        for role, scope in ((Role.hr, Scope.own_unit), (Role.hr, Scope.own_vendor), (Role.audit_admin, Scope.own_unit)):
            with pytest.raises(Refused):
                rules.check_scope(role, scope, None, None)

    def test_nobody_changes_their_own_and_the_last_security_administrator_stays(self):
        rules.check_not_self(1, 2)
        rules.check_may_end(Role.security_admin, 2)
        rules.check_may_end(Role.hr, 1)
        with pytest.raises(Refused):
            rules.check_not_self(1, 1)
        with pytest.raises(Refused):
            rules.check_may_end(Role.security_admin, 1)

    @pytest.mark.parametrize(
        ("issuer", "target", "may"),
        [
            ("line_leader", Role.learner, True), ("line_leader", Role.trainer, True), ("line_leader", Role.hr, False),
            ("line_leader", Role.line_leader, False), ("line_leader", Role.security_admin, False),
            ("hr", Role.line_leader, True), ("hr", Role.hr, False), ("hr", Role.committee, False),
            ("hr", Role.system_admin, False), ("security_admin", Role.hr, True), ("trainer", Role.learner, False),
        ],
    )  # fmt: skip
    def test_a_code_never_goes_up_the_ladder(self, issuer, target, may):
        assert rules.may_issue([issuer], [target], is_self=False) is may
        assert not rules.may_issue([issuer], [target], is_self=True)

    def test_set_up_needs_two_people(self):
        rules.check_two_people("A1", "A2", "甲", "乙")
        for numbers, names in ((("A1", "A1"), ("甲", "乙")), (("A1", "A2"), ("甲", "甲"))):
            with pytest.raises(Refused):
                rules.check_two_people(*numbers, *names)
