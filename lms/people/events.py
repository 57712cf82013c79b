"""Facts about people."""

from blinker import Namespace

_signals = Namespace()

# Somebody joined who was not known before. Sender: the Person, flushed.
person_added = _signals.signal("person_added")
# A stretch of employment ended or was given its last day. Sender: the Spell; ends_on is set.
spell_ended = _signals.signal("spell_ended")
# Somebody looked at another person's record. Sender: the person's id; viewer: the SignedIn value; page: its name.
record_viewed = _signals.signal("record_viewed")
