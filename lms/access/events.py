"""Facts that access announces."""

from blinker import Namespace

_signals = Namespace()

# A person says that their details are wrong. Sender: the Correction, flushed; name: of the person.
correction_asked = _signals.signal("correction_asked")
# HR has answered. Sender: the Correction, settled.
correction_settled = _signals.signal("correction_settled")
# An account was locked by wrong passwords. Sender: the person's id; address: where they came from.
account_locked = _signals.signal("account_locked")
