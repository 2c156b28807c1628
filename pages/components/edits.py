"""Edits of many variables at once, with undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dnn_core.data.dataset import Variable
from pages.components.text import escape
from pages.session import state
from pages.session.state import DataChoice
from pages.session.task import OUTCOME, with_role


@dataclass(frozen=True)
class Step:
    """The last edit of many variables: what it did, and what was before."""

    choice: DataChoice | None
    words: str
    edits: dict[str, Variable | None]
    roles: dict[str, str]


def make_edits(
    words: str, variables: Sequence[Variable], role: str | None = None, of: Sequence[str] = ()
) -> None:
    """Apply edited variables, and a role of others, as one step that can be undone.

    Parameters
    ----------
    words : str
        What was done, as a sentence.
    variables : sequence of Variable
        As they are to be.
    role, of : str and sequence of str, optional
        A role and the variables that get it.
    """
    draft = state.draft()
    roles = dict(draft.roles)
    for name in of:
        roles = with_role(roles, name, role or roles[name])
    step = Step(
        choice=draft.choice,
        words=words,
        edits={variable.name: draft.edits.get(variable.name) for variable in variables},
        roles={n: draft.roles[n] for n in draft.roles if draft.roles[n] != roles[n]},
    )
    state.remember("step", step)
    edits = {**draft.edits, **{variable.name: variable for variable in variables}}
    _renew(edits, roles)
    st.rerun()


def show_undo() -> None:
    """What the last edit of many variables did, with the way back."""
    step: Step | None = state.recall("step")
    if step is None or step.choice != state.draft().choice:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="undo"):
        st.markdown(f":green[:material/check_circle:] {escape(step.words)}", width="content")
        if st.button("Undo", icon=":material/undo:", type="tertiary"):
            _undo(step)


def _undo(step: Step) -> None:
    draft = state.draft()
    edits = {name: edit for name, edit in draft.edits.items() if name not in step.edits}
    edits |= {name: edit for name, edit in step.edits.items() if edit is not None}
    state.remember("step", None)
    roles = draft.roles
    for name, role in step.roles.items():
        roles = with_role(roles, name, role)
    _renew(edits, roles)
    st.rerun()


def _renew(edits: dict[str, Variable], roles: dict[str, str]) -> None:
    draft = state.draft()
    # The kind was chosen for the outcome that was.
    same = [n for n in roles if roles[n] == OUTCOME] == [
        n for n in draft.roles if draft.roles[n] == OUTCOME
    ]
    state.renew(edits=edits, roles=roles, kind=draft.kind if same else None)
