"""What loading the library announces, within its transaction."""

from blinker import Signal

course_loaded = Signal("A course was read from disk. Sender: the Course; folder: its Path. May raise LibraryFaults.")
library_loaded = Signal(
    "All courses were read. Sender: the library's Path; registry: policies. May raise LibraryFaults."
)
