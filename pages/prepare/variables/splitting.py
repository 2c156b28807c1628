"""The split into training, validation and test part."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset, Level, value_text
from dnn_core.data.split.row_split import IN_TIME, PROTECTION
from dnn_core.specs import Holdout, Part, SplitMethod, SplitSpec, Task, describe_field
from pages.components.fields import show_field
from pages.components.layout import problems_shown, show_notice, show_question
from pages.session import draft_cache, state, variables_cache

BY_COLUMN = (*IN_TIME, SplitMethod.COLUMN)
MOST_VALUES = 200
"""Nobody looks through a longer list of values."""


def show_split(dataset: Dataset, task: Task) -> None:
    """Show the split as one bar, with its method and shares."""
    split = state.draft().split
    place = st.container(gap=None)
    methods = _methods(dataset, task)
    if split.method is not None and split.method not in methods:
        official = dataset.official_test is not None
        split = split.but(method=SplitMethod.OFFICIAL if official else None)
    by_sample = split.but(method=None).method_for(task)
    chosen = st.selectbox(
        "Method",
        methods,
        index=methods.index(split.method_for(task)),
        format_func=lambda method: _words(method, task),
        help="How rows are assigned to the three parts.",
        # Anew where a cluster was declared or taken back, whose default is another one.
        key=state.key(f"split.method-{by_sample}"),
    )
    # What nobody has chosen goes on following the sample.
    method = None if split.method is None and chosen is by_sample else chosen
    by = _show_column(dataset, task, split) if chosen in BY_COLUMN else None
    named = chosen is SplitMethod.COLUMN and by is not None
    values = _show_values(dataset, split, by) if named and by else ()
    asked = _show_shares(split, chosen).but(method=method, by=by, test_values=values)
    state.change(split=asked)
    with place:
        show_question("On which part is the network evaluated?", PROTECTION[chosen])
        if chosen in BY_COLUMN and by is None:
            show_notice("The split is not complete.", "Choose the variable to split by.")
        elif named and not values:
            show_notice("The split is not complete.", "Choose which values are the test part.")
        else:
            with problems_shown():
                _show_bar(dataset, task)


def _show_column(dataset: Dataset, task: Task, split: SplitSpec) -> str | None:
    names = _columns(dataset, task)
    setting = describe_field(SplitSpec, "by")
    return st.selectbox(
        setting.title,
        names,
        index=names.index(split.by) if split.by in names else None,
        placeholder="Choose a variable",
        help=setting.help,
        key=state.key("split.by"),
    )


def _show_values(dataset: Dataset, split: SplitSpec, by: str) -> tuple[str, ...]:
    """Which values of a column are the test part, the most frequent offered first."""
    values = [value_text(value) for value in dataset.answers(by).value_counts().index]
    before = [value for value in split.test_values if split.by == by and value in values]
    # A value that a run asked for is offered however rare it is.
    options = values[:MOST_VALUES] + [
        value for value in before if value not in values[:MOST_VALUES]
    ]
    labels = dataset.variable(by).value_labels
    shown = [labels.get(value, value) for value in options]
    setting = describe_field(SplitSpec, "test_values")
    picked = st.multiselect(
        setting.title,
        options,
        default=before,
        format_func=lambda value: _label(value, labels, shown),
        placeholder="Choose values",
        help=setting.help,
        key=state.key(f"split.test_values-{by}"),
    )
    return tuple(value for value in options if value in picked)


def _label(value: str, labels: dict[str, str], shown: list[str]) -> str:
    """The value's label, with the value where two have the same one."""
    label = labels.get(value, value)
    return label if shown.count(label) == 1 else f"{label} ({value})"


def _show_shares(split: SplitSpec, method: SplitMethod) -> SplitSpec:
    # In time order nothing is left to chance.
    random = method is not SplitMethod.TIME
    # A test part that is published or chosen by its values has the size that it has.
    drawn = method not in (SplitMethod.OFFICIAL, SplitMethod.COLUMN)
    members = state.draft().training.members
    with st.expander("Shares and seed" if random else "Shares"):
        holdout = show_field(split, "holdout") if members > 1 else split.holdout
        in_turns = members > 1 and holdout is Holdout.FOLDS
        validation = split.validation if in_turns else show_field(split, "validation")
        test = show_field(split, "test") if drawn else split.test
        seed = show_field(split, "seed") if random else split.seed
    return SplitSpec.of(holdout=holdout, validation=validation, test=test, method=method, seed=seed)


def _show_bar(dataset: Dataset, task: Task) -> None:
    draft = state.draft()
    counts = draft_cache.sizes(dataset, task, draft).cases
    members = draft.training.members
    if members > 1 and draft.split.holdout is Holdout.FOLDS:
        counts = {name: count for name, count in counts.items() if name is not Part.VALIDATION}
        stretches = " one after the other in time" if draft.split.method is SplitMethod.TIME else ""
        st.caption(
            f"{members} networks take turns: the training rows are divided into {members} "
            f"parts{stretches}. Each network leaves out another one and is evaluated on it."
        )
    words = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    st.altair_chart(variables_cache.split_chart(counts), alt=f"Rows in each part: {words}")


def _columns(dataset: Dataset, task: Task) -> list[str]:
    """Variables that rows can be split by."""
    return [
        variable.name
        for variable in dataset.variables
        if variable.level is not Level.IMAGE and variable.name != task.target
    ]


def _methods(dataset: Dataset, task: Task) -> list[SplitMethod]:
    methods = [SplitMethod.STRATIFIED, SplitMethod.RANDOM]
    if _columns(dataset, task):
        methods += [SplitMethod.TIME, SplitMethod.COLUMN]
    if dataset.official_test is not None:
        methods.insert(0, SplitMethod.OFFICIAL)
    if task.cluster is not None:
        methods.insert(0, SplitMethod.GROUPED)
        if _columns(dataset, task):
            methods.append(SplitMethod.PANEL)
    return methods


def _words(method: SplitMethod, task: Task) -> str:
    if method is SplitMethod.PANEL:
        return f"Other people ({task.cluster}) at a later time"
    return f"Grouped by {task.cluster}" if method is SplitMethod.GROUPED else method.label
