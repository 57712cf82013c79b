"""The rules and registers that are shipped beside the code as YAML."""

from pathlib import Path
from typing import Any

import yaml

# libyaml reads ten times faster than the loader in Python, but its depth is the machine's stack:
# right for files of this repository, never for what a person uploads or writes.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:
    """What a shipped YAML file says; yaml.YAMLError or UnicodeDecodeError where it can not be read."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader, both of them
