"""The few predictors of the model that the researcher would otherwise report."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.specs import Task, describe_field
from pages.session import state


def show_few(dataset: Dataset, task: Task) -> Task:
    """Below the outcome, where there are predictors to choose from; returns the task with them."""
    if dataset.images is not None or len(task.features) < 2:
        return task
    setting = describe_field(Task, "few")
    few = tuple(
        st.multiselect(
            setting.title,
            task.features,
            default=list(task.few),
            # Of all predictors there is a model in any case.
            max_selections=len(task.features) - 1,
            placeholder="None; choose those of your usual model",
            help=setting.help,
            key=state.key(f"few-{task.target}"),
        )
    )
    state.change(few=few)
    return task.but(few=few)
