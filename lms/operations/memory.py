"""How a process of ours, server or worker, uses memory."""

import ctypes
import gc

M_ARENA_MAX, ARENAS = -8, 1  # of glibc's mallopt


def share_one_heap() -> None:
    """Let all threads share one heap: glibc's heap for each thread took 350 MB after an exam of 150 people."""
    try:
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
    except (OSError, AttributeError):  # another C library
        return


def keep_for_good() -> None:
    """Leave what is loaded by now out of each look for garbage. Going through the whole application kept everybody
    waiting for 0.2 s, and took two fifths of the time of a large cycle's scores.
    """
    gc.collect()
    gc.freeze()


def give_back() -> int:
    """Return to the system what a large import or archive has used and freed; glibc keeps it otherwise."""
    try:
        return int(ctypes.CDLL(None).malloc_trim(0))
    except (OSError, AttributeError):
        return 0
