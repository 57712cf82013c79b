"""Facts about people."""

from blinker import Namespace

_signals = Namespace()

# Somebody joined who was not known before, alone or many at once (a roster import). Sender: the list of their ids, flushed.
persons_added = _signals.signal("persons_added")
# People of an import are about to be taken back. Sender: the list of their ids; a listener may answer a set of those
# who have done something and must stay.
persons_withdrawing = _signals.signal("persons_withdrawing")
# People are taken back as if never there. Sender: the list of their ids; what came with them goes now.
persons_withdrawn = _signals.signal("persons_withdrawn")
# A stretch of employment ended or was given its last day. Sender: the Spell; ends_on is set.
spell_ended = _signals.signal("spell_ended")
# Somebody looked at another person's record. Sender: the person's id; viewer: the SignedIn value; page: its name.
record_viewed = _signals.signal("record_viewed")
