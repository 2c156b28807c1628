"""Score a new file with the trained network."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.csv_safety import write_csv
from dnn_core.data.new_file import read_new_file
from dnn_core.data.readers import READERS
from dnn_core.evaluation.calibration.prediction_intervals import with_intervals
from dnn_core.evaluation.columns import (
    UNUSABLE,
    Severity,
    describe_ignored,
    report_columns,
    require_columns,
)
from dnn_core.evaluation.score_file import beside
from dnn_core.runs.run import Run
from dnn_core.wording import plural
from pages.components.layout import problems_shown
from pages.components.text import escape
from pages.judge.predict.intervals import IntervalChoice
from pages.session import run_cache


def show_scoring(run: Run, intervals: IntervalChoice) -> None:
    """The button that opens the dialog."""
    if st.button("Score a new file", icon=":material/note_add:"):
        _ask(run, intervals)


@st.dialog("Score a new file", width="large")
def _ask(run: Run, intervals: IntervalChoice) -> None:
    upload = st.file_uploader(
        "A file with the same predictors",
        type=[suffix.lstrip(".") for suffix in READERS],
    )
    if upload is None:
        st.caption(
            "It needs the columns that the network was trained on; others are kept. You see what "
            "fits before anything is computed."
        )
        return
    with problems_shown():
        _show_report(run, upload.getvalue(), upload.name, intervals)


def _show_report(run: Run, content: bytes, name: str, intervals: IntervalChoice) -> None:
    encoder = run_cache.encoder_of(run)
    new = read_new_file(content, name, run.about["reading"], encoder.columns)
    for warning in new.source.warnings:
        st.caption(escape(warning))
    report = report_columns(encoder, new.frame)
    problem = Severity.PROBLEM.value in report["severity"].to_list()
    report["severity"] = [Severity(value).label for value in report["severity"]]
    st.dataframe(
        report,
        hide_index=True,
        row_height=35,
        column_config={
            "name": st.column_config.TextColumn("Predictor", width=130),
            "found": st.column_config.TextColumn("Found", width=70),
            "problem": st.column_config.TextColumn("Remark"),
            "severity": st.column_config.TextColumn("Verdict", width=80),
        },
        alt="Report on the columns of the new file",
    )
    if ignored := describe_ignored(encoder, new.frame):
        st.caption(escape(ignored))
    require_columns(encoder, new.frame)
    accepted = not problem or st.checkbox(f"Score all the same. {UNUSABLE}")
    if st.button(f"Score {plural(len(new), 'row')}", type="primary", disabled=not accepted):
        with st.spinner("Scoring …"):
            said = run_cache.predict(run, new.frame)
            if intervals.level is not None:
                said = with_intervals(
                    said, run.facts.coding, run.intervals, intervals.level, intervals.recalibrated
                )
            scored = beside(new.frame, said)
        st.download_button(
            "Download the scored file",
            write_csv(scored),
            file_name=f"{name.rsplit('.', 1)[0]}-scored.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.dataframe(scored.head(10), hide_index=True, alt="The first ten scored rows")
