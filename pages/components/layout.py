"""The recurring shapes of a page: header, tile, question, notice, empty state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dnn_core.diagnostics.diagnostic import Picture
from dnn_core.errors import UserError
from pages.components.text import escape
from pages.session import state
from pages.shell.navigation import PAGES


def show_header(title: str, sentence: str, *actions: Callable[[], None]) -> None:
    """Title and one grey sentence; at most two buttons at the right, the primary one last.

    Before them may stand one that is text.

    The sentence is Markdown.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="header"):
        with st.container(width="stretch", gap=None):
            st.title(title, anchor=False)
            st.markdown(f":gray[{sentence}]")
        if actions:
            with st.container(horizontal=True, width="content", gap="xsmall"):
                for action in actions:
                    action()


def next_page(page: str, label: str) -> Callable[[], None]:
    """The primary action that leads to the next page."""

    def show() -> None:
        if st.button(
            f"Next: {label}", type="primary", icon=":material/arrow_forward:", icon_position="right"
        ):
            st.switch_page(PAGES[page], query_params=state.address())

    return show


def side_by_side(name: str, *weights: float) -> Sequence[DeltaGenerator]:
    """Columns that stand below each other where the page is narrow; style.css says where.

    Parameters
    ----------
    name : str
        Tells these columns from others on the page.
    *weights : float
        Width of each column, in relation to the others.
    """
    with st.container(key=f"beside_{name}"):
        return st.columns(weights, gap="large")


def show_tile(label: str, value: str, caption: str, *, help_text: str | None = None) -> None:
    """One figure with what it means or how sure it is."""
    with st.container(border=True, gap=None, height="stretch"):
        st.metric(label, value, help=help_text)
        st.caption(caption)


def show_question(question: str, caption: str) -> None:
    """The heading of a chart or table: what it answers, and how to read it."""
    with st.container(gap=None):
        st.header(question, anchor=False)
        st.caption(caption)


def show_notice(title: str, detail: str, *, icon: str = "warning", color: str = "orange") -> None:
    """What a person should know, without a coloured box. Both texts are Markdown."""
    st.markdown(f":{color}[:material/{icon}:] **{title}** {detail}")


def show_empty(
    title: str, detail: str, *, page: str, action: str, icon: str = ":material/arrow_forward:"
) -> None:
    """What is missing, what comes first, and the way there."""
    with st.container(border=True, horizontal_alignment="center", key="empty", gap="small"):
        st.space("small")
        st.header(title, anchor=False, text_alignment="center")
        st.caption(detail, text_alignment="center")
        if st.button(action, type="primary", icon=icon):
            st.switch_page(PAGES[page], query_params=state.address())
        st.space("small")


def show_problem(error: UserError) -> None:
    """A `UserError` as a notice: what was wrong, and what to do."""
    rest = [f"Expected: {error.expected}." if error.expected else ""]
    rest.append(f"Received: {error.received}." if error.received else "")
    rest.append(error.remedy or "")
    show_notice(
        escape(error.problem),
        escape(" ".join(part for part in rest if part)),
        icon="error",
        color="red",
    )


def show_picture(picture: Picture) -> None:
    """A diagnostic: its question, how to read it, the chart."""
    show_question(escape(picture.question), escape(picture.caption))
    st.altair_chart(picture.chart, alt=picture.alt)


def show_pictures(pictures: Sequence[Picture]) -> None:
    """Diagnostics, two in a row and equally high; a last one alone has its words at its left."""
    for first in range(0, len(pictures), 2):
        st.space("xsmall")
        row = pictures[first : first + 2]
        name = f"pictures_{row[0].code}"
        if len(row) == 1:
            _show_wide(row[0], name)
            continue
        height = _common_height(row)
        for column, picture in zip(side_by_side(name, 1, 1), row, strict=True):
            with column:
                show_question(escape(picture.question), escape(picture.caption))
                st.altair_chart(picture.chart, alt=picture.alt, height=height)


def _common_height(pictures: Sequence[Picture]) -> int | Literal["content"]:
    """Pixels of the highest one; each has its own height where one follows from its rows."""
    heights = [picture.chart.height for picture in pictures]
    return max(heights) if all(isinstance(height, int) for height in heights) else "content"


def _show_wide(picture: Picture, name: str) -> None:
    words, chart = side_by_side(name, 1, 1.9)
    with words:
        show_question(escape(picture.question), escape(picture.caption))
    with chart:
        st.altair_chart(picture.chart, alt=picture.alt)


@contextmanager
def problems_shown() -> Iterator[None]:
    """Show a `UserError` where it happens.

    For dialogs and fragments, which rerun by themselves: the frame's handler
    is not around them then.
    """
    try:
        yield
    except UserError as error:
        show_problem(error)
