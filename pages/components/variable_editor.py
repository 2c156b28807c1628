"""The table in which roles, labels, levels and missing codes are edited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd
import streamlit as st

from dnn_core.data.dataset import LEVEL_HELP, Dataset, Level, Variable
from pages.components import state
from pages.components.task import (
    LEFT_OUT,
    OUTCOME,
    PREDICTOR,
    ROLES,
    SINGLE_ROLES,
    names_in_role,
    with_role,
)

FILTERS = {"All": None, "Predictors": PREDICTOR, "Left out": LEFT_OUT}
MOST_ROWS_IN_FULL = 16
LONGEST_NAME = 18
COLUMNS = ["variable", "role", "label", "level", "codes"]


def show_editor(found: Dataset) -> None:
    """Search, filter, and one editable row for each variable."""
    draft = state.draft()
    counts = {
        name: len(found.names if role is None else names_in_role(draft, found, role))
        for name, role in FILTERS.items()
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        search = st.text_input(
            "Search names and labels",
            placeholder="Search names and labels",
            icon=":material/search:",
            label_visibility="collapsed",
            key=state.key("search"),
        )
        chosen = st.segmented_control(
            "Show",
            list(FILTERS),
            default="All",
            required=True,
            format_func=lambda name: f"{name} {counts[name]:,}",
            label_visibility="collapsed",
            key=state.key("filter"),
        )
    table = state.snapshot(
        "variables", (found.name, chosen, search), lambda: _table(found, chosen, search)
    )
    if table.empty:
        st.caption("No variable matches. Clear the search or show all variables.")
        return
    edited = st.data_editor(
        table,
        hide_index=True,
        row_height=35,
        height="content" if len(table) <= MOST_ROWS_IN_FULL else 35 * 16,
        key=state.key(f"editor-{chosen}-{search}"),
        column_config=_column_config(found),
        disabled=["variable"],
        alt="Variables with role, label, level of measurement and missing codes",
    )
    _take_over(found, edited)
    _show_bulk(table["variable"].tolist())


def _table(found: Dataset, chosen: str, search: str) -> pd.DataFrame:
    roles = state.draft().roles
    shown = [
        v
        for v in found.variables
        if _matches(v, roles.get(v.name, LEFT_OUT), FILTERS[chosen], search)
    ]
    return _rows(shown, roles)


def _rows(variables: Iterable[Variable], roles: Mapping[str, str]) -> pd.DataFrame:
    rows = [
        (v.name, roles.get(v.name, LEFT_OUT), v.label, v.level.value, ", ".join(v.missing_codes))
        for v in variables
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype="object")


def _matches(variable: Variable, role: str, wanted: str | None, search: str) -> bool:
    if wanted is not None and role != wanted:
        return False
    return search.casefold() in f"{variable.name} {variable.label}".casefold()


def _column_config(found: Dataset) -> dict:
    # A question as name would push the columns that are edited off the screen.
    width = 130 if any(len(name) > LONGEST_NAME for name in found.names) else None
    levels = [level for level in Level if level is not Level.IMAGE or found.images is not None]
    return {
        "variable": st.column_config.TextColumn("Variable", width=width),
        "role": st.column_config.SelectboxColumn("Role", options=list(ROLES), required=True),
        "label": st.column_config.TextColumn("Label", width="medium"),
        "level": st.column_config.SelectboxColumn(
            "Level",
            options=[level.value for level in levels],
            format_func=lambda value: Level(value).label,
            required=True,
            help=LEVEL_HELP,
        ),
        "codes": st.column_config.TextColumn(
            "Missing codes",
            help="Values that mean no answer, separated by commas: -99, -98; or 900 to 999",
        ),
    }


def _take_over(found: Dataset, table: pd.DataFrame) -> None:
    """Write into the draft where the edited table says otherwise.

    The table repeats every edit since it was made. So it is compared with the
    draft and not with what it was: a cell that was changed back is an edit,
    and an outcome that was replaced by another one is none.
    """
    table = table.fillna("")
    draft = state.draft()
    before = _rows(map(found.variable, table["variable"]), draft.roles)
    changed = (table.to_numpy() != before.to_numpy()).any(axis=1)
    if not changed.any():
        return
    roles, edits = dict(draft.roles), dict(draft.edits)
    displaced = False
    for row in table[changed].itertuples():
        variable = found.variable(row.variable)
        codes = read_codes(row.codes)
        edited = variable.model_copy(
            update={"label": row.label, "level": Level(row.level), "missing_codes": codes}
        )
        if edited != variable:
            edits[row.variable] = edited
        if roles.get(row.variable) != row.role:
            updated = with_role(roles, row.variable, row.role)
            displaced |= updated != {**roles, row.variable: row.role}
            roles = updated
    # The kind was chosen for the outcome that was.
    kind = draft.kind if _outcomes(roles) == _outcomes(draft.roles) else None
    if displaced:
        # Another row changed as well, so the table starts anew from the draft.
        state.renew(roles=roles, edits=edits, kind=kind)
        st.rerun()
    state.change(roles=roles, edits=edits, kind=kind)


def read_codes(text: str) -> tuple[str, ...]:
    """Codes separated by commas or semicolons; numbers also by spaces. Ranges as in SPSS, too.

    >>> read_codes("-99 -98; refused to say; 998 thru 999")
    ('-99', '-98', 'refused to say', '998 to 999')
    """
    codes: list[str] = []
    for piece in re.split("[,;]", re.sub(r"(?i)(\d)\s+thru\s+", r"\1 to ", text)):
        words = piece.split()
        numbers = all(re.fullmatch(r"[-+]?\d+(\.\d+)?", word) for word in words)
        codes += words if numbers else [piece.strip()]
    return tuple(codes)


def _outcomes(roles: Mapping[str, str]) -> list[str]:
    return [name for name, role in roles.items() if role == OUTCOME]


def _show_bulk(shown: list[str]) -> None:
    """Give all shown variables one role; search first, then set a whole block."""
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption(f"Set the {len(shown):,} shown variables, except outcome, weight and cluster:")
        for role, icon in ((PREDICTOR, ":material/add:"), (LEFT_OUT, ":material/remove:")):
            if st.button(role, icon=icon, type="tertiary", key=state.key(f"bulk-{role}")):
                roles = dict(state.draft().roles)
                roles |= {n: role for n in shown if roles.get(n) not in SINGLE_ROLES}
                state.renew(roles=roles)
                st.rerun()
