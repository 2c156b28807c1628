"""A progress bar for a run or a study, and Ctrl-C as its stop button."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tqdm import tqdm

from dnn_core.runs.run import Run
from dnn_core.tuning.study import Study

SECONDS_BETWEEN_LOOKS = 0.25
SECONDS_BETWEEN_LINES = 10.0
"""Where standard error is a file, each look at the bar is a line of it."""


@contextmanager
def progress_shown(job: Run | Study) -> Iterator[None]:
    """Show on standard error how far a run or a study is, as its directory says."""
    on_screen = sys.stderr.isatty()
    total, unit = (
        (job.status.epochs, " epochs")
        if isinstance(job, Run)
        else (job.asked.total, " configurations")
    )
    with tqdm(
        total=total,
        unit=unit,
        file=sys.stderr,
        mininterval=0.1 if on_screen else SECONDS_BETWEEN_LINES,
        leave=True,
        dynamic_ncols=on_screen,
    ) as bar:
        ended = threading.Event()
        thread = threading.Thread(target=_follow, args=(job, bar, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            _show(job, bar)


def _follow(job: Run | Study, bar: tqdm[None], ended: threading.Event) -> None:
    while not ended.wait(SECONDS_BETWEEN_LOOKS):
        _show(job, bar)


def _show(job: Run | Study, bar: tqdm[None]) -> None:
    if isinstance(job, Run):
        status = job.status
        words, done, active = status.phase.label, status.epoch, status.active
    else:
        study = job.status
        words, active = study.title or study.state.label, study.active
        # Of those that may be given up early all are under way before the first one ends.
        done = int(study.share * job.asked.total) if active else study.trials
    bar.set_description(words, refresh=False)
    if not active:
        # Early stopping leaves planned epochs out, a stop configurations.
        bar.total = done
    bar.update(done - bar.n)
    if sys.stderr.isatty():
        bar.refresh()


@contextmanager
def stopped_by_ctrl_c(job: Run | Study, kept: str) -> Iterator[None]:
    """Let the first Ctrl-C stop a run or a study, and the second end it; `kept` is said."""

    def ask(number: int, frame: FrameType | None) -> None:
        if job.stop_requested:
            raise KeyboardInterrupt
        job.request_stop()
        tqdm.write(
            f"Stopping after this epoch; {kept}. Ctrl-C again ends it at once.", file=sys.stderr
        )

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
