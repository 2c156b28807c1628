"""What weights cost in precision, and the replicate weights."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.sample_design import replicate_columns
from dnn_core.specs import Replicates, Replication, Task, describe_field
from pages.components.fields import show_field
from pages.components.layout import problems_shown, show_question
from pages.components.text import escape
from pages.session import draft_cache, state


def show_sampling(dataset: Dataset, task: Task) -> Task:
    """Below the outcome, where a weight is chosen; returns the task with its replicate weights."""
    if task.weight is None:
        return task
    with problems_shown():
        effect, worth = draft_cache.weight_cost(dataset, task.weight)
        show_question(
            "What do the weights cost?",
            f"Design effect {effect:.2f}: the {len(dataset):,} cases of the file are as precise as "
            f"{worth:,.0f} of equal weight. Clusters and strata are not in it.",
        )
    replicates = _show_replicates(dataset)
    state.change(replicates=replicates)
    return task.but(replicates=replicates)


def _show_replicates(dataset: Dataset) -> Replicates | None:
    before = state.draft().replicates
    with st.expander("Replicate weights", expanded=before is not None):
        columns = st.text_input(
            describe_field(Replicates, "columns").title,
            value="" if before is None else before.columns,
            placeholder="none; for example repwt*",
            help=describe_field(Replicates, "columns").help,
            key=state.key("replicates.columns"),
        ).strip()
        if not columns:
            return None
        asked = (before or Replicates(columns=columns)).but(columns=columns)
        asked = asked.but(method=show_field(asked, "method"))
        if asked.method is Replication.BRR:
            asked = asked.but(fay=show_field(asked, "fay"))
        if asked.method is Replication.JKN:
            asked = asked.but(scale=show_field(asked, "scale"))
        with problems_shown():
            names = replicate_columns(dataset, asked)
            st.caption(
                f"{len(names)} columns, {escape(names[0])} to {escape(names[-1])}. Standard errors "
                "of all figures come from them; the networks are not fitted again."
            )
    return asked
