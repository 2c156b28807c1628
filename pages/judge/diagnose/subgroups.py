"""Whom the network fails: groups of a variable that the researcher chooses."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dnn_core.data.levels.grouping import grouping_variables
from dnn_core.diagnostics.diagnostic import Picture
from dnn_core.diagnostics.groups_plot import default_variable, verdict_sentence
from dnn_core.diagnostics.marks.style import format_interval
from dnn_core.evaluation.metrics.subgroup_differences import FEWEST_CASES
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.metrics import metric, metrics_of
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.run import Run
from dnn_core.specs import Part
from pages.components.layout import show_picture, show_question, side_by_side
from pages.components.text import escape
from pages.session import data_cache, run_cache, state

MOST_CROSSED = 2


def show_groups(run: Run, part: Part) -> None:
    """The choice of groups and measure, the picture, and the differences."""
    dataset = data_cache.run_dataset(run)
    names = grouping_variables(dataset)
    first = default_variable(RunPart(run, part, dataset), names)
    measures = [declared.name for declared in metrics_of(run.kind)]
    left, right = side_by_side("groups", 2, 1)
    with left:
        chosen = st.multiselect(
            "Groups by",
            names,
            default=[] if first is None else [first],
            max_selections=MOST_CROSSED,
            format_func=lambda name: escape(dataset.variable(name).title),
            key=state.key("groups"),
            help="Any variable of the data, also one that the network does not see; numbers are "
            "cut into quarters. Two variables make combinations.",
        )
    with right:
        measure = st.selectbox(
            "Compared by",
            measures,
            index=measures.index(outcome_of(run.kind).group_metric),
            format_func=lambda name: metric(name).title,
            key=state.key("groups_measure"),
            help=" ".join(f"**{metric(name).title}**: {metric(name).help}" for name in measures),
        )
    if not chosen:
        st.caption("Choose a variable whose groups are to be compared.")
        return
    drawn = run_cache.group_picture(run, part, tuple(chosen), measure)
    if isinstance(drawn, str):
        st.caption(escape(drawn))
        return
    st.markdown(f"**{escape(verdict_sentence(drawn.frame, metric(measure)))}**")
    show_picture(drawn)
    _show_figures(drawn, measure)


def _show_figures(picture: Picture, measure: str) -> None:
    frame = picture.frame
    show_question(
        "How large are the differences?",
        "Each group is compared with all other cases. The intervals of the differences hold for "
        f"all groups together; groups with fewer than {FEWEST_CASES} cases have no figures.",
    )
    hidden = ~frame["enough"]
    differences = zip(
        frame["difference"], frame["difference_low"], frame["difference_high"], strict=True
    )
    table = pd.DataFrame(
        {
            "group": frame["group"],
            "cases": frame["cases"].map("{:,}".format).mask(hidden, f"under {FEWEST_CASES}"),
            "share": (100 * frame["share"]).mask(hidden),
            "value": frame["figure"],
            "rest": frame["rest"],
            "difference": [
                format_interval(*row, digits=3) if math.isfinite(row[0]) else ""
                for row in differences
            ],
            "p": frame["p_text"],
            "verdict": frame["verdict"].mask(frame["verdict"] == "", "not distinguishable"),
        }
    )
    table.loc[frame["p"].isna(), "verdict"] = "not compared"
    st.dataframe(
        table,
        hide_index=True,
        row_height=35,
        column_config={
            "group": st.column_config.TextColumn("Group"),
            "cases": st.column_config.TextColumn("Cases", width=70),
            "share": st.column_config.NumberColumn("Share", format="%.0f%%", width=60),
            "value": st.column_config.TextColumn(metric(measure).title),
            "rest": st.column_config.NumberColumn("All others", format="%.3f", width=80),
            "difference": st.column_config.TextColumn("Difference"),
            "p": st.column_config.TextColumn("p, corrected", width=90),
            "verdict": st.column_config.TextColumn("Predicted"),
        },
        alt="Every group beside all others",
    )
