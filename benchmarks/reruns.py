"""How long a rerun of a page takes, by Streamlit's own script runner."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable

from streamlit.testing.v1 import AppTest

from pages.shell.navigation import PAGES

REPEATS = 5


def rerun_seconds(at: AppTest, names: Iterable[str]) -> dict[str, float]:
    """Median seconds for one rerun of each page of an app that has run."""
    seconds = {}
    for name in names:
        at.switch_page(PAGES[name]).run()
        timings = []
        for _ in range(REPEATS):
            started = time.monotonic()
            at.run()
            timings.append(time.monotonic() - started)
        assert not at.exception
        seconds[name] = statistics.median(timings)
    return seconds
