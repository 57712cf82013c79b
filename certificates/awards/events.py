"""What awards announce. Listeners run in the same transaction and never refuse."""

from blinker import Signal

# sender: the Award that was withdrawn, or made anew with a corrected score; note=: why.
award_changed = Signal()
