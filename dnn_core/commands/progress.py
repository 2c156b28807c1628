"""A progress bar for a run, and Ctrl-C as its stop button."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tqdm import tqdm

from dnn_core.runs.run import Run

SECONDS_BETWEEN_LOOKS = 0.25
SECONDS_BETWEEN_LINES = 10.0
"""Where standard error is a file, each look at the bar is a line of it."""


@contextmanager
def progress_shown(run: Run) -> Iterator[None]:
    """Show on standard error how far a run is, as its directory says."""
    on_screen = sys.stderr.isatty()
    with tqdm(
        total=run.status.epochs,
        unit=" epochs",
        file=sys.stderr,
        mininterval=0.1 if on_screen else SECONDS_BETWEEN_LINES,
        leave=True,
        dynamic_ncols=on_screen,
    ) as bar:
        ended = threading.Event()
        thread = threading.Thread(target=_follow, args=(run, bar, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            _show(run, bar)


def _follow(run: Run, bar: tqdm[None], ended: threading.Event) -> None:
    while not ended.wait(SECONDS_BETWEEN_LOOKS):
        _show(run, bar)


def _show(run: Run, bar: tqdm[None]) -> None:
    status = run.status
    bar.set_description(status.phase.label, refresh=False)
    if not status.active:
        # Early stopping leaves planned epochs out.
        bar.total = status.epoch
    bar.update(status.epoch - bar.n)
    if sys.stderr.isatty():
        bar.refresh()


@contextmanager
def stopped_by_ctrl_c(run: Run) -> Iterator[None]:
    """Let the first Ctrl-C stop training with its best epoch, and the second end it."""

    def ask(number: int, frame: FrameType | None) -> None:
        if run.stop_requested:
            raise KeyboardInterrupt
        run.request_stop()
        tqdm.write(
            "Stopping after this epoch; the best one is kept. Ctrl-C again ends it at once.",
            file=sys.stderr,
        )

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
