"""Flask-Admin at /admin for the system administrator: forms for reference data, read-only views of the rest.

Its pages are drawn with our own shell and macros, so no Bootstrap, jQuery or inline handler is sent.
"""

import enum
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from flask import Flask, Response, abort, after_this_request, current_app, flash, redirect, request
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.helpers import is_form_submitted
from flask_admin.theme import Bootstrap4Theme
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from jinja2 import pass_context
from sqlalchemy.exc import IntegrityError
from wtforms import Form

from lms import audit, clock
from lms.audit import AuditLine
from lms.db import db
from lms.errors import Refused
from lms.jobs import Job
from lms.mail import OutboxMail
from lms.search import SearchEntry
from lms.web import guards, headers, slots
from lms.web.errors import sentence
from lms.web.forms import BaseForm
from lms.web.slots import NavItem

ROLE = "system_admin"
SHOWN_CHARACTERS = 60
IN_USE = "没有保存：同样的代码或日期已经有了，或者别处还在用它。"


def is_for_me() -> bool:
    """Whether the signed-in person is a system administrator."""
    return bool(guards.reaches(ROLE))


def shown(value: Any, words: Mapping[Any, str]) -> str:
    """A cell as people read it: local time, yes or no, a label; words name what has no label of its own."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return clock.local(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return _(words.get(value) or getattr(value, "label", str(value.value)))
    return str(value)


class Home(AdminIndexView):  # type: ignore[misc,unused-ignore]
    """The list of all tables."""

    def is_accessible(self) -> bool:
        return is_for_me()


class AdminView(ModelView):  # type: ignore[misc,unused-ignore]
    """A table: read-only unless it names a form. Writes flush inside the request's one transaction and are audited."""

    list_template = "admin/rows.html"
    create_template = edit_template = "admin/edit.html"
    details_template = "admin/row.html"
    can_create = can_edit = can_delete = False
    can_view_details = True
    can_export = False
    page_size = 50
    column_display_pk = True
    column_default_sort: Any = ("id", True)
    words: Mapping[Any, str] = MappingProxyType({})

    def __init__(self, model: type[Any], name: str, category: str, **options: Any) -> None:
        for key, value in options.items():
            setattr(self, key, value)
        slug = model.__tablename__.replace("_", "-")
        super().__init__(
            model, db, name=name, category=category, endpoint=f"admin_{model.__tablename__}", url=f"/admin/{slug}"
        )

    def is_accessible(self) -> bool:
        return is_for_me()

    def get_one(self, given: Any) -> Any:
        """The row of that number; None for whatever else an address or a form may hold."""
        number = str(given)
        return super().get_one(number) if number.isascii() and number.isdigit() else None

    def _get_list_extra_args(self) -> Any:
        """As Flask-Admin, without an order by no column and without more rows than a page has."""
        given = super()._get_list_extra_args()
        if given.sort is not None and not 0 <= given.sort < len(self._list_columns):
            given.sort = None
        given.page_size = min(max(given.page_size or self.page_size, 1), self.page_size)
        return given

    def scaffold_form(self) -> type[Form]:
        """Read-only tables have no form; the others name theirs."""
        return BaseForm

    @pass_context
    def get_list_value(self, context: Any, model: Any, name: str) -> str:  # noqa: ARG002 - Flask-Admin's signature
        text = shown(_value(model, name), self.words)
        return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"

    @pass_context
    def get_detail_value(self, context: Any, model: Any, name: str) -> str:  # noqa: ARG002 - Flask-Admin's signature
        return shown(_value(model, name), self.words)

    def validate_form(self, form: Form) -> bool:
        """As Flask-Admin, but a form that fails answers 422."""
        if not is_form_submitted():
            return False
        return True if form.validate() else _answer_422()

    def fill_choices(self, form: Any) -> None:
        """Give selects their choices; overridden where a form has any."""

    def create_form(self, obj: Any = None) -> Form:
        form = super().create_form(obj)
        self.fill_choices(form)
        return form

    def edit_form(self, obj: Any = None) -> Form:
        form = super().edit_form(obj)
        self.fill_choices(form)
        return form

    def check(self, form: Any, model: Any) -> None:
        """Ask the rules before a row is saved; raise Refused with the sentence."""

    def create_model(self, form: Form) -> Any:
        model = self.model()
        return model if self._save(form, model, "create") else False

    def update_model(self, form: Form, model: Any) -> bool:
        return self._save(form, model, "edit")

    def _save(self, form: Any, model: Any, verb: str) -> bool:
        before = self._facts(model) if verb == "edit" else {}
        try:
            with db.session.begin_nested():
                form.populate_obj(model)
                self.check(form, model)
                db.session.add(model)
                db.session.flush()
        except Refused as refused:
            form.form_errors = [sentence(refused)]
            return _answer_422()
        except IntegrityError:
            form.form_errors = [_(IN_USE)]
            return _answer_422()
        after = self._facts(model)
        changed = [key for key in after if before.get(key) != after[key]]
        audit.record(
            f"admin.{verb}", self.model.__tablename__, model.id, str(model),
            before={key: before[key] for key in changed if key in before}, after={key: after[key] for key in changed},
        )  # fmt: skip
        return True

    def delete_model(self, model: Any) -> bool:
        facts, ref, label = self._facts(model), model.id, str(model)
        try:
            with db.session.begin_nested():
                db.session.delete(model)
                db.session.flush()
        except IntegrityError:
            flash(_("没有删除：别处还在用它。不再使用的话，把「启用」改为否。"), "danger")
            return False
        audit.record("admin.delete", self.model.__tablename__, ref, label, before=facts)
        return True

    def _facts(self, model: Any) -> dict[str, str]:
        return {column.key: str(getattr(model, column.key)) for column in self.model.__table__.columns}

    @expose("/confirm/")
    def confirm_view(self) -> Any:
        """Ask before deleting; works without script."""
        if not self.can_delete:
            abort(404)
        model = guards.found(self.get_one(request.args.get("id", "")))
        return self.render("admin/confirm.html", model=model, return_url=self.get_url(".index_view"))

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """There are no bulk actions."""
        abort(404)

    @expose("/ajax/update/", methods=("POST",))
    def ajax_update(self) -> Any:
        """There is no editing in lists."""
        abort(404)

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> Any:
        """Delete after the confirmation page."""
        if not self.can_delete:
            abort(404)
        model = guards.found(self.get_one(request.form.get("id", "")))
        if self.delete_model(model):
            flash(_("已删除。"), "ok")
        return redirect(self.get_url(".index_view"), 303)


