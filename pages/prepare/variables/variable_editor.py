"""The table in which roles, labels, levels and missing codes are edited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dnn_core.data.dataset import LEVEL_HELP, Dataset, Level, Variable
from dnn_core.data.describe.lookup import find_words
from pages.session import state
from pages.session.task import (
    LEFT_OUT,
    OUTCOME,
    PREDICTOR,
    ROLES,
    SINGLE_ROLES,
    names_in_role,
    with_role,
)

FILTERS = {"All": None, "Predictors": PREDICTOR, "Left out": LEFT_OUT}
MOST_ROWS_IN_FULL = 24
ROWS_AT_ONCE = 16
"""Of a table that is longer than that."""

CHARACTER_WIDTH, PADDING = 7.5, 18
NAME_WIDTHS = 74, 130
"""Pixels: a question as name would push the columns that are edited off the screen."""

ROOM_OF_NAME_AND_LABEL = 238
"""Pixels that the other columns leave them beside a side column."""
COLUMNS = ["variable", "role", "label", "level", "codes"]


def show_editor(dataset: Dataset) -> None:
    """Search, filter, and one editable row for each variable."""
    draft = state.draft()
    counts = {
        name: len(dataset.names if role is None else names_in_role(draft, dataset, role))
        for name, role in FILTERS.items()
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        # On the left: the table's own toolbar floats over what stands at the right above it.
        chosen = st.segmented_control(
            "Show",
            list(FILTERS),
            default=_kept("filter", "All"),
            required=True,
            format_func=lambda name: f"{name} {counts[name]:,}",
            label_visibility="collapsed",
            key=state.key("filter"),
        )
        search = st.text_input(
            "Search names, labels and answers",
            placeholder="Search names, labels and answers",
            help="Looks at names, labels, question texts and value labels.",
            icon=":material/search:",
            label_visibility="collapsed",
            # Changing many of the variables that match leaves the search as it is.
            value=_kept("search", ""),
            key=state.key("search"),
        )
    _keep("search", search)
    _keep("filter", chosen)
    round_of_ticks = state.recall("ticks", 0)
    table = state.snapshot(
        "variables",
        (dataset.name, chosen, search, round_of_ticks),
        lambda: _table(dataset, chosen, search),
    )
    if table.empty:
        st.caption("No variable matches. Clear the search or show all variables.")
        return
    edited = st.data_editor(
        table,
        hide_index=True,
        row_height=35,
        height="content" if len(table) <= MOST_ROWS_IN_FULL else 35 * ROWS_AT_ONCE,
        key=state.key(f"editor-{chosen}-{search}-{round_of_ticks}"),
        column_config=_column_config(dataset),
        column_order=_column_order(dataset, table),
        disabled=["variable", "found"],
        alt="Variables with role, label, level of measurement and missing codes",
    )
    _take_ticks(dataset, edited)
    _take_over(dataset, edited[COLUMNS])
    shown = table["variable"].tolist()
    with st.container(gap=None):
        _show_ticking(dataset, shown)
        _show_bulk(shown)


def _kept(name: str, default: str) -> str:
    choice, value = state.recall(name, (None, default))
    return value if choice == state.draft().choice else default


def _keep(name: str, value: str) -> None:
    state.remember(name, (state.draft().choice, value))


def _table(dataset: Dataset, chosen: str, search: str) -> pd.DataFrame:
    """The rows that are shown, ticks before them and behind them where the search found them."""
    roles, wanted = state.draft().roles, FILTERS[chosen]
    shown, places = [], []
    for variable in dataset.variables:
        place = find_words(variable, search)
        if place is not None and wanted in (None, roles.get(variable.name, LEFT_OUT)):
            shown.append(variable)
            places.append(place)
    ticks = set(state.ticked())
    table = _rows(shown, roles).assign(found=pd.Series(places, dtype="object"))
    table.insert(0, "tick", [v.name in ticks for v in shown])
    return table


def _column_order(dataset: Dataset, table: pd.DataFrame) -> list[str]:
    """Where the search found answers or questions, that stands beside the name.

    Where the file has no labels, their column stands last.
    """
    hits = ["found"] if table["found"].any() else []
    labelled = any(variable.label for variable in dataset.variables)
    others = COLUMNS[1:] if labelled else [*(c for c in COLUMNS[1:] if c != "label"), "label"]
    return ["tick", COLUMNS[0], *hits, *others]


def _rows(variables: Iterable[Variable], roles: Mapping[str, str]) -> pd.DataFrame:
    rows = [
        (v.name, roles.get(v.name, LEFT_OUT), v.label, v.level.value, ", ".join(v.missing_codes))
        for v in variables
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype="object")


def _column_config(dataset: Dataset) -> dict[str, Any]:
    longest = max(map(len, dataset.names))
    least, most = NAME_WIDTHS
    width = min(max(round(CHARACTER_WIDTH * longest) + PADDING, least), most)
    levels = [level for level in Level if level is not Level.IMAGE or dataset.images is not None]
    return {
        "tick": st.column_config.CheckboxColumn(
            "Tick", width=72, help="Tick one variable to look it up, several to edit them at once."
        ),
        "found": st.column_config.TextColumn("Found in", width=150),
        "variable": st.column_config.TextColumn("Variable", width=width),
        "role": st.column_config.SelectboxColumn(
            "Role", width=86, options=list(ROLES), required=True
        ),
        "label": st.column_config.TextColumn("Label", width=ROOM_OF_NAME_AND_LABEL - width),
        "level": st.column_config.SelectboxColumn(
            "Level",
            width=82,
            options=[level.value for level in levels],
            format_func=lambda value: Level(str(value)).label,
            required=True,
            help=LEVEL_HELP,
        ),
        "codes": st.column_config.TextColumn(
            "Missing codes",
            width=118,
            help="Values that mean no answer, separated by commas: -99, -98; or 900 to 999",
        ),
    }


def _take_ticks(dataset: Dataset, table: pd.DataFrame) -> None:
    """Note which variables are ticked; those that are not shown stay as they are."""
    now = set(table.loc[table["tick"].eq(True), "variable"])
    others = set(state.ticked()) - set(table["variable"])
    ticks = now | others
    state.tick(tuple(name for name in dataset.names if name in ticks) if ticks else ())


def _show_ticking(dataset: Dataset, shown: list[str]) -> None:
    """Tick all variables that are shown, beside those that are ticked already."""
    ticked = state.ticked()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        words = f"Tick all {len(shown):,} shown" if len(shown) > 1 else "Tick the one shown"
        if st.button(words, icon=":material/check_box:", type="tertiary"):
            ticks = {*ticked, *shown}
            state.tick(tuple(name for name in dataset.names if name in ticks), anew=True)
            st.rerun()
        st.caption("Tick one variable to look it up, several to edit them at once.")


def _take_over(dataset: Dataset, table: pd.DataFrame) -> None:
    """Write into the draft where the edited table says otherwise.

    The table repeats every edit since it was made. So it is compared with the
    draft and not with what it was: a cell that was changed back is an edit,
    and an outcome that was replaced by another one is none.
    """
    table = table.fillna("")
    draft = state.draft()
    before = _rows(map(dataset.variable, table["variable"]), draft.roles)
    changed = (table.to_numpy() != before.to_numpy()).any(axis=1)
    if not changed.any():
        return
    roles, edits = dict(draft.roles), dict(draft.edits)
    displaced = False
    for row in table[changed].itertuples():
        variable = dataset.variable(row.variable)
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


def _shown_words(count: int) -> str:
    return "the variable shown" if count == 1 else f"the {count:,} variables shown"


def _show_bulk(shown: list[str]) -> None:
    """Give all shown variables one role; search first, then set a whole block."""
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.caption(f"Set {_shown_words(len(shown))}, except outcome, weight, cluster and strata:")
        for role, icon in ((PREDICTOR, ":material/add:"), (LEFT_OUT, ":material/remove:")):
            if st.button(role, icon=icon, type="tertiary", key=state.key(f"bulk-{role}")):
                roles = dict(state.draft().roles)
                roles |= {n: role for n in shown if roles.get(n) not in SINGLE_ROLES}
                state.renew(roles=roles)
                st.rerun()
