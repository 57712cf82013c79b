"""Facts that access announces."""

from blinker import Namespace

_signals = Namespace()

# A person says that their details are wrong. Sender: the person's id; text: what is wrong, in their words.
correction_asked = _signals.signal("correction_asked")
# An account was locked by wrong passwords. Sender: the person's id; address: where they came from.
account_locked = _signals.signal("account_locked")
