"""What is in the data: tiles, notices, one row for each variable; or the digits."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.describe.description import Description
from dnn_core.data.describe.notices import MISSING_CODES
from dnn_core.diagnostics.marks.digits import SHEET_SHARE, digit_sheet
from dnn_core.specs import Part
from dnn_core.wording import plural
from pages.components.edits import show_undo
from pages.components.layout import show_notice, show_question, show_tile
from pages.components.missing_codes import show_codes
from pages.components.text import escape, share
from pages.session import draft_cache, variables_cache
from pages.session.state import Draft
from pages.session.task import task_of

MOST_NOTICES = 4
MOST_ROWS_IN_FULL = 16


def show_table(dataset: Dataset) -> None:
    """Tiles, notices and one row for each variable."""
    about = variables_cache.description(dataset)
    _show_tiles(about)
    show_undo()
    show_codes(dataset, rows=MOST_NOTICES)
    # Codes have a line of their own, with what can be done about them.
    notices = [notice for notice in about.notices if notice.code != MISSING_CODES]
    with st.container(gap=None):
        for notice in notices[:MOST_NOTICES]:
            show_notice(escape(notice.title), escape(notice.detail))
    if len(notices) > MOST_NOTICES:
        with st.expander(plural(len(notices) - MOST_NOTICES, "further notice")):
            for notice in notices[MOST_NOTICES:]:
                show_notice(escape(notice.title), escape(notice.detail))
    show_question("What is in the file?", "One row for each variable, in the order of the file.")
    st.dataframe(
        about.table.assign(missing=100 * about.table["missing"]),
        hide_index=True,
        row_height=35,
        height="content" if len(about.table) <= MOST_ROWS_IN_FULL else 35 * 14,
        column_config={
            "variable": st.column_config.TextColumn("Variable", width=150),
            "label": st.column_config.TextColumn("Label", width="medium"),
            "level": st.column_config.TextColumn("Level"),
            "distribution": st.column_config.BarChartColumn(
                "Distribution", color="#6A99A3", y_min=0
            ),
            "missing": st.column_config.ProgressColumn(
                "Missing", color="orange", min_value=0, max_value=100, format="%.1f%%"
            ),
            "example": st.column_config.TextColumn("Example"),
        },
        alt="Variables of the file with label, level, distribution, missing share and an example",
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
