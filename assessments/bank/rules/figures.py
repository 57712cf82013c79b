"""How the figures of a question read: from how many answers they may be shown, and what they say in a sentence.

Bands after the Open University's guidance on item analysis (facility below 5 % suspect, above 95 % trivial) and the
house's limit for a weak corrected item-rest correlation, 0.15.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

FEWEST_SHOWN = 5
FEWEST_SOUND = 30
TRIVIAL = Decimal("0.95")
SUSPECT = Decimal("0.05")
WEAK = Decimal("0.15")


class Figures(Protocol):
    """What is known of a version's answers: n of them, share that was right (0 to 1), corrected item-rest correlation
    (−1 to 1, None: not known), picks per option key, and how many papers have asked it.
    """

    @property
    def n(self) -> int: ...
    @property
    def facility(self) -> Decimal | None: ...
    @property
    def discrimination(self) -> Decimal | None: ...
    @property
    def picks(self) -> Mapping[str, int]: ...
    @property
    def exposure(self) -> int: ...


def is_shown(figures: Figures) -> bool:
    """Whether there are enough answers that nobody can be recognised in them."""
    return figures.n >= FEWEST_SHOWN


def needs_review(figures: Figures) -> bool:
    """Whether enough answers say that something is wrong with the question."""
    if figures.n < FEWEST_SOUND:
        return False
    if figures.discrimination is not None and figures.discrimination < WEAK:
        return True
    return figures.facility is not None and not SUSPECT < figures.facility < TRIVIAL


def verdict(figures: Figures) -> str:
    """One sentence that says what the figures mean."""
    facility = Decimal("0.5") if figures.facility is None else figures.facility
    discrimination = Decimal(1) if figures.discrimination is None else figures.discrimination
    readings = (
        (figures.n < FEWEST_SOUND, "n 太小，少于 30 次作答的数字只供参考。"),
        (discrimination < 0, "会的人反而答错得多：先核对答案和选项是不是写反了。"),
        (facility >= TRIVIAL, "几乎人人答对，分不出会不会，可以换一道更难的。"),
        (facility <= SUSPECT, "几乎没有人答对：先核对答案，再看题干是否说清。"),
        (discrimination < WEAK, "区分度偏低，建议复核。"),
        (figures.discrimination is None, "难度合适；区分度还没有算出来。"),
    )
    return next((words for holds, words in readings if holds), "难度和区分度都合适。")
