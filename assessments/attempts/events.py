"""What attempts announce. Listeners run in the same transaction and never refuse."""

from blinker import Signal

# sender: the Result of an attempt that was just graded, passed or not.
attempt_graded = Signal()

# sender: the Result of an attempt that reached the pass mark and every section's minimum.
exam_passed = Signal()

# sender: the Attempt that was declared void; reason=: why.
attempt_voided = Signal()

# sender: the Attempt whose pass has been taken back, after all that it gave.
pass_withdrawn = Signal()

# sender: the Attempt that was handed in with answers a person has to mark; positions=, answers= {position: value}.
attempt_awaits_marking = Signal()

# sender: a tuple of (result before, result now) of attempts graded again, a chunk at a time; note=: why.
results_regraded = Signal()
