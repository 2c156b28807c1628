"""Score a new file with the trained network."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dnn_core.data.formulas import write_csv
from dnn_core.data.readers import READERS, read_bytes
from dnn_core.errors import UserError
from dnn_core.evaluation.columns import report_columns, require_columns
from dnn_core.runs.run import Run
from pages.components import services
from pages.components.layout import show_problem


def show_scoring(run: Run) -> None:
    """The button that opens the dialog."""
    if st.button("Score a new file", icon=":material/note_add:"):
        _ask(run)


@st.dialog("Score a new file", width="large")
def _ask(run: Run) -> None:
    upload = st.file_uploader(
        "A file with the same predictors",
        type=[suffix.lstrip(".") for suffix in READERS],
    )
    if upload is None:
        st.caption(
            "It needs the columns that the network was trained on; others are carried along. "
            "You see what fits before anything is computed."
        )
        return
    try:
        _show_report(run, upload.getvalue(), upload.name)
    except UserError as error:
        # A dialog is a fragment of its own, so the frame's handler is not around it.
        show_problem(error)


def _show_report(run: Run, content: bytes, name: str) -> None:
    new = read_bytes(content, name)
    encoder = services.encoder_of(run)
    report = report_columns(encoder, new.frame)
    st.dataframe(
        report, hide_index=True, row_height=35, alt="Report on the columns of the new file"
    )
    require_columns(encoder, new.frame)
    if st.button(f"Score {len(new):,} rows", type="primary"):
        with st.spinner("Scoring …"):
            scored = pd.concat([new.frame, services.predict(run, new.frame)], axis=1)
        st.download_button(
            "Download the scored file",
            write_csv(scored),
            file_name=f"{name.rsplit('.', 1)[0]}-scored.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.dataframe(scored.head(10), hide_index=True, alt="The first ten scored rows")
