"""From draft to published to closed, and what may be done where. Pure."""

from courses.programmes.models import Stage
from lms.errors import Refused

NEXT: dict[Stage, dict[str, Stage]] = {
    Stage.draft: {"publish": Stage.published},
    Stage.published: {"close": Stage.closed},
    Stage.closed: {},
}
WORDS = {Stage.draft: "草稿", Stage.published: "进行中", Stage.closed: "已结束"}
NOT_NOW = {
    Stage.draft: "这项任务还是草稿，先发布。",
    Stage.published: "这项任务已经发布，内容和截止不能再改；个别人可以延期。",
    Stage.closed: "这项任务已经结束，记录都保留，不能再改。",
}


def moved(state: Stage, verb: str) -> Stage:
    """The stage after a verb, or why it cannot be done here."""
    following = NEXT[state].get(verb)
    if following is None:
        raise Refused(NOT_NOW[state])
    return following


def check_may_edit(state: Stage) -> None:
    """Content, audience and deadline are written in a draft."""
    if state is not Stage.draft:
        raise Refused(NOT_NOW[state])


def check_running(state: Stage) -> None:
    """Nudges and extensions belong to a programme that runs."""
    if state is not Stage.published:
        raise Refused(NOT_NOW[state])
