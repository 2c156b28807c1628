"""Start the analysis of a run, and follow it."""

from __future__ import annotations

import streamlit as st

from dnn_core.analyses.time_estimate import estimate_seconds
from dnn_core.runs.analyses import Stage
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec
from dnn_core.wording import plural
from pages.components.fields import show_fields
from pages.components.layout import problems_shown, show_notice
from pages.components.text import duration, escape
from pages.session import run_cache, state

SECONDS_BETWEEN_LOOKS = 1.0
FIELDS = ("folds", "repeats", "seeds", "sizes", "blocks")


def show_robustness(run: Run) -> None:
    """What an analysis would do and how long that takes; or how far it is; or how it ended."""
    progress = run.analyses.progress
    if progress is not None and progress.active:
        _follow(run)
        return
    if progress is not None and progress.message:
        show_notice(f"Analysis {progress.stage.label.lower()}.", escape(progress.message))
    again = run.analyses.version > 0
    with st.expander("Ask again how robust this is") if again else st.container(border=True):
        _show_offer(run, again)


def _show_offer(run: Run, again: bool) -> None:
    top = st.container(horizontal=True, vertical_alignment="center")
    if again:
        asked = _show_settings(run)
    else:
        with st.expander("Folds, seeds and other networks", type="compact"):
            asked = _show_settings(run)
    times = asked.seeds * asked.folds * asked.repeats * (1 + len(asked.rivals))
    with top:
        with st.container(width="stretch", gap=None):
            st.markdown(
                "**Would other rows and another seed say the same?** The experiment is run again "
                "on parts of the rows outside the test part, and the influence of its predictors "
                "is analysed."
            )
            st.caption(
                f"{plural(times, 'time')}: {plural(asked.folds * asked.repeats, 'fold')}, "
                f"{plural(asked.seeds, 'seed')}. About "
                f"{duration(estimate_seconds(run, asked))}."
            )
        if st.button("How robust is this?", icon=":material/balance:"):
            with problems_shown():
                run_cache.analyse(run, asked)
                st.rerun()


def _show_settings(run: Run) -> AnalysisSpec:
    asked = show_fields(run_cache.suggested_analysis(run), *FIELDS)
    others = run_cache.rivals_of(run)
    if not others:
        return asked
    chosen = st.multiselect(
        "Other runs to compare",
        list(others),
        format_func=lambda run_id: others[run_id],
        key=state.key("analysis_rivals"),
        help="Earlier runs on the same data, outcome and split: how often each of them is best.",
    )
    return asked.but(rivals=tuple(chosen))


def _follow(run: Run) -> None:
    @st.fragment(run_every=SECONDS_BETWEEN_LOOKS)
    def follow() -> None:
        run_cache.watch_analysis(run)
        progress = run.analyses.progress
        if progress is None or not progress.active:
            st.rerun()
        bar, button = st.columns([5, 1], vertical_alignment="center")
        with bar:
            waiting = progress.stage is Stage.WAITING
            words = progress.stage.label if waiting else progress.title
            st.progress(progress.share, text=f"**{escape(words)}** …")
        with button:
            stopping = run.analyses.stop_requested
            if st.button("Stop", disabled=stopping, icon=":material/stop:", key="stop_analysis"):
                run.analyses.request_stop()
                st.rerun()

    follow()
