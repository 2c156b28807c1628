"""The outcome's distribution and the kind of task."""

from __future__ import annotations

import streamlit as st
from dnn_core.diagnostics.outcome import outcome_distribution

from dnn_core.data.dataset import Dataset
from dnn_core.data.target import guess_kind
from dnn_core.specs import Kind, Task
from pages.components import state
from pages.components.layout import show_notice, show_question
from pages.components.text import escape


def show_outcome(found: Dataset, task: Task | None) -> None:
    """How the outcome is distributed, and as what it is predicted."""
    if task is None:
        show_notice(
            "The outcome or the predictors are missing.",
            "Give one variable the role Outcome and at least one the role Predictor.",
        )
        return
    answered = int(found.answers(task.target).notna().sum())
    show_question(
        "How is the outcome distributed?",
        f"{answered:,} answered; {len(found) - answered:,} without an answer are set aside.",
    )
    st.altair_chart(
        outcome_distribution(found, task.target, task.kind),
        alt=f"Distribution of {task.target}",
    )
    guess = guess_kind(found, task.target)
    kinds = list(Kind)
    chosen = st.selectbox(
        "Kind of task",
        kinds,
        index=kinds.index(task.kind or guess.kind),
        format_func=lambda kind: kind.label,
        help="Decides the output layer, the loss and the figures that are shown.",
        key=state.key(f"kind-{task.target}"),
    )
    if chosen is guess.kind:
        st.caption(escape(guess.reason))
        state.change(kind=None)
    else:
        st.caption(f"Your choice; guessed was “{guess.kind.label}”.")
        state.change(kind=chosen)
