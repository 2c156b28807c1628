"""The page Diagnose: verdicts first, then the plots behind them."""

from __future__ import annotations

from functools import partial

from dnn_core.wording import plural
from pages.components.layout import next_page, show_empty, show_header
from pages.components.report_download import show_report
from pages.components.text import escape
from pages.components.verdicts import show_verdicts
from pages.judge.diagnose.held_out import show_opening, show_test_set
from pages.judge.diagnose.plots import show_section
from pages.judge.diagnose.robustness import show_robustness
from pages.session import run_cache, state

run = run_cache.session_run(state.draft().run_id)
if run is None or not run.status.done:
    show_header("Diagnose", "Verdicts first, then the plots behind them.")
    active = run is not None and run.status.active
    show_empty(
        "The network is still training" if active else "There is no trained network yet",
        "Verdicts appear when it has finished; you may stop it and keep the best epoch."
        if active
        else "Train a network, or open an earlier run. A sample takes a few seconds.",
        page="train",
        action="Watch it learn" if active else "Train a network",
    )
else:
    epochs = run.history["epoch"].nunique()
    held_out = [] if run.test_opened else [partial(show_test_set, run)]
    show_header(
        "Diagnose",
        f"{escape(run.notes.name)} · {run.experiment.network.summary()} · {epochs} of "
        f"{plural(run.status.epochs, 'epoch')} · {run.best_epochs.words}",
        partial(show_report, run, "Report", prominence="tertiary"),
        *held_out,
        next_page("predict", "Predict"),
    )
    show_opening(run)
    show_verdicts(run)
    show_robustness(run)
    show_section(run)
