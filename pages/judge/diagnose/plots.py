"""The pictures behind the verdicts, one section at a time."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dnn_core.diagnostics.diagnostic import Section
from dnn_core.runs.run import Run
from dnn_core.specs import Part
from dnn_core.wording import plural
from pages.components.layout import show_pictures
from pages.components.text import escape
from pages.judge.diagnose.subgroups import show_groups
from pages.session import run_cache, state


def show_section(run: Run) -> Section:
    """Every diagnostic of the chosen section that applies to the run, of the chosen part.

    Returns
    -------
    Section
        The one that was chosen, for what else belongs to it.
    """
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"
    ):
        with st.container(width="stretch"):
            section = st.segmented_control(
                "Look closer",
                list(Section),
                default=Section.WORTH,
                required=True,
                format_func=lambda chosen: chosen.label,
                key=state.key("section"),
            )
        part = Part.VALIDATION
        if run.test_opened:
            part = st.segmented_control(
                "Part of the data",
                [Part.VALIDATION, Part.TEST],
                default=Part.TEST,
                required=True,
                format_func=str.capitalize,
                key=state.key("part"),
                width="content",
            )
    if section is Section.GROUPS:
        show_groups(run, part)
    drawn, left_out = run_cache.pictures(run, part, section)
    show_pictures(drawn)
    if left_out:
        _show_left_out(left_out, alone=not drawn)
    return section


def _show_left_out(left_out: Sequence[tuple[str, str]], *, alone: bool) -> None:
    """Plots that are not drawn, by reason; in sight where the section has nothing else."""
    label = f"{plural(len(left_out), 'plot is', 'plots are')} not drawn"
    titles: dict[str, list[str]] = {}
    for title, reason in left_out:
        titles.setdefault(reason, []).append(title)
    with st.expander(label, expanded=alone):
        for reason, named in titles.items():
            st.caption(f"{escape(' · '.join(named))}: {escape(reason)}")
