"""The question bank as trainers see it."""

import re

import pytest

from assessments.statistics import sweep
from lms.db import transaction
from lms.policies import actions as policies
from lms.policies import queries as registry
from lms.policies.models import PolicyStatus
from tests.assessments import hall
from tests.assessments.attempts.test_pages import another, later, text

BANK = "/training/questions"


@pytest.fixture
def trainer(app, folder):
    return another(app, "顾明远", roles=("trainer",))[0]


def listed(page: str) -> set[str]:
    return set(re.findall(r'class="qlist__t" href="/training/questions/([a-z0-9-]+)["?]', page))


class TestList:
    @pytest.mark.parametrize(
        ("query", "codes"),
        [
            ("type=multiple", {"t1-m1", "t1-m2", "t1-m3"}),
            ("topic=工单&type=multiple", {"t1-m1", "t1-m2", "t1-m3"}),
            ("q=t1-f1", {"t1-f1"}),
            ("q=s2 的题干", {"t1-s2"}),
            ("course=T9", set()),
            ("difficulty=hard", set()),
            ("state=retired", set()),
            ("type=nonsense&q=t1-n1", {"t1-n1"}),
            ("q=%25", set()),
            ("page=99", set()),
        ],
    )
    def test_filters(self, trainer, query, codes):
        assert listed(text(trainer, f"{BANK}?{query}")) == codes

    def test_everything_in_use_with_its_number(self, trainer):
        page = text(trainer, BANK)
        assert len(listed(page)) == 13
        assert "共 13 道题" in page

    def test_nothing_found_offers_to_clear(self, trainer):
        assert "清除筛选" in text(trainer, f"{BANK}?q=没有这道")

    def test_questions_that_cite_a_lapsed_policy(self, app, tmp_path):
        with app.app_context(), transaction():
            policies.load_registry()
            hall.load(hall.write(tmp_path, basis="GB/T33358-2016#3.6"))
        browser, _ = another(app, "顾明远", roles=("trainer",))
        assert listed(text(browser, f"{BANK}?validity=lapsed")) == set()
        with app.app_context(), transaction():
            for version in registry.document("GB/T33358-2016").versions:
                version.status = PolicyStatus.repealed
        assert listed(text(browser, f"{BANK}?validity=lapsed")) == {f"t1-s{n}" for n in range(1, 7)}
        assert "6 道题引用的政策已失效" in text(browser, "/desk")
        assert "已失效" in text(browser, f"{BANK}/t1-s1")

    def test_its_cost_does_not_grow_with_questions(self, app, trainer, folder, count_queries):
        text(trainer, BANK)
        del count_queries[:]
        text(trainer, BANK)
        few = len(count_queries)
        with app.app_context(), transaction():
            hall.load(hall.write(folder, singles=25))
        del count_queries[:]
        text(trainer, BANK)
        assert len(count_queries) == few


class TestQuestion:
    def test_it_shows_wording_reason_and_versions(self, trainer):
        page = text(trainer, f"{BANK}/t1-m1")
        for words in (
            "t1-m1 的题干",
            "t1-m1 的解析",
            "第 1 版",
            "业务规范（以本地规定为准）",
            "这个版本还没有人作答过",
            "以上都不对",
        ):
            assert words in page

    def test_how_it_was_answered(self, app, trainer):
        _, lin = another(app, "林晓岚")
        _, chen = another(app, "陈实")
        with app.app_context(), transaction():
            hall.sat(lin)
            hall.sat(chen, right=())
        with app.app_context():
            sweep.refresh()
        assert "作答少于 5 次" in text(trainer, f"{BANK}/t1-f1")  # the one that is in every paper
        for name in ("周一一", "吴二二", "郑三三"):
            person_id = another(app, name)[1]
            with app.app_context(), transaction():
                hall.sat(person_id, right=())
        with later(minutes=16), app.app_context():
            sweep.refresh()
        page = text(trainer, f"{BANK}/t1-f1")
        assert "0.20" in page
        assert "n = 5" in page
        assert "n 太小" in page

    def test_a_changed_one_keeps_its_versions(self, app, trainer, folder):
        path = folder / "T1/questions.md"
        path.write_text(path.read_text(encoding="utf-8").replace("t1-n1 的题干", "新题干"), encoding="utf-8")
        with app.app_context(), transaction():
            hall.load(folder)
        page = text(trainer, f"{BANK}/t1-n1")
        assert "第 2 版" in page
        assert "新题干" in page

    def test_one_that_never_was(self, trainer):
        assert trainer.get(f"{BANK}/none").status_code == 404

    def test_its_references_tell_learners_no_wording(self, app, tmp_path):
        with app.app_context(), transaction():
            policies.load_registry()
            hall.load(hall.write(tmp_path, basis="GB/T33358-2016#3.6"))
        learner, _ = another(app, "林晓岚")
        page = text(learner, "/policies/P03")
        assert "t1-s1" in page
        assert "的题干" not in page
