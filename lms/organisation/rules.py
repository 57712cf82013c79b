"""Decisions about units and vendors."""

from collections.abc import Collection
from datetime import date

from lms.errors import Refused


def check_parent(unit_id: int, parent_id: int | None, below: Collection[int]) -> None:
    """A unit is not put under itself or under a unit that stands below it."""
    if parent_id is not None and (parent_id == unit_id or parent_id in below):
        raise Refused("上级不能是本单位或它下面的单位，换一个。")


def check_contract(starts_on: date | None, ends_on: date | None) -> None:
    """A contract ends on the day it starts or later."""
    if starts_on and ends_on and ends_on < starts_on:
        raise Refused("合同结束不能早于合同开始。")
