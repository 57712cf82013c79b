"""Read-only tables of certificates at /admin; withdrawing and making held ones is done on HR's pages."""

from certificates.awards.models import Award, Revocation
from lms.admin import AdminView, read_only

CATEGORY = "证书"


def views() -> list[AdminView]:
    """The tables, made per app."""
    return [
        read_only(
            Award,
            "证书登记",
            CATEGORY,
            ["id", "number", "holder_name", "title", "status", "issued_on", "valid_until"],
            labels={
                "number": "编号", "holder_name": "姓名", "title": "证书", "status": "状态", "issued_on": "发证", "valid_until": "有效期至",
            },
        ),
        read_only(
            Revocation,
            "证书撤销",
            CATEGORY,
            ["id", "award_id", "reason_class", "reason", "revoked_by", "revoked_at"],
            labels={"reason_class": "类别", "reason": "理由", "revoked_at": "时间"},
        ),
    ]  # fmt: skip
