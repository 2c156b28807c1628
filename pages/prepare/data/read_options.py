"""How a file was read, each setting changeable."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dnn_core.data.readers import ReadOptions, WorkbookOptions
from dnn_core.errors import UserError
from dnn_core.specs import describe_field
from pages.components.fields import show_field
from pages.components.text import escape, file_size
from pages.prepare.data.published_part import show_test_file
from pages.session import data_cache, state
from pages.session.kept_draft import roles_of
from pages.session.state import DataChoice, Draft

TOKENS = ("NA", "N/A", "NaN", "nan", "null", "NULL", ".", "-", "?", "None", "#N/A")
HEADER_ROWS = 30


def show_reading(choice: DataChoice) -> None:
    """One card: delimiter, encoding, decimal mark, header row, missing tokens; or the sheet."""
    path = data_cache.upload_path(choice.name)
    detected = data_cache.detected_options(choice.name)
    if detected is None:
        with st.container(border=True):
            size = file_size(path.stat().st_size)
            st.markdown(
                f":material/description: **{escape(path.name)}** :gray[{size} · labels and "
                "missing codes are those of the file, levels as far as it states them]"
            )
        return
    options = choice.options or detected
    card = st.container(border=True, gap="small")
    with card:
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            size = file_size(path.stat().st_size)
            st.markdown(
                f":material/description: **{escape(path.name)}** :gray[{size}]", width="content"
            )
            place = st.container(width="content")
        chosen: ReadOptions | WorkbookOptions
        if isinstance(options, WorkbookOptions):
            chosen = _show_sheet(options, data_cache.sheets(choice.name))
        else:
            chosen = _show_settings(options, data_cache.column_names(choice))
        unchanged = chosen == detected
        place.badge(
            "Everything guessed, nothing changed" if unchanged else "Changed by you", color="gray"
        )
    if chosen != options:
        new = replace(choice, options=chosen)
        edits = data_cache.edits_after(choice, new, state.draft().edits)
        state.change(choice=new, edits=edits, roles=_roles_after(new))
    if isinstance(chosen, ReadOptions):
        with card:
            show_test_file(replace(choice, options=chosen))


def _roles_after(choice: DataChoice) -> dict[str, str]:
    """Roles of the columns as they are read now; those that are still there keep theirs."""
    roles = state.draft().roles
    try:
        dataset = data_cache.dataset(Draft(choice=choice))
    except UserError:
        # Said below, where the table would be.
        return roles
    assert dataset is not None
    return {**roles_of(dataset, None), **{n: r for n, r in roles.items() if n in dataset.names}}


def _show_settings(options: ReadOptions, names: tuple[str, ...]) -> ReadOptions:
    columns = st.columns([1, 1, 1, 1, 1.6], gap="small")
    values = {}
    for column, name in zip(columns, ("delimiter", "encoding", "decimal"), strict=False):
        with column:
            values[name] = show_field(options, name)
    with columns[3]:
        values["header_row"] = _show_header_row(options.header_row)
    with columns[4]:
        values["missing_tokens"] = _show_tokens(options.missing_tokens)
    with st.expander("Further settings of reading", type="compact"):
        further = st.columns([1, 1, 1.5, 1.5], gap="small")
        for column, name in zip(further, ("thousands", "header_rows"), strict=False):
            with column:
                values[name] = show_field(options, name)
        for column, name in zip(further[2:], ("as_text", "no_tokens_in"), strict=True):
            with column:
                values[name] = _show_columns(name, getattr(options, name), names)
    return options.but(**values)


def _show_sheet(options: WorkbookOptions, sheets: tuple[str, ...]) -> WorkbookOptions:
    columns = st.columns([2, 1, 1, 1.6], gap="small")
    with columns[0]:
        setting = describe_field(WorkbookOptions, "sheet")
        sheet = st.selectbox(
            setting.title,
            sheets,
            index=sheets.index(options.sheet),
            help=setting.help,
            key=state.key("sheet"),
        )
    with columns[1]:
        row = _show_header_row(options.header_row)
    with columns[2]:
        rows = show_field(options, "header_rows")
    return options.but(sheet=sheet, header_row=row, header_rows=rows)


def _show_header_row(row: int | None) -> int | None:
    setting = describe_field(ReadOptions, "header_row")
    rows: list[int | None] = [*range(HEADER_ROWS), None]
    if row not in rows:
        rows.insert(-1, row)
    return st.selectbox(
        setting.title,
        rows,
        index=rows.index(row),
        format_func=lambda number: "None" if number is None else f"Row {number + 1}",
        help=setting.help,
        key=state.key("header_row"),
    )


def _show_columns(name: str, chosen: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    setting = describe_field(ReadOptions, name)
    # A column that the present reading does not have stays listed.
    options = [*names, *(column for column in chosen if column not in names)]
    picked = st.multiselect(
        setting.title, options, default=list(chosen), help=setting.help, key=state.key(name)
    )
    return tuple(picked)


def _show_tokens(tokens: tuple[str, ...]) -> tuple[str, ...]:
    setting = describe_field(ReadOptions, "missing_tokens")
    chosen = st.multiselect(
        setting.title,
        [*TOKENS, *(token for token in tokens if token not in TOKENS)],
        default=list(tokens),
        accept_new_options=True,
        help=setting.help,
        key=state.key("missing_tokens"),
    )
    return tuple(chosen)
