"""Refused: a rule said no, with a sentence for the person who meets it."""

from typing import Any


class Refused(Exception):  # noqa: N818 - reads as what happened, not as a fault
    """A rule said no. The sentence is a Chinese message id with named values; the edge translates it."""

    def __init__(self, sentence: str, /, **values: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        """The Chinese sentence with its values filled in."""
        return self.sentence.format(**self.values) if self.values else self.sentence
