"""What a request may do in a session that looks through another person's eyes."""

from typing import Any

from flask import g, request

from lms import audit
from lms.db import transaction
from lms.errors import Refused
from lms.web import guards


def look_through(person: Any) -> None:
    """A session that shows what another person sees: nothing is changed in it, and every page is noted."""
    g.is_read_only = True
    audit.set_actor(person.viewer.id, person.viewer.name, request.remote_addr or "web")
    if request.method not in guards.SAFE:
        if not guards.marked("is_for_viewers"):
            raise Refused("你正在以他人的视角查看，只能看，没有改动。要办自己的事，先结束查看。")
        return
    if guards.marked("is_own_eyes"):
        raise Refused("考试题目只给本人看，以他人视角打不开。")
    with transaction():
        audit.record("view_as.page", "person", person.id, person.name, page=request.path[:200])
