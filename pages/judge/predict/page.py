"""Look at predictions, score a new file, try one case, take everything away."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components.layout import show_empty, show_header, side_by_side
from pages.components.text import escape
from pages.judge.predict.downloads import show_downloads
from pages.judge.predict.intervals import choose_intervals, show_coverage
from pages.judge.predict.new_file import show_scoring
from pages.judge.predict.one_case import show_case
from pages.judge.predict.prediction_table import show_predictions
from pages.session import data_cache, run_cache, state

run = run_cache.session_run(state.draft().run_id)
if run is None or not run.status.done:
    show_header("Predict", "Predictions for each respondent, or for one case that you set by hand.")
    show_empty(
        "There is no trained network yet",
        "Train a network, or open an earlier run. A sample takes a few seconds.",
        page="train",
        action="Train a network",
    )
else:
    dataset = data_cache.run_dataset(run)
    tables = dataset.images is None
    # The header's files hold what is chosen below it.
    header = st.container()
    table, side = side_by_side("predict", 1.9, 1)
    with table:
        intervals = choose_intervals(run)
    with header:
        actions = [partial(show_scoring, run, intervals)] if tables else []
        show_header(
            "Predict",
            f"{escape(run.notes.name)} · predictions for each "
            + ("respondent, or for one case that you set by hand." if tables else "image."),
            *actions,
            partial(show_downloads, run, dataset, intervals),
        )
    with table:
        row = show_predictions(run, dataset, intervals)
        if intervals.level is not None:
            show_coverage(run, dataset, intervals.level)
    with side:
        show_case(run, dataset, row)
