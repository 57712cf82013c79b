"""What a person wants by mail."""

from lms.notices.rules import TOPICS


def wanted(ticked: list[str]) -> dict[str, bool]:
    """{topic: by mail} of a form in which the ticked topics were sent."""
    return {code: code in ticked for code in TOPICS}
