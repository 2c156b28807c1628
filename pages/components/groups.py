"""Whom the network fails: groups of a variable that the researcher chooses."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.grouping import grouping_variables
from dnn_core.diagnostics.diagnostic import Picture
from dnn_core.diagnostics.groups import MEASURES, default_variable
from dnn_core.diagnostics.run_part import RunPart
from dnn_core.evaluation.group_differences import FEWEST_CASES
from dnn_core.evaluation.metrics import metric, metrics_of
from dnn_core.runs.run import Run
from pages.components import services, state
from pages.components.layout import show_picture, show_question
from pages.components.text import escape

MOST_CROSSED = 2


def show_groups(run: Run, split: str) -> None:
    """The choice of groups and measure, the picture, and every figure of every group."""
    found = services.run_dataset(run)
    names = grouping_variables(found)
    first = default_variable(RunPart(run, split, found), names)
    measures = [declared.name for declared in metrics_of(run.kind)]
    left, right = st.columns([2, 1], gap="large")
    with left:
        chosen = st.multiselect(
            "Groups by",
            names,
            default=[] if first is None else [first],
            max_selections=MOST_CROSSED,
            format_func=lambda name: escape(found.variable(name).title),
            key=state.key("groups"),
            help="Any variable of the data, also one that the network does not see; numbers are "
            "cut into quarters. Two variables make combinations.",
        )
    with right:
        measure = st.selectbox(
            "Compared by",
            measures,
            index=measures.index(MEASURES[run.kind]),
            format_func=lambda name: metric(name).title,
            key=state.key("groups_measure"),
            help=" ".join(f"**{metric(name).title}**: {metric(name).help}" for name in measures),
        )
    if not chosen:
        st.caption("Choose a variable whose groups are to be compared.")
        return
    drawn = services.group_picture(run, split, tuple(chosen), measure)
    if isinstance(drawn, str):
        st.caption(escape(drawn))
        return
    show_picture(drawn)
    _show_figures(drawn, measures)


def _show_figures(picture: Picture, measures: list[str]) -> None:
    frame = picture.frame
    show_question(
        "What are all the figures?",
        "The difference is to all other cases, its interval holds for all groups together, and "
        f"groups with fewer than {FEWEST_CASES} cases have no figures.",
    )
    hidden = ~frame["enough"]
    table = frame.assign(
        cases=frame["cases"].map("{:,}".format).mask(hidden, f"under {FEWEST_CASES}"),
        share=(100 * frame["share"]).mask(hidden),
        interval=[
            f"{low:+.3f} to {high:+.3f}".replace("-", "−") if low == low else ""
            for low, high in zip(frame["difference_low"], frame["difference_high"], strict=True)
        ],
    )
    numbers = {
        name: st.column_config.NumberColumn(metric(name).title, format="%.3f") for name in measures
    }
    st.dataframe(
        table,
        hide_index=True,
        row_height=35,
        column_order=[
            "group",
            "cases",
            "share",
            "difference",
            "interval",
            "p",
            "verdict",
            *measures,
        ],
        column_config={
            "group": st.column_config.TextColumn("Group"),
            "cases": st.column_config.TextColumn("Cases", width=70),
            "share": st.column_config.NumberColumn("Share", format="%.0f%%", width=60),
            "difference": st.column_config.NumberColumn("Difference", format="%.3f"),
            "interval": st.column_config.TextColumn("95% interval, all together"),
            "p": st.column_config.NumberColumn("p, corrected", format="%.3f"),
            "verdict": st.column_config.TextColumn("Predicted"),
            **numbers,
        },
        alt="Every figure of every group",
    )
