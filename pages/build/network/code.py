"""The same network as code to take away."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import Outline, prepare, write_arrays
from dnn_core.network.code import python_code, r_code
from dnn_core.specs import Part, Task
from pages.session import state
from pages.session.task import experiment_of


def show_code(dataset: Dataset, task: Task, sizes: Outline) -> None:
    """Plain Keras in Python and in R."""
    with st.expander("The same network as Python and R code", icon=":material/code:"):
        experiment = experiment_of(state.draft(), task)
        language = st.segmented_control(
            "Language",
            ["Python", "R"],
            default="Python",
            required=True,
            label_visibility="collapsed",
            key=state.key("language"),
        )
        write = python_code if language == "Python" else r_code
        code = write(
            experiment,
            sizes.inputs,
            sizes.target,
            input_scale=sizes.input_scale,
            cases=sizes.cases[Part.TRAINING],
        )
        st.code(code, language=language.lower())
        st.download_button(
            "The arrays that the script reads (NPZ)",
            lambda: write_arrays(prepare(dataset, experiment)),
            file_name="arrays.npz",
            mime="application/octet-stream",
            on_click="ignore",
            icon=":material/download:",
        )
