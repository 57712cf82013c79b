"""Each minute: what 数据归集 shows of cycles that are being collected is counted ahead, so that the page opens at once."""

from appraisals.cycles import coverage, queries
from appraisals.cycles.rules.stages import SETTLED, Stage
from lms.db import reading


def once_a_minute() -> int:
    """Count ahead; returns for how many cycles."""
    with reading():
        open_now = [one for one in queries.cycles() if Stage(one.state) not in SETTLED | {Stage.plan_draft}]
        for cycle in open_now:
            coverage.counted(cycle, (queries.EVERYBODY,))
        return len(open_now)
