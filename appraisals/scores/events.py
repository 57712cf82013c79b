"""What scores announce, within the transaction of the act."""

from blinker import Signal

# sender: the ScoreSnapshot that was made because a correction of a result was accepted.
score_corrected = Signal()
