"""Damaged runs and studies: the fault, and deletion."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dnn_core.runs.damage import Damage
from pages.components.layout import problems_shown, show_notice
from pages.components.text import escape
from pages.session import data_cache, state

MOST_SHOWN = 10
"""Maximum number listed; with more, a whole disk is damaged, and a list does not help."""


def show_damaged_runs(damage: Sequence[Damage]) -> None:
    """Say what is wrong with damaged runs; each can be deleted."""
    _show(damage, "run", _delete_run)


def show_damaged_studies(damage: Sequence[Damage]) -> None:
    """Say what is wrong with damaged studies; each can be deleted."""
    _show(damage, "study", _delete_study)


def _show(damages: Sequence[Damage], what: str, delete: Callable[[str], None]) -> None:
    if not damages:
        return
    several = "studies" if what == "study" else f"{what}s"
    with st.container(border=True, key=f"damaged-{what}", gap="small"):
        show_notice(
            f"1 {what} is damaged."
            if len(damages) == 1
            else f"{len(damages):,} {several} are damaged.",
            f"All other {several} are not affected.",
            icon="broken_image",
            color="red",
        )
        for damage in damages[:MOST_SHOWN]:
            with st.container(horizontal=True, vertical_alignment="center"):
                error = damage.error
                st.markdown(
                    f"**{escape(damage.name)}** {escape(error.problem)} "
                    f":gray[{escape(error.remedy or '')}]",
                    width="stretch",
                )
                if st.button(
                    "Delete for good",
                    icon=":material/delete:",
                    key=f"delete-damaged-{damage.id}",
                ):
                    _confirm(damage, what, delete)
        if len(damages) > MOST_SHOWN:
            st.caption(
                f"And {len(damages) - MOST_SHOWN:,} more. Restore the whole workspace from a "
                "backup."
            )


@st.dialog("Delete for good?")
def _confirm(damage: Damage, what: str, delete: Callable[[str], None]) -> None:
    st.markdown(
        f"**{escape(damage.name)}** and its undamaged files cannot be restored. The record of "
        f"what was tried keeps the {what}, as far as its files can be read."
    )
    if st.button("Delete for good", type="primary", key="confirm-delete-damaged"):
        with problems_shown():
            delete(damage.id)
            state.renew()
            st.rerun()


def _delete_run(run_id: str) -> None:
    data_cache.workspace().delete_run(data_cache.workspace().run(run_id))
    if state.draft().run_id == run_id:
        state.open_run(None)


def _delete_study(study_id: str) -> None:
    data_cache.workspace().delete_study(data_cache.workspace().studies / study_id)
    state.remember("study", None)
