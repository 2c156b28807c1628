"""What is done with the ticked variables: look one up, edit one or many."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dnn_core.data.dataset import LEVEL_HELP, Dataset, Level
from dnn_core.data.describe.notices import enumerate_names
from dnn_core.data.edits import Change, CodesEdit, Edit, read_value_labels
from dnn_core.errors import UserError
from pages.components.edits import make_edits
from pages.components.layout import show_problem, show_question
from pages.components.text import escape
from pages.prepare.variables.variable_details import heading_of, show_lookup
from pages.prepare.variables.variable_editor import read_codes
from pages.session import state, variables_cache
from pages.session.task import ROLES, SINGLE_ROLES

MOST_PREVIEWED = 200
MOST_ROWS_IN_FULL = 7
PREVIEW_WIDTHS = {"Variable": 70, "What": 98, "Now": 64, "Then": 70}
AS_IT_IS = "as it is"


def show_ticked(dataset: Dataset, names: tuple[str, ...], below: DeltaGenerator) -> None:
    """The ticked variable, or the ticked variables, and what is to be changed.

    Of a single one that is asked `below` the table, for what is known of it fills the side.
    """
    title, caption = f"What is to change in {len(names):,} variables?", enumerate_names(names)
    if len(names) == 1:
        title, caption = heading_of(dataset, names[0])
    with st.container(horizontal=True, vertical_alignment="top"):
        with st.container(width="stretch"):
            show_question(escape(title), escape(caption))
        if st.button("Close", icon=":material/close:", type="tertiary", help="Untick all."):
            state.tick((), anew=True)
            st.rerun()
    if len(names) == 1:
        show_lookup(dataset, names[0])
        with below, st.expander(f"Edit {escape(names[0])}", icon=":material/edit:"):
            _show_form(dataset, names)
    else:
        _show_form(dataset, names)


def _show_form(dataset: Dataset, names: tuple[str, ...]) -> None:
    # Keys hold the number of variables, so that a form starts anew for others.
    key = f"{names[0]}-{len(names)}"
    role, edit = None, Edit()
    try:
        role, edit = _ask(dataset, names, key)
    except UserError as error:
        show_problem(error)
        return
    changes = variables_cache.planned(dataset, names, edit)
    of = [n for n in names if role is not None and state.draft().roles.get(n) != role]
    _show_preview(dataset, changes, role, of)
    changed = [change.after for change in changes if change.after != change.before]
    count = len({*of, *(variable.name for variable in changed)})
    label = f"Apply to {count:,} variable{'s' * (count != 1)}"
    if st.button(label, disabled=count == 0, icon=":material/done_all:", key=state.key("apply")):
        make_edits(f"{count:,} variable{'s' * (count != 1)} changed.", changed, role, of)


def _ask(dataset: Dataset, names: tuple[str, ...], key: str) -> tuple[str | None, Edit]:
    """What is entered in the form: a role, and an edit."""
    levels = [level for level in Level if level is not Level.IMAGE]
    roles = [role for role in ROLES if len(names) == 1 or role not in SINGLE_ROLES]
    left, right = st.columns(2, gap="small")
    level = left.selectbox(
        "Level",
        [AS_IT_IS, *levels],
        format_func=lambda level: level.label if isinstance(level, Level) else level,
        help=LEVEL_HELP,
        key=state.key(f"bulk-level-{key}"),
    )
    role = right.selectbox(
        "Role",
        [AS_IT_IS, *roles],
        key=state.key(f"bulk-role-{key}"),
    )
    left, right = st.columns(2, gap="small")
    mode: Any = left.selectbox(
        "Missing codes",
        list(CodesEdit),
        format_func=lambda mode: mode.label,
        key=state.key(f"bulk-mode-{key}"),
    )
    codes = right.text_input(
        "Codes",
        placeholder="-99, 900 to 999",
        help="Separated by commas. “Replace all by” with nothing entered leaves no codes.",
        key=state.key(f"bulk-codes-{key}"),
    )
    labels = st.text_area(
        "Value labels",
        placeholder="1 = yes, 2 = no",
        help="Added to the existing labels; “2 =” alone removes the label of 2.",
        height=76,
        key=state.key(f"bulk-labels-{key}"),
    )
    words = _ask_words(dataset, names, key)
    edit = Edit(
        level=None if level == AS_IT_IS else Level(level),
        codes_edit=mode,
        codes=read_codes(codes),
        value_labels=read_value_labels(labels),
        **words,
    )
    return None if role == AS_IT_IS else role, edit


def _ask_words(dataset: Dataset, names: tuple[str, ...], key: str) -> dict[str, str]:
    """Label and question of one variable; words in the labels of many."""
    if len(names) == 1:
        variable = dataset.variable(names[0])
        return {
            "label": st.text_input(
                "Label", variable.label, key=state.key(f"bulk-label-{key}")
            ).strip(),
            "question": st.text_area(
                "Question text",
                variable.question,
                height=76,
                key=state.key(f"bulk-question-{key}"),
            ).strip(),
        }
    left, right = st.columns(2, gap="small")
    return {
        "find": left.text_input("In labels, replace", key=state.key(f"bulk-find-{key}")),
        "put": right.text_input("by", key=state.key(f"bulk-put-{key}")),
    }


def _show_preview(
    dataset: Dataset, changes: tuple[Change, ...], role: str | None, of: list[str]
) -> None:
    """What changes, one row for each part of a variable, before anything is done."""
    roles = state.draft().roles
    rows = [(name, "Role", roles.get(name, ""), role) for name in of]
    rows += [(change.before.name, *part) for change in changes for part in change.parts]
    if rows:
        st.dataframe(
            pd.DataFrame(rows[:MOST_PREVIEWED], columns=list(PREVIEW_WIDTHS)),
            hide_index=True,
            row_height=30,
            height="content" if len(rows) <= MOST_ROWS_IN_FULL else 30 * MOST_ROWS_IN_FULL,
            column_config={
                name: st.column_config.TextColumn(name, width=width)
                for name, width in PREVIEW_WIDTHS.items()
            },
            alt="What will change in each variable",
        )
    if len(rows) > MOST_PREVIEWED:
        st.caption(f"The first {MOST_PREVIEWED} of {len(rows):,} changes.")
    kept = {change.before.name: change.obstacle for change in changes if change.obstacle}
    if kept:
        first, reason = next(iter(kept.items()))
        st.caption(escape(f"The level of {enumerate_names(kept, 3)} stays: in {first}, {reason}."))
