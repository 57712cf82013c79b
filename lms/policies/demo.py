"""The demo's policy updates: four issues of the knowledge base, read by most, with questions for two of them."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from lms import clock, search
from lms.db import db
from lms.demo import Demo
from lms.errors import Refused
from lms.people.models import Spell
from lms.policies import queries
from lms.policies.models import PolicyReceipt, PolicyUpdate

SEED = 46
MAIN = "A1037"
TRAINER = "T2001"
NOTICED_DAYS = 10
# published and due, days from today; title; what changed; policy; lesson; question with choices (the second is right)
UPDATES: tuple[tuple[int, int, str, str, str, str, str, tuple[str, ...], str, float], ...] = (
    (-21, -16, "电动自行车充电设施诉求分类细化",
     "充电设施诉求从「物业管理」里单列：小区内自建桩归住建，公共充电柜归城管，飞线充电先报消防。", "P53", "b2-types",
     "楼道里飞线充电，工单先派给谁？", ("住建", "消防", "城管"), "飞线充电有火灾危险，先报消防，再抄送属地。", 0.97),
    (-12, -7, "夜间施工许可查询入口与转派对象调整",
     "夜间施工许可改在「云州住建」公众号查询；无证施工由住建和属地街道联合处置，工单主办选住建。", "P41", "b2-types",
     "", (), "", 0.94),
    (-4, -1, "2026—2027 供暖季室温诉求受理口径",
     "室温低于 18℃ 的诉求先问测温时间和位置，再派供热企业；连续两天不达标的，直接派市供热办并标「紧急」。", "P03", "b2-accept",
     "市民说昨天和今天室温都只有 16℃，工单派给谁？", ("供热企业", "市供热办，标「紧急」", "属地街道"),
     "连续两天不达标，直接派市供热办并标「紧急」。", 0.71),
    (-1, 6, "骚扰电话劝告话术更新",
     "第三次无实质诉求来电时，先说明占线影响他人求助，再告知可依法处理，最后礼貌结束；不单方面挂断。", "P40", "b2-repeat",
     "", (), "", 0.28),
)  # fmt: skip


def load(demo: Demo) -> Iterator[str]:
    """Publish the updates as they came, with receipts and notices."""
    chance = random.Random(SEED)
    spells = list(db.session.scalars(select(Spell).where(Spell.ends_on.is_(None)).order_by(Spell.id)))
    learners = [spell for spell in spells if spell.is_current(demo.today)]
    trainer = demo.people[TRAINER]
    main_id = demo.people[MAIN].id
    told: list[tuple[Any, ...]] = []
    receipts: list[dict[str, Any]] = []
    for published, due, title, change, code, lesson, question, choices, explanation, share in UPDATES:
        document = queries.document(code)
        if document is None:
            raise Refused("载入演示数据之前先载入政策库（bin/lms library load）。")
        at = clock.local_instant(demo.today + timedelta(days=published), 9, 20)
        found = PolicyUpdate(
            document_id=document.id,
            version_label=queries.current_version(document).label,
            title=title,
            change=change,
            effective_on=demo.today + timedelta(days=published + 1),
            due_on=demo.today + timedelta(days=due),
            is_for_all=True,
            lesson_code=lesson,
            question=question,
            choices=[
                {"key": key, "text": text, "is_right": n == 1}
                for n, (key, text) in enumerate(zip("ABC", choices, strict=False))
            ],
            explanation=explanation,
            published_at=at,
            published_by=trainer.id,
            published_label=trainer.name,
        )
        db.session.add(found)
        db.session.flush()
        search.put("policy_update", found.id, title, f"{change} {document.title} {document.number}")
        for spell in learners:
            if spell.starts_on > found.due_on:
                continue
            reads = due < -5 if spell.person_id == main_id else chance.random() < share
            when = at + timedelta(minutes=chance.randint(30, max(60, (min(due, 0) - published) * 1300)))
            if reads and when < clock.now():
                receipts.append({
                    "update_id": found.id, "person_id": spell.person_id, "version_label": found.version_label,
                    "answer": "B" if question else "", "confirmed_at": when,
                })  # fmt: skip
            if -published <= NOTICED_DAYS:
                body = f"{change} {found.due_on.month} 月 {found.due_on.day} 日 18:00 前阅读并确认。"
                key = f"policy-update:{found.id}:{spell.person_id}"
                told.append((spell.person_id, at, f"政策更新：{title}", body, "policy_update", str(found.id), key))
    receipts.sort(key=lambda row: (row["confirmed_at"], row["person_id"]))
    db.session.execute(insert(PolicyReceipt), receipts)
    demo.notes.setdefault("notices", []).extend(told)
    yield f"政策更新：{len(UPDATES)} 条，确认 {len(receipts)} 次"
