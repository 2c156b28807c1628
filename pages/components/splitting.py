"""Which rows train, which compare the epochs, which stay sealed."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.split import PROTECTION
from dnn_core.diagnostics.outcome import split_bar
from dnn_core.specs import Holdout, SplitMethod, Task
from pages.components import services, state
from pages.components.fields import show_field
from pages.components.layout import show_question


def show_split(found: Dataset, task: Task) -> None:
    """The split as one bar, its method and shares."""
    split = state.draft().split
    place = st.container(gap=None)
    methods = _methods(found, task)
    if split.method not in methods:
        split = split.but(method=methods[0])
    chosen = st.selectbox(
        "Method",
        methods,
        index=methods.index(split.method),
        format_func=lambda method: _words(method, task),
        help="How rows are dealt out to the three parts.",
        key=state.key("split.method"),
    )
    members = state.draft().training.members
    with st.expander("Shares and seed"):
        holdout = show_field(split, "holdout") if members > 1 else split.holdout
        in_turns = members > 1 and holdout is Holdout.FOLDS
        validation = split.validation if in_turns else show_field(split, "validation")
        # The published test part has the size that it has.
        test = show_field(split, "test") if chosen is not SplitMethod.OFFICIAL else split.test
        seed = show_field(split, "seed")
    asked = split.but(holdout=holdout, validation=validation, test=test, method=chosen, seed=seed)
    state.change(split=asked)
    with place:
        show_question("Which part judges the network?", PROTECTION[chosen])
        counts = services.sizes(found, task, state.draft()).cases
        if in_turns:
            counts = {name: count for name, count in counts.items() if name != "validation"}
            st.caption(
                f"{members} networks take turns: the training rows are dealt out to {members} "
                "parts, and each network leaves out another one and is judged on it."
            )
        words = ", ".join(f"{name} {count:,}" for name, count in counts.items())
        st.altair_chart(split_bar(counts), alt=f"Rows in each part: {words}")


def _methods(found: Dataset, task: Task) -> list[SplitMethod]:
    methods = [SplitMethod.STRATIFIED, SplitMethod.RANDOM]
    if found.official_test is not None:
        methods.insert(0, SplitMethod.OFFICIAL)
    if task.cluster is not None:
        methods.insert(0, SplitMethod.GROUPED)
    return methods


def _words(method: SplitMethod, task: Task) -> str:
    return f"Grouped by {task.cluster}" if method is SplitMethod.GROUPED else method.label
