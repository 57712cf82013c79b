"""Facts about imports."""

from blinker import Namespace

_signals = Namespace()

# An import is written, or undone. Sender: the Import, flushed; counts: lines by RowStatus value; is_undo: which of both.
import_finished = _signals.signal("import_finished")
