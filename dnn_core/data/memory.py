"""Memory that large tables have used and no longer need."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Return memory that is no longer used to the system; glibc keeps that of small arrays."""
    if sys.platform == "linux":
        # Other C libraries have no such function and need none.
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
