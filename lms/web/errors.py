"""Errors → pages: a rule's no is 409 with its sentence, the unknown is 500 with a reference code and the log."""

import logging
import secrets
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request, session
from flask_babel import gettext as _
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import BadRequest, HTTPException

from lms.errors import Refused
from lms.web import guards

log = logging.getLogger("lms.errors")
WAIT_SECONDS = "5"


def sentence(refused: Refused) -> str:
    """A rule's sentence in the reader's language."""
    text = _(refused.sentence)
    return text.format(**refused.values) if refused.values else text


def wants_json() -> bool:
    """Whether the answer should be JSON: asked for, or sent as JSON."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def page(status: int, title: str, what: str, todo: str = "", code: str = "") -> Response:
    """An error page, or the same as JSON. What a view that writes had to say of its success is not said: it kept nothing."""
    if request.method not in guards.SAFE:
        session.pop("_flashes", None)
    if wants_json():
        return make_response(jsonify(error=title, sentence=what, todo=todo, code=code), status)
    html = render_template("errors/error.html", status=status, title=title, sentence=what, todo=todo, code=code)
    return make_response(html, status)


def on_refused(refused: Refused) -> Response:
    """A rule's no: 409 with its sentence."""
    return page(409, _("这一步没有做"), sentence(refused), _("返回上一页，按提示修改后再试。"))


def on_conflict(error: IntegrityError) -> Response:
    """A constraint's no, as on a double click: 409."""
    log.info("conflict: %s", error.orig)
    return page(
        409,
        _("这一步没有做"),
        _("同样的内容刚刚已经保存过，或者别人先改了。"),
        _("刷新页面看看最新情况，再决定要不要重做。"),
    )


def on_data(error: DataError | OverflowError) -> Response:
    """A value that the database cannot hold (a NUL character, a number beyond 64 bits): 400."""
    if isinstance(error, OverflowError) and "SQLite" not in str(error):
        return on_unknown(error)
    log.info("data: %s", getattr(error, "orig", error))
    return on_http(BadRequest())


def on_operational(error: OperationalError) -> Response:
    """The database is busy, read-only, full or away: say so, and that nothing was half-written."""
    reference = _reference()
    log.error("%s database: %s", reference, error.orig)
    words = str(error.orig).lower()
    if "locked" in words or "busy" in words or "timeout" in words:
        what, todo = _("现在保存的人很多，这一步还没有写进去。"), _("内容还在上一页，过几秒再试一次。")
    elif "readonly" in words or "read-only" in words:
        what, todo = _("数据库现在只能读，这一步没有写进去。"), _("请把编号告诉系统管理员，恢复后再试。")
    elif "full" in words:
        what, todo = _("服务器磁盘满了，这一步没有写进去，之前保存的都在。"), _("请把编号告诉系统管理员，恢复后再试。")
    else:
        what, todo = (
            _("数据库暂时连不上，这一步没有写进去，之前保存的都在。"),
            _("过几分钟再试；仍不行，请把编号告诉系统管理员。"),
        )
    response = page(503, _("没有保存成功"), what, todo, reference)
    response.headers["Retry-After"] = WAIT_SECONDS
    return response


def on_http(error: HTTPException) -> Response:
    """Not found, not allowed, too large: what it means and what to do."""
    status = error.code or 500
    if error.response is not None:
        return make_response(error.response)
    texts = {
        400: (_("这个请求看不懂"), _("地址或内容不完整。"), _("返回上一页再试一次。")),
        401: (_("请先登录"), _("登录已经结束，或还没有登录。"), _("登录后回到刚才的页面。")),
        403: (_("你没有权限"), _("你没有权限查看或操作这一页。"), _("需要时联系培训科或人事。")),
        404: (_("没有找到这一页"), _("地址可能写错了，或者内容已经移走。"), _("回到今日，或用搜索找一找。")),
        405: (_("这一步不能这样做"), _("这个地址不支持这种操作。"), _("返回上一页再试一次。")),
        409: (_("这一步没有做"), error.description or "", _("刷新页面看看最新情况。")),
        413: (_("内容太大"), _("一次提交的内容超过了上限，没有保存。"), _("分成几份，或缩短后再试。")),
        422: (_("有内容要改"), error.description or "", _("按提示修改后再提交。")),
        429: (_("请求太频繁"), _("这一分钟内的次数已经用完。"), _("过一分钟再试。")),
    }
    fallback = (HTTPStatus(status).phrase, error.description or "", "")
    if status == 403 and error.description == "cross-site":
        texts[403] = (_("这个请求不是从本站页面发出的"), _("为了安全没有执行。"), _("从本站页面重新操作一次。"))
    return page(status, *texts.get(status, fallback))


def on_unknown(error: Exception) -> Response:
    """A fault of ours: 500 with a reference that the log knows."""
    reference = _reference()
    log.error("%s %s %s", reference, request.method, request.path, exc_info=error)
    return page(
        500,
        _("出了意外"),
        _("这一步没有完成，之前保存的内容都在。"),
        _("再试一次；仍不行，请把编号告诉系统管理员。"),
        reference,
    )


def _reference() -> str:
    return f"E-{secrets.token_hex(3).upper()}"


def init_app(app: Flask) -> None:
    """Register the handlers; unknown errors reach the test suite as themselves."""
    handlers: list[tuple[Any, Any]] = [
        (Refused, on_refused),
        (IntegrityError, on_conflict),
        (OperationalError, on_operational),
        (DataError, on_data),
        (OverflowError, on_data),
        (HTTPException, on_http),
    ]
    for kind, handler in handlers:
        app.register_error_handler(kind, handler)
    if not app.testing:
        app.register_error_handler(Exception, on_unknown)
