"""The predictors of the reduced model that the researcher would otherwise report."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.specs import Task, describe_field
from pages.session import state


def show_reduced_model(dataset: Dataset, task: Task) -> Task:
    """Below the outcome, where there are predictors to choose from; returns the task with them."""
    if dataset.images is not None or len(task.features) < 2:
        return task
    setting = describe_field(Task, "reduced")
    reduced = tuple(
        st.multiselect(
            setting.title,
            task.features,
            default=list(task.reduced),
            # Of all predictors there is a model in any case.
            max_selections=len(task.features) - 1,
            placeholder="None; choose the predictors of your usual model",
            help=setting.help,
            key=state.key(f"few-{task.target}"),
        )
    )
    state.change(reduced=reduced)
    return task.but(reduced=reduced)
