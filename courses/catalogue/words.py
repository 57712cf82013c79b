"""Marks sentences that are translated where they are shown."""


def N_(sentence: str) -> str:  # noqa: N802 - the usual name of gettext's mark
    """The sentence itself; bin/messages.py collects it."""
    return sentence
