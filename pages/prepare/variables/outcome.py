"""The outcome, its distribution and the kind of task."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dnn_core.data.dataset import Dataset, Level
from dnn_core.data.describe.notices import enumerate_names
from dnn_core.data.target import guess_kind
from dnn_core.specs import Kind, Task
from pages.components.layout import show_notice, show_question
from pages.components.text import escape
from pages.session import draft_cache, state
from pages.session.task import OUTCOME, names_in_role, unusable_predictors, with_role


def _show_choice(dataset: Dataset) -> None:
    """The outcome by name; the same as giving it the role in the table."""
    draft = state.draft()
    names = [v.name for v in dataset.variables if v.level is not Level.IMAGE]
    current = next(iter(names_in_role(draft, dataset, OUTCOME)), None)
    chosen = st.selectbox(
        "Outcome",
        names,
        index=None if current is None else names.index(current),
        placeholder="Choose what is to be predicted",
        help="The variable that the network learns to predict from the others.",
        key=state.key(f"outcome-{current}"),
    )
    if chosen is not None and chosen != current:
        state.renew(roles=with_role(draft.roles, chosen, OUTCOME), kind=None)
        st.rerun()


def show_outcome(dataset: Dataset, task: Task | None) -> tuple[Task | None, DeltaGenerator]:
    """Which variable is the outcome, and as what it is predicted.

    Returns
    -------
    task : Task or None
        With the kind that was chosen.
    place : DeltaGenerator
        Where its distribution is to be drawn once the rows are split.
    """
    _show_choice(dataset)
    _show_unusable(dataset)
    place = st.container()
    if task is None:
        if names_in_role(state.draft(), dataset, OUTCOME):
            show_notice(
                "No predictor is left.",
                "Give at least one variable the role Predictor; identifiers and free text cannot "
                "be predictors.",
            )
        else:
            show_notice("There is no outcome yet.", "Choose it here or in the table.")
        return None, place
    return _show_kind(dataset, task), place


def _show_unusable(dataset: Dataset) -> None:
    """Say which variables are left out although they have the role of a predictor."""
    unusable = unusable_predictors(state.draft(), dataset)
    if unusable:
        one = len(unusable) == 1
        names = enumerate_names(variable.name for variable in unusable)
        show_notice(
            escape(f"{names} {'is' if one else 'are'} left out, in spite of the role Predictor."),
            "Free text and identifiers cannot be encoded. Sort the answers into categories in the "
            "file, or change the level in the table.",
        )


def show_distribution(dataset: Dataset, task: Task) -> None:
    """How the outcome is distributed in the rows that are not to be the test part."""
    answered = int(dataset.answers(task.target).notna().sum())
    rows = draft_cache.rows_outside_test(dataset, task, state.draft())
    sealed = "" if rows is None else " Drawn without the test part, which stays sealed."
    show_question(
        "How is the outcome distributed?",
        f"{answered:,} answered; {len(dataset) - answered:,} without an answer are set aside."
        f"{sealed}",
    )
    chart = draft_cache.outcome_chart(dataset, task, rows)
    st.altair_chart(chart, alt=f"Distribution of {task.target}")


def _show_kind(dataset: Dataset, task: Task) -> Task:
    guess = guess_kind(dataset, task.target)
    kinds = list(Kind)
    chosen = st.selectbox(
        "Kind of task",
        kinds,
        index=kinds.index(task.kind or guess.kind),
        format_func=lambda kind: kind.label,
        help="Determines the output layer, the loss and the figures that are shown.",
        key=state.key(f"kind-{task.target}"),
    )
    guessed = chosen is guess.kind
    st.caption(
        escape(guess.reason) if guessed else f"Your choice; the guess was “{guess.kind.label}”."
    )
    kind = None if guessed else chosen
    state.change(kind=kind)
    return task.but(kind=kind)
