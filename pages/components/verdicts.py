"""Verdicts: one row each, worst first, with the figure behind it."""

from __future__ import annotations

import html
from collections.abc import Callable

import streamlit as st

from dnn_core.checks import CHECKS, Finding, Severity, lead_sentence
from dnn_core.runs.run import Run
from dnn_core.wording import plural
from pages.components.text import escape
from pages.session import run_cache
from pages.shell.navigation import PAGES

LOOK = {
    Severity.PROBLEM: ("red", "error"),
    Severity.WATCH: ("orange", "warning"),
    Severity.MEANT: ("gray", "chat_bubble"),
    Severity.GOOD: ("green", "check_circle"),
}


def show_verdicts(run: Run) -> None:
    """One sentence that sums the run up, then one row for each verdict."""
    findings, silent = run_cache.verdicts(run)
    show_lead(lead_sentence(run, findings))
    for number, finding in enumerate(findings):
        show_finding(finding, f"{finding.code}_{number}", first=number == 0)
    if silent:
        questions = {check.code: check.question for check in CHECKS}
        words = plural(len(silent), "check does", "checks do")
        with st.expander(f"{words} not apply to this run or cannot tell", type="compact"):
            for code, reason in silent:
                st.caption(f"{escape(questions[code])} {escape(reason)}")


def show_lead(sentence: str) -> None:
    """The one serif sentence of a page; text from files is escaped."""
    st.html(f'<p class="lead">{html.escape(sentence)}</p>')


def show_finding(
    finding: Finding, slot: str, below: Callable[[], None] | None = None, *, first: bool = False
) -> None:
    """One line: severity, verdict and figure; a click opens the reason and what can be done.

    Parameters
    ----------
    finding : Finding
    slot : str
        Tells the line from others on the page.
    below : callable, optional
        Shows what can be done; by default what to try is said.
    first : bool
        Whether nothing worse stands above. Unless it is praise, it is open.
    """
    color, icon = LOOK[finding.severity]
    opened = first and finding.severity in (Severity.PROBLEM, Severity.WATCH)
    with st.container(key=f"finding_{slot}"):
        word, text, figure = st.columns([1, 6.8, 3.4], gap="small")
        with word:
            st.markdown(f":{color}[:material/{icon}: {finding.severity.label}]")
        with text, st.expander(f"**{escape(finding.title)}**", expanded=opened, type="compact"):
            with st.container(gap=None):
                st.markdown(escape(finding.reason))
                if finding.measured:
                    st.caption(f"The figure at the right: {escape(finding.measured)}.")
            if below is not None:
                below()
            elif finding.try_text:
                show_try(finding, slot)
        with figure:
            st.html(
                f'<div class="figure" title="{html.escape(finding.measured)}">'
                f"<b>{html.escape(finding.figure)}</b> {html.escape(finding.figure_note)}</div>"
            )


def show_try(finding: Finding, slot: str) -> None:
    """What to do, with a link on the words before the first comma."""
    linked, comma, rest = finding.try_text.partition(",")
    with st.container(horizontal=True, gap=None, vertical_alignment="center", key=f"try_{slot}"):
        st.markdown(":gray[Try:]&nbsp;", width="content")
        # Verdicts stand on Diagnose, to which no link is needed.
        if finding.try_page in PAGES and finding.try_page != "diagnose":
            st.page_link(PAGES[finding.try_page], label=escape(linked))
        else:
            st.markdown(escape(linked), width="content")
        if comma:
            st.markdown(escape(f"{comma}{rest}."), width="content")
