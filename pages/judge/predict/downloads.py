"""What can be taken away; each file is made when it is asked for."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.evaluation.calibration.conformal import DEFAULT_LEVEL
from dnn_core.package.write_package import model_bytes, package_bytes, predictions_csv
from dnn_core.runs.run import Run
from pages.components.report_download import file_stem, show_report
from pages.judge.predict.intervals import IntervalChoice
from pages.session import run_cache


def show_downloads(run: Run, dataset: Dataset, intervals: IntervalChoice) -> None:
    """Predictions, report, model, everything."""
    stem = file_stem(run)
    with st.popover("Download", type="primary", icon=":material/download:"):
        st.download_button(
            "Predictions with the original columns (CSV)",
            lambda: predictions_csv(
                run, dataset, intervals.level or DEFAULT_LEVEL, intervals.recalibrated
            ),
            file_name=f"{stem}-predictions.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/table_view:",
            width="stretch",
        )
        show_report(run, "The report (HTML)", width="stretch")
        st.download_button(
            "The model (Keras)",
            lambda: model_bytes(run),
            file_name=f"{stem}.keras",
            mime="application/octet-stream",
            on_click="ignore",
            icon=":material/hub:",
            width="stretch",
        )
        st.download_button(
            "Everything (ZIP)",
            lambda: package_bytes(run, dataset, run_cache.report(run)),
            file_name=f"{stem}.zip",
            mime="application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
            width="stretch",
        )
        st.caption(
            "The CSV has the intervals or sets and the probabilities that are chosen on this page. "
            "The ZIP holds report, model, encoder, predictions, experiment, metrics, versions and "
            "a short script that scores a CSV file."
        )
