"""The findings of the leakage checks, with the researcher's answers."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dnn_core.audit import CHECKS_OF_PREDICTORS, Finding, Severity
from dnn_core.audit.answers import answered, unanswered
from dnn_core.data.dataset import Dataset
from dnn_core.specs import Answer, Task, describe_field
from dnn_core.wording import plural
from pages.components.layout import show_notice, show_question, side_by_side
from pages.components.text import escape
from pages.components.verdicts import show_finding, show_try
from pages.session import draft_cache, state
from pages.session.task import LEFT_OUT
from pages.shell.navigation import PAGES

LONGEST_REASON = 300


def show_audit(dataset: Dataset, task: Task) -> None:
    """One row for each finding, with its remedy or the researcher's reason; then the marks."""
    place = st.container()
    task = _show_marks(dataset, task)
    result = draft_cache.audit_of(dataset, task, state.draft())
    with place:
        show_question(
            "What could make the result too good?",
            "The checks use the training rows. Of the sealed test part they see only whether it "
            "shares rows, clusters, persons or times with them.",
        )
        if result is None:
            st.caption("The checks run as soon as the split is complete.")
            return
        reasons = answered(state.draft().answers.get(task.target, ()), result.findings)
        for number, finding in enumerate(result.findings):
            _show_row(finding, task, reasons.get(finding.key), number)
        if not result.findings:
            # If no check was run, there is no good news.
            look = {"icon": "check_circle", "color": "green"} if result.asked else {}
            title = "No problem was found." if result.asked else "No check was run."
            show_notice(title, result.silence, **look)
        if result.not_applicable:
            words = plural(len(result.not_applicable), "check does", "checks do")
            with st.expander(f"{words} not apply to these data", type="compact"):
                for code, reason in result.not_applicable:
                    st.caption(f"{escape(code.replace('_', ' '))}: {escape(reason)}")


def show_unanswered(dataset: Dataset, task: Task) -> None:
    """One line where findings wait for an answer, with the way to them."""
    result = draft_cache.audit_of(dataset, task, state.draft())
    if result is None:
        return
    waiting = unanswered(state.draft().answers.get(task.target, ()), result.findings)
    if not waiting:
        return
    first = escape(waiting[0].title)
    more = f" And {len(waiting) - 1} more." if len(waiting) > 1 else ""
    with st.container(horizontal=True, vertical_alignment="center", key="unanswered"):
        st.markdown(
            f":orange[:material/warning:] **The result could be too good.** {first}{more}",
            width="content",
        )
        st.page_link(PAGES["variables"], label="See on Variables")


def _show_row(finding: Finding, task: Task, reason: str | None, number: int) -> None:
    slot = f"audit_{number}"
    if reason is not None:
        meant = replace(finding, severity=Severity.MEANT)
        show_finding(meant, slot, lambda: _show_answer(finding, task, reason))
    else:
        show_finding(finding, slot, lambda: _show_remedies(finding, task, slot), first=number == 0)


def _show_answer(finding: Finding, task: Task, reason: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":gray[You said:] {escape(reason)}", width="content")
        if st.button("Withdraw the answer", type="tertiary", key=_key("back", finding)):
            _answer(finding, task, "")


def _show_remedies(finding: Finding, task: Task, slot: str) -> None:
    """Leave the variable out, or answer that it is intended."""
    # An id or a time that is a predictor, too, is no remedy to leave out.
    is_predictor = finding.code in {check.code for check in CHECKS_OF_PREDICTORS}
    if not is_predictor and finding.try_page == "variables":
        # That is this page, to which no link is needed.
        st.markdown(f":gray[Try:] {escape(finding.try_text)}.")
    elif not is_predictor:
        show_try(finding, slot)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        # The last predictor cannot be left out.
        offered = is_predictor and len(task.features) > 1
        if offered and _is_left_out(finding):
            state.renew(roles={**state.draft().roles, finding.variable: LEFT_OUT})
            st.rerun()
        with st.popover("This is intended …"):
            reason = st.text_input(
                "Why is it intended?",
                max_chars=LONGEST_REASON,
                placeholder="It is known before the outcome",
                help="A short reason. It is kept with the run and in everything that you export.",
                key=_key("reason", finding),
            ).strip()
            if st.button("Keep this answer", key=_key("keep", finding)):
                if reason:
                    _answer(finding, task, reason)
                show_notice("A reason is missing.", "A few words are enough.")


def _is_left_out(finding: Finding) -> bool:
    icon = ":material/remove:"
    return st.button("Leave the variable out", icon=icon, key=_key("out", finding))


def _answer(finding: Finding, task: Task, reason: str) -> None:
    """Keep a reason, or take it back where it is empty."""
    answers = state.draft().answers
    others = [said for said in answers.get(task.target, ()) if said.key != finding.key]
    if reason:
        others.append(Answer.of(code=finding.code, variable=finding.variable, reason=reason))
    state.renew(answers={**answers, task.target: tuple(others)})
    st.rerun()


def _show_marks(dataset: Dataset, task: Task) -> Task:
    """Fields on time: which predictors were measured later, and when the outcome was.

    Returns the task with it.
    """
    left, right = side_by_side("marks", 1, 1)
    options = list(dict.fromkeys([*task.measured_after, *task.features]))
    with left:
        setting = describe_field(Task, "measured_after")
        marked = st.multiselect(
            setting.title,
            options,
            default=list(task.measured_after),
            placeholder="Mark predictors",
            help=setting.help,
            key=state.key(f"measured_after-{task.target}"),
        )
    dates = [name for name in draft_cache.dated(dataset) if name != task.target]
    measured_on = task.measured_on if task.measured_on in dates else None
    if dates:
        with right:
            setting = describe_field(Task, "measured_on")
            measured_on = st.selectbox(
                setting.title,
                dates,
                index=None if measured_on is None else dates.index(measured_on),
                placeholder="Choose a date or year",
                help=setting.help,
                key=state.key(f"measured_on-{task.target}"),
            )
    state.change(measured_after=tuple(marked), measured_on=measured_on)
    return task.but(measured_after=tuple(marked), measured_on=measured_on)


def _key(name: str, finding: Finding) -> str:
    return state.key(f"{name}-{finding.code}-{finding.variable}")
