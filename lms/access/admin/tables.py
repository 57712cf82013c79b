"""Read-only tables of people and access at /admin."""

from flask import Flask

from lms.access.models import AccessRecord, RateCount, RoleGrant, UserSession
from lms.admin import add_views, read_only
from lms.people.models import Person, Spell

WORDS = {
    "name": "姓名", "person.name": "姓名", "person_id": "人员编号", "sort_key": "拼音", "staff_number": "工号", "form": "用工性质",
    "employer": "用人单位", "unit.name": "单位", "post.name": "岗位", "starts_on": "开始", "ends_on": "结束", "role": "角色",
    "scope": "范围", "granted_at": "授予", "ended_at": "结束", "bucket": "项目", "minute": "分钟", "count": "次数",
    "viewer_label": "谁", "page": "页面", "at": "时间", "device": "设备", "address": "地址", "created_at": "开始",
    "seen_at": "最近使用", "end_reason": "原因", "certificate_name": "证书上的姓名",
}  # fmt: skip
NOT_SHOWN = ["token_hash", "phone", "email", "born_on"]


def init_app(app: Flask) -> None:
    """Add the tables; phone, mail, birth date and tokens stay out."""
    known = {"labels": WORDS, "column_details_exclude_list": NOT_SHOWN}
    add_views(
        app,
        [
            read_only(Person, "人员", "人员", ["id", "name", "certificate_name", "sort_key"], search=["name", "sort_key"], **known),
            read_only(
                Spell, "任职", "人员",
                ["staff_number", "person.name", "form", "employer", "unit.name", "post.name", "starts_on", "ends_on"],
                search=["staff_number", "employer"], **known,
            ),
            read_only(RoleGrant, "角色授予", "人员", ["id", "person_id", "role", "scope", "granted_at", "ended_at"], **known),
            read_only(
                UserSession, "登录", "人员",
                ["id", "account_id", "device", "address", "created_at", "seen_at", "ended_at", "end_reason"], **known,
            ),
            read_only(AccessRecord, "查看记录", "人员", ["id", "viewer_label", "person_id", "page", "at"], **known),
            read_only(RateCount, "频次", "运行", ["bucket", "minute", "count"], search=["bucket"], **known),
        ],
    )  # fmt: skip
