"""Names of the demo's people: invented, with a few that are rare or long on purpose."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from lms.access.models import Role
from lms.people.models import EmploymentForm

SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛"
GIVEN = [
    "晓岚",
    "文静",
    "海宁",
    "雨桐",
    "志远",
    "思琪",
    "立群",
    "嘉怡",
    "子涵",
    "建国",
    "欣然",
    "明轩",
    "佳宁",
    "俊杰",
    "丽娜",
    "浩然",
    "梦洁",
    "永强",
    "秀英",
    "一鸣",
    "若溪",
    "天佑",
    "春燕",
    "国栋",
    "诗雨",
    "泽宇",
    "慧敏",
    "少华",
    "静怡",
    "晨曦",
    "家豪",
    "婉清",
    "振宇",
    "雪梅",
    "博文",
    "玉兰",
    "子轩",
    "晓峰",
    "可欣",
    "卫东",
    "芷若",
    "宏伟",
    "亦菲",
    "承志",
    "紫薇",
    "立新",
    "安琪",
    "景行",
    "书瑶",
    "凯文",
    "怡然",
    "长青",
    "淑芬",
    "向阳",
    "悦",
    "磊",
    "倩",
    "敏",
    "涛",
    "颖",
    "斌",
    "洁",
    "鹏",
    "雯",
    "军",
    "娟",
    "昊",
    "琳",
    "健",
    "瑶",
    "晨",
    "璐",
    "伟",
    "菁",
    "超",
    "婷",
    "帆",
    "艳",
    "凡",
    "露",
]
# 䶮 㛃 𬱖 喆 堃 翀 are in the certificate fonts; 𠮷 is in none, so that award is held.
RARE = ("龚䶮", "陈㛃", "沈𬱖", "方喆", "郝堃", "许翀", "𠮷野明", "欧阳静安", "阿依古丽·买买提", "尉迟嘉")


@dataclass(frozen=True)
class Named:
    """A person of the demo, as told before rows are made."""

    number: str
    name: str
    form: EmploymentForm
    unit: str
    post: str
    years: int = 2
    roles: tuple[Role, ...] = (Role.learner,)
    vendor: str | None = None
    moved_from: str | None = None
    is_new: bool = False


FORM = EmploymentForm
NAMED = (
    Named("A1037", "林晓岚", FORM.outsourced, "RX1", "agent", years=1, vendor="HS"),
    Named("A1186", "宋一诺", FORM.outsourced, "RX2", "trainee", years=0, vendor="ZT", is_new=True),
    Named("A1012", "周敏", FORM.institution, "RX3", "senior", years=4, moved_from="W0312"),
    Named("T2001", "顾明远", FORM.institution, "PX", "trainer", years=5, roles=(Role.learner, Role.trainer)),
    Named("T2002", "蓝心", FORM.direct_contract, "PX", "trainer", years=2, roles=(Role.learner, Role.trainer)),
    Named("L3001", "赵海宁", FORM.institution, "RX1", "leader", years=5, roles=(Role.learner, Role.line_leader)),
    Named("L3002", "孙可", FORM.institution, "RX2", "leader", years=4, roles=(Role.learner, Role.line_leader)),
    Named("L3003", "马文静", FORM.direct_contract, "RX3", "leader", years=4, roles=(Role.learner, Role.line_leader)),
    Named("H4001", "方静", FORM.institution, "ZH", "officer", years=5, roles=(Role.learner, Role.hr)),
    Named("H4101", "戴晴", FORM.outsourced, "RX1", "senior", years=3, vendor="HS", roles=(Role.learner, Role.hr)),
    Named("H4102", "骆飞", FORM.outsourced, "RX2", "senior", years=3, vendor="ZT", roles=(Role.learner, Role.hr)),
    Named("H4103", "金穗", FORM.outsourced, "HF", "callback", years=3, vendor="HS", roles=(Role.learner, Role.hr)),
    Named("H4104", "杜若", FORM.outsourced, "ZJ", "qc", years=3, vendor="ZT", roles=(Role.learner, Role.hr)),
    Named("C5001", "高晨", FORM.civil_servant, "RX", "director", years=6, roles=(Role.learner, Role.committee)),
    Named("S9001", "秦朗", FORM.civil_servant, "ZH", "officer", years=4, roles=(Role.learner, Role.system_admin)),
    Named("S9002", "陆安", FORM.civil_servant, "ZH", "officer", years=4, roles=(Role.learner, Role.security_admin)),
    Named("S9003", "何鉴", FORM.civil_servant, "ZH", "officer", years=4, roles=(Role.learner, Role.audit_admin)),
)


def names(chance: random.Random) -> Iterator[str]:
    """Invented names without end, none twice, none of the named ones."""
    used = {named.name for named in NAMED} | set(RARE)
    while True:
        name = chance.choice(SURNAMES) + chance.choice(GIVEN)
        if name not in used:
            used.add(name)
            yield name