def _value(model: Any, path: str) -> Any:
    for name in path.split("."):
        model = getattr(model, name, None)
    return model


def _answer_422() -> bool:
    @after_this_request
    def mark(response: Response) -> Response:
        if response.status_code == 200:
            response.status_code = 422
        return response

    return False


def add_views(app: Flask, views: Iterable[AdminView]) -> None:
    """Put views into the admin of this app; packages call it in their wiring, read-only unless a view names a form."""
    admin = app.extensions["admin"][0]
    for view in views:
        admin.add_view(view)


def read_only(model: type[Any], name: str, category: str, columns: Iterable[str], **options: Any) -> AdminView:
    """A read-only view of a table with these columns; labels={column: 中文}, search=[columns] are usual options."""
    labels = options.pop("labels", {})
    search = options.pop("search", None)
    return AdminView(
        model, name, category, column_list=list(columns), column_labels=labels, column_searchable_list=search, **options
    )


def _platform() -> list[AdminView]:
    when = {"created_at": "建立", "at": "时间", "label": "名称", "kind": "类型", "status": "状态", "note": "说明"}
    return [
        read_only(
            Job, "任务", "运行", ["id", "label", "kind", "status", "done", "total", "tries", "created_at", "finished_at"],
            labels=when | {"done": "已做", "total": "共", "tries": "次数", "finished_at": "结束"}, search=["label", "kind"],
        ),
        read_only(
            OutboxMail, "发件箱", "运行", ["id", "to", "subject", "created_at", "sent_at", "tries", "last_error"],
            labels=when | {"to": "收件人", "subject": "主题", "sent_at": "发出", "tries": "次数", "last_error": "错误"},
            search=["to", "subject"], column_details_exclude_list=["body"],
        ),
        read_only(
            AuditLine, "审计行", "运行", ["id", "at", "actor_label", "verb", "kind", "ref_id", "label"],
            labels=when | {"actor_label": "操作人", "verb": "动作", "ref_id": "编号"}, search=["actor_label", "verb", "label"],
        ),
        read_only(
            SearchEntry, "搜索索引", "运行", ["id", "kind", "ref_id", "title"],
            labels=when | {"ref_id": "编号", "title": "标题"}, search=["title"],
        ),
    ]  # fmt: skip


def visible_menu() -> list[tuple[str, list[Any]]]:
    """The tables by category, for the pages of the admin."""
    admin = current_app.extensions["admin"][0]
    groups: dict[str, list[Any]] = {}
    for view in admin._views[1:]:  # noqa: SLF001 - Flask-Admin has no reader of its own for this
        groups.setdefault(view.category or "", []).append(view)
    return list(groups.items())


def init_app(app: Flask) -> None:
    """Make the admin site of this app, after Flask-Babel, with the tables of the platform."""
    Admin(
        app,
        name="热线学堂",
        theme=Bootstrap4Theme(base_template="staff.html"),
        index_view=Home(name=lazy_gettext("数据"), template="admin/home.html", url="/admin"),
        csp_nonce_generator=headers.nonce,
    )
    app.jinja_env.globals["admin_menu"] = visible_menu
    add_views(app, _platform())
    item = NavItem("数据", "admin.index", "database", shell="staff", roles=frozenset({ROLE}), order=85)
    slots.fill(app, "navigation", lambda: item)
