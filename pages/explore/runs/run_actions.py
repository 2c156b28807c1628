"""What can be done with one run, and with several at once."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dnn_core.runs.run import Run
from pages.components.layout import problems_shown, show_question
from pages.components.text import escape
from pages.explore.runs.mlflow import show_sending
from pages.session import data_cache, state
from pages.session.adopt import adopt
from pages.shell.navigation import PAGES

HIGHEST_SEED = 2**31 - 1


def show_actions(run: Run) -> None:
    """Open, rename, note, tag, train again, archive, delete."""
    notes = run.notes
    show_question(
        escape(notes.name), "Opening a run makes it the one on Train, Diagnose and Predict."
    )
    _show_notes(run)
    with st.container(horizontal=True, gap="xsmall"):
        if st.button("Open", type="primary", icon=":material/open_in_new:"):
            state.open_run(run.id)
            st.switch_page(PAGES["diagnose" if run.status.done else "train"])
        if st.button("Adopt its settings", icon=":material/content_copy:"):
            adopt(run)
            st.switch_page(PAGES["network"])
        _show_again(run)
        label = "Bring back" if notes.archived else "Archive"
        if st.button(label, icon=":material/archive:"):
            _archive([run], archived=not notes.archived)
        if st.button("Delete for good", icon=":material/delete:", disabled=run.status.active):
            _confirm([run])
        show_sending([run])


def _show_notes(run: Run) -> None:
    notes = run.notes
    left, middle, right = st.columns([1, 1.6, 1.2], gap="small")
    with left:
        name = st.text_input("Name", notes.name, max_chars=60, key=state.key(f"name-{run.id}"))
    with middle:
        note = st.text_input("Note", notes.note, max_chars=500, key=state.key(f"note-{run.id}"))
    with right:
        tags = _choose_tags("Tags", notes.tags, f"tags-{run.id}")
    wanted = {"name": name.strip() or notes.name, "note": note, "tags": tags}
    if wanted != {"name": notes.name, "note": notes.note, "tags": notes.tags}:
        run.annotate(**wanted)
        st.rerun()


def _choose_tags(label: str, chosen: Sequence[str], name: str) -> tuple[str, ...]:
    """Tags that some run has, or new ones; in the order in which notes keep them."""
    table = data_cache.workspace().runs_table()
    known = {tag for tags in table["tags"] for tag in tags} | set(chosen)
    tags = st.multiselect(
        label,
        sorted(known, key=str.casefold),
        default=list(chosen),
        accept_new_options=True,
        placeholder="Choose or type",
        key=state.key(name),
    )
    return tuple(sorted(tags, key=str.casefold))


def _show_again(run: Run) -> None:
    """Train the same with another seed: how far apart two such runs are, is chance."""
    with st.popover("Train again", icon=":material/replay:"):
        st.caption(
            "The same settings on the same rows; only the seed differs. Which one does better is "
            "due to chance, so it is no reason to choose it. “How robust is this?” on Diagnose "
            "shows how far seeds and rows move the figures."
        )
        seed = st.number_input(
            "Seed",
            min_value=0,
            max_value=HIGHEST_SEED,
            value=min(run.experiment.seed + 1, HIGHEST_SEED),
            step=1,
            key=f"seed-{run.id}",
        )
        if st.button("Train", icon=":material/play_arrow:", key=f"again-{run.id}"):
            dataset = data_cache.run_dataset(run)
            started = data_cache.workspace().new_run(dataset, run.experiment.but(seed=int(seed)))
            started.annotate(note=f"{run.notes.name} again, with seed {seed}", tags=run.notes.tags)
            state.open_run(started.id)
            data_cache.compute().submit(started)
            st.switch_page(PAGES["train"])


def show_bulk_actions(runs: list[Run]) -> None:
    """Tag, archive or delete all runs that are ticked."""
    deletable = [run for run in runs if not run.status.active]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{len(runs):,} runs**", width="content")
        with st.popover("Tag", icon=":material/label:"):
            tags = _choose_tags("Tags that all of them get", (), "tags-of-all")
            if st.button("Add", disabled=not tags, key="add-tags"):
                for run in runs:
                    run.annotate(tags=(*run.notes.tags, *tags))
                state.renew()
                st.rerun()
        kept = [run for run in runs if not run.notes.archived]
        if st.button("Archive", icon=":material/archive:", disabled=not kept):
            _archive(kept, archived=True)
        gone = [run for run in runs if run.notes.archived]
        if gone and st.button("Bring back", icon=":material/unarchive:"):
            _archive(gone, archived=False)
        if st.button("Delete for good", icon=":material/delete:", disabled=not deletable):
            _confirm(deletable)


def show_purge(table: pd.DataFrame) -> None:
    """Delete everything that is archived."""
    ids = table.loc[table["archived"], "id"]
    if len(ids) == 0:
        return
    if st.button(f"Delete all {len(ids):,} archived for good", icon=":material/delete_sweep:"):
        runs = [data_cache.workspace().run(run_id) for run_id in ids]
        _confirm([run for run in runs if not run.status.active])


def _archive(runs: Sequence[Run], *, archived: bool) -> None:
    for run in runs:
        run.annotate(archived=archived)
    state.renew()
    st.rerun()


@st.dialog("Delete for good?")
def _confirm(runs: list[Run]) -> None:
    if len(runs) == 1:
        what = f"**{escape(runs[0].notes.name)}** with its model and predictions"
    else:
        what = f"**{len(runs):,} runs** with their models and predictions"
    st.markdown(
        f"{what} cannot be restored. The record of what was tried keeps "
        f"{'it' if len(runs) == 1 else 'them'}."
    )
    if st.button("Delete for good", type="primary", key="confirm-delete"):
        with problems_shown():
            for run in runs:
                data_cache.workspace().delete_run(run)
                if state.draft().run_id == run.id:
                    state.open_run(None)
            state.renew()
            st.rerun()
