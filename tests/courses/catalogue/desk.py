"""Two trainers at their desks with the small library loaded, for tests of editing."""

from courses.catalogue import queries
from courses.catalogue.actions import drafts
from courses.catalogue.rules import LessonText
from lms.db import transaction
from tests import factories
from tests.courses import shelf

CODE = "t1-step1"
DRAFT = f"/training/lessons/{CODE}/draft"
HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


def furnish(app, folder) -> dict[str, int]:
    """The library with T1, and {name: person id} of two trainers, a unit's trainer and a learner."""
    with app.app_context(), transaction():
        shelf.loaded(folder)
        return {
            "周敏": factories.person("周敏", roles=("trainer",)).id,
            "顾明": factories.person("顾明", roles=("trainer",)).id,
            "分部": factories.person("方芳", roles=("trainer",), scope="own_unit").id,
            "学员": factories.person("林晓岚").id,
        }


def browser(app, person_id: int):
    """A browser of somebody's own."""
    client = app.test_client()
    factories.sign_in(client, person_id)
    return client


def text(extra: str = "", code: str = CODE) -> LessonText:
    """The lesson's present text with something after it."""
    unit = queries.unit(code)
    begun = drafts.begun_text(unit)
    return LessonText(begun.title, begun.title_en, begun.minutes, begun.competencies, begun.source + extra)


def sent(words: LessonText, revision: int = 0, **more) -> dict:
    """The same as a form."""
    return {
        "title": words.title,
        "title_en": words.title_en,
        "minutes": str(words.minutes or ""),
        "competencies": list(words.competencies),
        "source": words.source.replace("\n", "\r\n"),
        "revision": str(revision),
        **more,
    }
