"""A published test part that is a file of its own."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dnn_core.specs import SplitMethod, SplitSpec
from pages.components.layout import problems_shown
from pages.components.text import escape, file_size
from pages.session import data_cache, state
from pages.session.state import DataChoice, Draft


def show_test_file(choice: DataChoice) -> None:
    """Add the file of the test part, or take it back."""
    if choice.test_file is not None:
        _show_added(choice, choice.test_file)
        return
    with st.expander("The test part is a file of its own", type="compact"):
        st.caption(
            "Some data are published as two files, one for training and one for the test. The "
            "second is read like the first and has the same columns; its rows stay sealed until "
            "you open the test part."
        )
        upload = st.file_uploader("File of the test part", key=state.key("test_file"))
        if upload is not None:
            with problems_shown():
                path = data_cache.workspace().store_upload(upload.getvalue(), upload.name)
                _add(choice, f"{path.parent.name}/{path.name}")


def _show_added(choice: DataChoice, test_file: str) -> None:
    path = data_cache.upload_path(test_file)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        size = file_size(path.stat().st_size)
        st.markdown(
            f":material/lock: **{escape(path.name)}** :gray[{size} · its rows are the test part]",
            width="content",
        )
        if st.button("Take it back", type="tertiary", icon=":material/undo:"):
            _take_back(choice)


def _add(choice: DataChoice, test_file: str) -> None:
    new = replace(choice, test_file=test_file)
    # Before anything is changed: the second file may be refused.
    data_cache.dataset(Draft(choice=new))
    _renew(
        choice, new, state.draft().split.but(method=SplitMethod.OFFICIAL, by=None, test_values=())
    )


def _take_back(choice: DataChoice) -> None:
    split = state.draft().split
    _renew(
        choice,
        replace(choice, test_file=None),
        SplitSpec(seed=split.seed, holdout=split.holdout)
        if split.method is SplitMethod.OFFICIAL
        else split,
    )


def _renew(old: DataChoice, new: DataChoice, split: SplitSpec) -> None:
    edits = data_cache.edits_after(old, new, state.draft().edits)
    state.renew(choice=new, edits=edits, split=split)
    st.rerun()
