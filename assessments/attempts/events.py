"""What attempts announce. Listeners run in the same transaction and never refuse."""

from blinker import Signal

# sender: the Result of an attempt that was just graded, passed or not.
attempt_graded = Signal()

# sender: the Result of an attempt that reached the pass mark and every section's minimum.
exam_passed = Signal()

# sender: the Attempt that was declared void; reason=: why.
attempt_voided = Signal()
