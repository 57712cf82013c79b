"""Loading the library beside what people did on the page: nothing of theirs is lost."""

import pytest

from assessments.bank import queries
from lms.db import transaction
from tests.assessments import hall
from tests.assessments.attempts.test_pages import another, text
from tests.assessments.bank.test_editing_pages import BANK, in_review, save, state, step


@pytest.fixture
def pair(app, folder):
    return another(app, "顾明远", roles=("trainer",))[0], another(app, "周敏", roles=("trainer",))[0]


def reload(app, folder, old="", new=""):
    path = folder / "T1/questions.md"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with app.app_context(), transaction():
        hall.load(folder)


def stem(app, code):
    with app.app_context(), transaction(writes=False):
        return queries.question(code).current.stem_text


def test_a_question_nobody_touched_follows_the_file(app, folder, pair):
    reload(app, folder, "t1-s1 的题干", "文件里的新题干")
    assert stem(app, "t1-s1") == "文件里的新题干？"


def test_a_question_written_on_the_page_stays_and_the_file_is_offered(app, folder, pair):
    mine, theirs = pair
    in_review(app, mine)
    step(app, theirs, "t1-s1", "publish")
    reload(app, folder)
    assert stem(app, "t1-s1") == "新的题干？"
    reload(app, folder, "t1-s1 的题干", "文件里的新题干")
    assert stem(app, "t1-s1") == "新的题干？"
    assert "文件里的新题干" in text(mine, f"{BANK}/t1-s1")
    assert "t1-s1" in text(mine, f"{BANK}?state=library")
    assert step(app, mine, "t1-s1", "library").status_code == 303
    assert save(app, mine, "t1-s1", "send").status_code == 303
    step(app, theirs, "t1-s1", "publish")
    assert stem(app, "t1-s1") == "文件里的新题干？"
    reload(app, folder, "文件里的新题干", "文件又改了")
    assert stem(app, "t1-s1") == "文件又改了？"


def test_a_draft_under_way_and_a_retirement_with_a_reason_stay(app, folder, pair):
    mine, _ = pair
    save(app, mine, "t1-s1", stem="正在写？")
    step(app, mine, "t1-s2", "retire", words="过时")
    reload(app, folder, "的题干", "的新题干")
    assert state(app, "t1-s1") == ("draft", 1)
    with app.app_context(), transaction(writes=False):
        assert queries.question("t1-s2").is_retired
    assert step(app, mine, "t1-s1", "ignore").status_code == 303
    assert "不采用" not in text(mine, f"{BANK}/t1-s1")


def test_questions_born_on_the_page_are_none_of_the_file(app, folder, pair):
    mine, _ = pair
    mine.post(f"{BANK}/t1-m1/copy")
    reload(app, folder)
    assert state(app, "t1-w001") == ("draft", None)


def test_a_question_gone_from_the_file_is_retired_unless_somebody_wrote_it(app, folder, pair):
    mine, _ = pair
    save(app, mine, "t1-s1", stem="正在写？")
    path = folder / "T1/questions.md"
    text_before = path.read_text(encoding="utf-8")
    parts = text_before.split("## ")
    path.write_text("## ".join(part for part in parts if not part.startswith(("t1-s5", "t1-s1 "))), encoding="utf-8")
    with app.app_context(), transaction():
        hall.load(folder)
    with app.app_context(), transaction(writes=False):
        assert [queries.question(code).is_retired for code in ("t1-s1", "t1-s5")] == [False, True]
    path.write_text(text_before, encoding="utf-8")
    reload(app, folder)
    with app.app_context(), transaction(writes=False):
        assert not queries.question("t1-s5").is_retired
