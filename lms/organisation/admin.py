"""Reference data of the organisation at /admin: units, vendors, posts, calendar days."""

from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from lms.admin import AdminView, add_views
from lms.calendar import CalendarDay
from lms.organisation import queries, rules
from lms.organisation.models import Post, Unit, UnitKind, Vendor
from lms.web.forms import BaseForm, WholeNumber, required, short_text, trimmed

KIND_LABELS = {
    UnitKind.organ: "机关", UnitKind.institution: "事业单位", UnitKind.department: "科室", UnitKind.team: "班组",
    UnitKind.district: "区县",
}  # fmt: skip


def _whole(value: object) -> int | None:
    return int(str(value)) if value and value != "None" else None


class UnitForm(BaseForm):
    """A unit and its two parents."""

    code = short_text("代码", "填写单位代码。", 30)
    name = short_text("名称", "填写单位名称。", 60)
    kind = SelectField(_("类型"), choices=[(kind.value, KIND_LABELS[kind]) for kind in UnitKind])
    line_parent_id = SelectField(_("条线上级"), [Optional()], coerce=_whole)
    territory_id = SelectField(_("属地（块）"), [Optional()], coerce=_whole)
    position = WholeNumber(_("排序"), [Optional()], default=0)
    is_open = BooleanField(_("启用"), default=True)


class VendorForm(BaseForm):
    """A vendor and its contract."""

    code = short_text("代码", "填写公司代码。", 30)
    name = short_text("名称", "填写公司名称。", 80)
    contract_number = StringField(_("合同编号"), [Length(max=60)], filters=[trimmed])
    contract_from = DateField(_("合同开始"), [Optional()])
    contract_to = DateField(_("合同结束"), [Optional()])
    is_open = BooleanField(_("启用"), default=True)


class PostForm(BaseForm):
    """A post and its level."""

    code = short_text("代码", "填写岗位代码。", 30)
    name = short_text("名称", "填写岗位名称。", 40)
    level = WholeNumber(
        _("级别"),
        [InputRequired(_("填写级别。")), NumberRange(1, 9, _("级别在 1 到 9 之间。"))],
        description=_("1 见习 … 5 专家"),
    )
    is_front_line = BooleanField(_("一线岗位（绩按坐席指标）"), default=True)
    is_leader = BooleanField(_("单位负责人（不占名额）"))


class DayForm(BaseForm):
    """A day that is not what its weekday says."""

    day = DateField(_("日期"), [required("填写日期，例如 2026-10-01。")])
    is_working = BooleanField(_("这天上班"))
    note = short_text("说明", "写明是什么日子，例如国庆节。", 60)
    source = short_text("依据", "写明依据的文件。", 120)
    is_confirmed = BooleanField(_("已核对"))


class UnitView(AdminView):
    """Units: neither tree may go round in a circle."""

    words = KIND_LABELS

    def fill_choices(self, form: Any) -> None:
        choices = [("", "—"), *((unit.id, unit.name) for unit in queries.units(is_open=False))]
        form.line_parent_id.choices = form.territory_id.choices = choices

    def check(self, form: Any, model: Any) -> None:
        model.kind = UnitKind(form.kind.data)
        model.position = form.position.data or 0
        if model.id is not None:
            for chosen in (form.line_parent_id.data, form.territory_id.data):
                rules.check_parent(model.id, chosen, queries.unit_ids_below(model.id))


class VendorView(AdminView):
    """Vendors."""

    def check(self, form: Any, model: Any) -> None:  # noqa: ARG002 - the base's signature
        rules.check_contract(model.contract_from, model.contract_to)


def init_app(app: Flask) -> None:
    """Add the views."""
    can = {"can_create": True, "can_edit": True, "can_delete": True}
    words = {"code": "代码", "name": "名称", "kind": "类型", "is_open": "启用", "position": "排序"}
    add_views(
        app,
        [
            UnitView(
                Unit, "单位", "基础数据", form=UnitForm, column_list=["code", "name", "kind", "line_parent", "territory", "is_open"],
                column_labels=words | {"line_parent": "条线上级", "territory": "属地（块）"},
                column_searchable_list=["code", "name"], column_default_sort=("position", False), **can,
            ),
            VendorView(
                Vendor, "公司", "基础数据", form=VendorForm,
                column_list=["code", "name", "contract_number", "contract_from", "contract_to", "is_open"],
                column_labels=words | {"contract_number": "合同编号", "contract_from": "合同开始", "contract_to": "合同结束"},
                column_searchable_list=["code", "name"], **can,
            ),
            AdminView(
                Post, "岗位", "基础数据", form=PostForm, column_list=["code", "name", "level", "is_front_line", "is_leader"],
                column_labels=words | {"level": "级别", "is_front_line": "一线", "is_leader": "负责人"},
                column_searchable_list=["code", "name"], column_default_sort=("level", False), **can,
            ),
            AdminView(
                CalendarDay, "调休日历", "基础数据", form=DayForm,
                column_list=["day", "is_working", "note", "source", "is_confirmed"],
                column_labels={"day": "日期", "is_working": "上班", "note": "说明", "source": "依据", "is_confirmed": "已核对"},
                column_searchable_list=["note"], column_default_sort=("day", True), **can,
            ),
        ],
    )  # fmt: skip
