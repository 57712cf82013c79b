"""questions with their text

The written questions of the demo organisation were stored without the text they were made from, so that they could
neither be exported nor opened in the editor. Their text is put together from the stored parts.
"""

import hashlib
import html
import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DIFFICULTIES = {"easy": "易", "medium": "中", "hard": "难"}


def upgrade() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT v.id, q.code, v.competency, v.difficulty, v.topic, v.stem_text, v.accepted, v.rubric,"
            " v.explanation_html FROM question_versions v JOIN questions q ON q.id = v.question_id"
            " WHERE v.source = '' AND v.type = 'short_answer'"
        )
    ).all()
    for row in rows:
        source = _text(row)
        connection.execute(
            sa.text("UPDATE question_versions SET source = :source, digest = :digest WHERE id = :id"),
            {"id": row.id, "source": source, "digest": hashlib.sha256(source.encode()).hexdigest()},
        )


def downgrade() -> None:
    """The text stays: it says what the other columns say."""


def _text(row: sa.Row) -> str:
    accepted, rubric = (json.loads(one) if isinstance(one, str) else one for one in (row.accepted, row.rubric))
    lines = [
        f"## {row.code} 简答 {row.competency} {DIFFICULTIES.get(row.difficulty, '中')}",
        f"考点: {row.topic}",
        "依据: 业务规范（以本地规定为准）",
        "",
        row.stem_text,
        "",
        f"答案：{accepted[0] if accepted else ''}",
    ]
    for criterion in rubric:
        lines.append(f"评分：{criterion['criterion']} {criterion['points']} 分")
        lines += [f"- {level['points']} 分：{level['words']}" for level in criterion["descriptors"]]
    return "\n".join([*lines, "", f"解析：{html.unescape(re.sub('<[^>]+>', '', row.explanation_html))}"])
