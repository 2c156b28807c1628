"""Open data with what was done to them before, keep what is changed, and start afresh."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.describe.description import suggest_role
from dnn_core.data.readers.csv import SMALL
from dnn_core.data.samples import Sample
from dnn_core.errors import UserError
from dnn_core.runs.drafts import DataChoice, Draft, Keeper, Kept
from dnn_core.specs import HOML_PRESETS, HOML_TRAINING, SplitMethod, SplitSpec
from pages.components.layout import show_problem
from pages.components.text import date_and_time, escape
from pages.session import data_cache, state
from pages.session.task import CLUSTER, LEFT_OUT, OUTCOME, PREDICTOR, WEIGHT

LARGE = SMALL
"""Bytes of a file that takes long enough to show how far one is."""


@dataclass(frozen=True)
class Opening:
    """How the session's data were opened.

    Parameters
    ----------
    draft_id : str
        By what they are known.
    kept : Kept, optional
        What was done to them before, and has come back.
    problem : UserError, optional
        Why it has not.
    before : Draft, optional
        What it was until one started afresh.
    """

    draft_id: str
    kept: Kept | None = None
    problem: UserError | None = None
    before: Draft | None = None


def open_data(choice: DataChoice) -> None:
    """Make data the session's own, as they were left or, where they are new, as they come.

    Raises
    ------
    UserError
        If they cannot be read; the session's data stay as they are.
    """
    kept = problem = None
    try:
        kept = data_cache.kept_draft(choice)
        if kept is not None and kept.draft.choice is not None:
            _read(kept.draft.choice)
    except UserError as error:
        kept, problem = None, error
    if kept is None:
        opened = fresh_draft(choice)
        _begin(Opening(choice.draft_id, problem=problem), opened, Keeper(_folder(), opened))
    else:
        keeper = Keeper(_folder(), kept.opened, kept.draft)
        _begin(Opening(choice.draft_id, kept), kept.draft, keeper)


def _begin(opening: Opening, draft: Draft, keeper: Keeper) -> None:
    state.use_draft(draft)
    state.remember("opening", opening)
    state.remember("keeper", keeper)


def _read(choice: DataChoice) -> Dataset:
    if choice.origin == "file" and choice.test_file is None:
        path = data_cache.upload_path(choice.name)
        if path.stat().st_size >= LARGE:
            bar = st.empty()

            def watch(share: float) -> None:
                bar.progress(share, text="Reading the data …")

            data_cache.read_upload(choice, watch)
            bar.empty()
    dataset = data_cache.dataset(Draft(choice=choice))
    assert dataset is not None
    return dataset


def fresh_draft(choice: DataChoice) -> Draft:
    """The draft of data to which nothing was done yet.

    Raises
    ------
    UserError
        If they cannot be read.
    """
    dataset = _read(choice)
    if dataset.images is not None:
        official = dataset.official_test is not None
        return Draft(
            choice=choice,
            roles={"digit": OUTCOME, "image": PREDICTOR},
            split=SplitSpec(method=SplitMethod.OFFICIAL) if official else SplitSpec(),
            network=HOML_PRESETS["128-64"],
            training=HOML_TRAINING,
        )
    samples = data_cache.samples() if choice.origin == "sample" else ()
    sample = next((sample for sample in samples if sample.name == choice.name), None)
    return Draft(
        choice=choice,
        roles=roles_of(dataset, sample),
        kind=sample.kind if sample else None,
    )


def roles_of(dataset: Dataset, sample: Sample | None) -> dict[str, str]:
    """Roles to start from: what cannot predict is left out."""
    roles = {}
    for name in dataset.names:
        role = suggest_role(dataset, name).role
        roles[name] = PREDICTOR if role == "feature" else LEFT_OUT
    if sample is not None:
        roles |= dict.fromkeys(sample.leave_out, LEFT_OUT)
        roles |= {sample.weight: WEIGHT} if sample.weight else {}
        roles |= {sample.cluster: CLUSTER} if sample.cluster else {}
        roles[sample.target] = OUTCOME
    return roles


def bring_back() -> None:
    """Open the data that the address names; say so where they are not here."""
    draft_id = state.data_in_address()
    if draft_id is None or state.draft().choice is not None:
        return
    try:
        choice = _choice_of(draft_id)
        if choice is not None:
            open_data(choice)
        elif state.address().get("run") is None:
            raise UserError(
                "The data that this address names are not here.",
                remedy="Choose them on the page Data.",
            )
    except UserError as error:
        show_problem(error)


def _choice_of(draft_id: str) -> DataChoice | None:
    dataset = data_cache.choice_of(draft_id)
    if dataset is not None:
        return dataset
    # Data of a run are not chosen by hand: only their draft knows them.
    kept = data_cache.draft_of(draft_id)
    return kept.draft.choice if kept is not None else None


def stands_for_itself() -> None:
    """Note that the draft needs not be kept until it changes: the address leads back to it."""
    state.remember("keeper", Keeper(_folder(), state.draft()))


def keep() -> None:
    """Keep the draft if it has changed, and let the address name its data."""
    draft = state.draft()
    if draft.choice is not None:
        keeper: Keeper | None = state.recall("keeper")
        if keeper is None or not keeper.is_about(draft.choice):
            # Adopted from a run or a study, perhaps one that the address does not name.
            keeper = Keeper(_folder(), draft, always=True)
            state.remember("keeper", keeper)
        try:
            keeper.keep(draft)
        except UserError as error:
            show_problem(error)
    state.name_data()


def show_continued() -> None:
    """Say that one goes on where one left off, with the way to start afresh and back."""
    opening, choice = state.recall("opening"), state.draft().choice
    if opening is None or choice is None or opening.draft_id != choice.draft_id:
        return
    if opening.problem is not None:
        show_problem(opening.problem)
    elif opening.before is not None:
        words = ":green[:material/check_circle:] You started afresh."
        if _show_line(words, "Undo", ":material/undo:"):
            state.use_draft(opening.before)
            state.remember("opening", replace(opening, before=None))
            st.rerun()
    elif opening.kept is not None and (done := list(opening.kept.differences(OUTCOME))):
        words = (
            f":gray[:material/history: Continued where you left off on "
            f"{date_and_time(opening.kept.saved_at)}: {escape(', '.join(done))}.]"
        )
        if _show_line(words, "Start afresh", ":material/restart_alt:"):
            state.remember("opening", replace(opening, before=state.draft()))
            state.use_draft(opening.kept.opened)
            st.rerun()


def _show_line(words: str, label: str, icon: str) -> bool:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="continued"):
        st.markdown(words, width="content")
        return st.button(label, icon=icon, type="tertiary")


def _folder() -> Path:
    return data_cache.workspace().drafts
