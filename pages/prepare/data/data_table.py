"""What is in the data: tiles, notices, the variables or the rows; or the digits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dnn_core.data.dataset import Dataset, texts
from dnn_core.data.describe.description import Description
from dnn_core.data.describe.notices import MISSING_CODES, Notice
from dnn_core.diagnostics.marks.digits import SHEET_SHARE, digit_sheet
from dnn_core.specs import Part
from dnn_core.wording import plural
from pages.components.edits import show_undo
from pages.components.layout import show_notice, show_question, show_tile
from pages.components.missing_codes import show_codes
from pages.components.text import escape, share
from pages.session import draft_cache, state, variables_cache
from pages.session.state import Draft
from pages.session.task import task_of

MOST_ROWS_IN_FULL = 16

VARIABLES, ROWS = "Variables", "Rows"
"""The two ways to look at a file."""

VARIABLES_HELP = "One row for each variable, in the order of the file."

ROWS_SHOWN, VARIABLES_SHOWN = 200, 100
"""Of the rows: enough to see how they were read, and as quick with any file."""


def show_table(dataset: Dataset) -> None:
    """Tiles, notices, and one row for each variable or the first rows as they were read."""
    about = variables_cache.description(dataset)
    _show_tiles(about)
    show_undo()
    show_codes(dataset)
    # Codes have a line of their own, with what can be done about them.
    _show_notices([notice for notice in about.notices if notice.code != MISSING_CODES])
    with st.container(gap=None):
        # On the left: the table's own toolbar floats above its right end and would cover it.
        with st.container(horizontal=True, vertical_alignment="center", key="listed"):
            st.header("What is in the file?", anchor=False, width="content")
            view = st.segmented_control(
                "What is listed",
                (VARIABLES, ROWS),
                default=VARIABLES,
                required=True,
                label_visibility="collapsed",
                key=state.key("listed"),
            )
        st.caption(_caption(dataset) if view == ROWS else VARIABLES_HELP)
    if view == ROWS:
        _show_rows(dataset)
    else:
        _show_variables(about)


def _show_notices(notices: list[Notice]) -> None:
    """One line; several are counted in it and open with a click."""
    if len(notices) == 1:
        show_notice(escape(notices[0].title), escape(notices[0].detail))
    elif notices:
        first = escape(notices[0].title)
        label = f":orange[:material/warning:] **{plural(len(notices), 'notice')}.** {first}"
        with st.expander(label, type="compact", key="notices"), st.container(gap=None):
            for notice in notices:
                show_notice(escape(notice.title), escape(notice.detail))


def _show_variables(about: Description) -> None:
    table = about.table.assign(missing=100 * about.table["missing"])
    if not table["label"].any():
        table = table.drop(columns="label")
    st.dataframe(
        table,
        hide_index=True,
        row_height=35,
        height="content" if len(table) <= MOST_ROWS_IN_FULL else 35 * 14,
        column_config={
            "variable": st.column_config.TextColumn("Variable", width=130),
            "label": st.column_config.TextColumn("Label", width=170),
            "level": st.column_config.TextColumn("Level", width=82),
            "distribution": st.column_config.BarChartColumn(
                "Distribution", color="#6A99A3", y_min=0, width=105
            ),
            "missing": st.column_config.ProgressColumn(
                "Missing", color="orange", min_value=0, max_value=100, format="%.1f%%", width=110
            ),
            "example": st.column_config.TextColumn("Example", width=90),
        },
        alt="Variables of the file with label, level, distribution, missing share and an example",
    )


def _rows_listed(dataset: Dataset) -> np.ndarray:
    """The first rows that are not of a published test part."""
    sealed = np.array([], dtype="int64") if dataset.official_test is None else dataset.official_test
    # Among so many there are enough others.
    first = np.arange(min(len(dataset), ROWS_SHOWN + len(sealed)))
    return np.setdiff1d(first, sealed)[:ROWS_SHOWN]


def _caption(dataset: Dataset) -> str:
    rows, names = len(_rows_listed(dataset)), len(dataset.names)
    words = f"The first {rows:,} of {plural(len(dataset), 'row')}"
    if rows == len(dataset):
        words = "All rows"
    if names > VARIABLES_SHOWN:
        words += f" and the first {VARIABLES_SHOWN} of {names:,} variables"
    sealed = "" if dataset.official_test is None else " The published test part stays sealed."
    return f"{words}, with the answers as they are in the file.{sealed}"


def _show_rows(dataset: Dataset) -> None:
    """The first rows; numbers as numbers, everything else as the text that it is."""
    rows = _rows_listed(dataset)
    # Rows first: choosing columns copies all rows of them.
    frame = dataset.frame.iloc[rows][list(dataset.names[:VARIABLES_SHOWN])]
    table = frame.apply(
        lambda answers: answers if pd.api.types.is_numeric_dtype(answers) else texts(answers)
    )
    # As people count: the first row below the names is 1.
    st.dataframe(
        table.set_axis(pd.Index(rows + 1, name="Row")),
        row_height=35,
        height="content" if len(table) <= MOST_ROWS_IN_FULL else 35 * 14,
        placeholder="",
        alt="The first rows of the file, one column for each variable",
    )


def _show_tiles(about: Description) -> None:
    tiles = st.columns(4, gap="small")
    with tiles[0]:
        show_tile("Rows", f"{about.rows:,}", "one per case")
    with tiles[1]:
        show_tile(
            "Variables", f"{about.variables:,}", f"{about.numeric:,} numeric · {about.text:,} text"
        )
    with tiles[2]:
        most = about.most_missing
        caption = f"most in {most[0]}, {share(most[1])}" if most else "none in any variable"
        show_tile("Missing cells", share(about.missing_share), escape(caption))
    with tiles[3]:
        show_tile("Duplicate rows", f"{about.duplicate_rows:,}", "compared on all variables")


def show_digits(dataset: Dataset, draft: Draft) -> None:
    """Sizes of the parts, a sheet of digits and the class counts."""
    task = task_of(draft, dataset)
    assert task is not None and dataset.images is not None
    cases = draft_cache.sizes(dataset, task, draft).cases
    official = dataset.official_test is not None
    source = f"official {len(dataset) - cases[Part.TEST]:,}" if official else f"{len(dataset):,}"
    height, width = dataset.images.shape[1:]
    tiles = st.columns(4, gap="small")
    with tiles[0]:
        show_tile("Training part", f"{cases[Part.TRAINING]:,}", f"of the {source}")
    with tiles[1]:
        show_tile("Validation part", f"{cases[Part.VALIDATION]:,}", f"drawn from the {source}")
    with tiles[2]:
        show_tile(
            "Test part",
            f"{cases[Part.TEST]:,}",
            "sealed, official test images" if official else "sealed",
        )
    with tiles[3]:
        show_tile("Pixels per image", f"{height * width:,}", "scaled to 0 to 1")
    st.space("xxsmall")
    left, right = st.columns([SHEET_SHARE, 1 - SHEET_SHARE])
    with left:
        show_question("What do the digits look like?", "The first 20 images of each class.")
    with right:
        show_question("Are the classes balanced?", "Images per class; the line marks equal shares.")
    st.altair_chart(
        digit_sheet(dataset),
        alt="Twenty digits of each class beside the number of images of each class",
    )
