"""The demo's programmes."""

from collections.abc import Iterator

from lms.demo import Demo


def load(demo: Demo) -> Iterator[str]:
    """Nothing yet."""
    yield f"培训任务：{len(demo.people)}"
