"""Say what is to be predicted, and from what."""

from __future__ import annotations

import streamlit as st

from pages.components import services, state
from pages.components.audit import show_audit
from pages.components.bulk_edit import show_ticked
from pages.components.codebook import show_codebook
from pages.components.codes import show_codes
from pages.components.edits import show_undo
from pages.components.few import show_few
from pages.components.layout import next_page, show_empty, show_header
from pages.components.outcome import show_distribution, show_outcome
from pages.components.sampling import show_sampling
from pages.components.splitting import show_split
from pages.components.task import task_of
from pages.components.variable_editor import show_editor

found = services.dataset(state.draft())
actions = []
if found is not None:
    actions = [lambda: show_codebook(found), next_page("network", "Network")]
show_header("Variables", "Say what is to be predicted, and from what.", *actions)
if found is None:
    show_empty(
        "There are no variables yet",
        "Choose data first: a file of your own, a sample, or MNIST. It takes a minute.",
        page="data",
        action="Choose data",
    )
else:
    table, side = st.columns([1.9, 1], gap="large")
    with table:
        show_undo()
        show_codes(found)
        show_editor(found)
    found = services.dataset(state.draft())
    task = task_of(state.draft(), found)
    with side:
        if ticked := state.ticked():
            show_ticked(found, ticked)
        else:
            task, place = show_outcome(found, task)
            if task is not None:
                task = show_few(found, task)
                task = show_sampling(found, task)
                show_split(found, task)
                with place:
                    show_distribution(found, task)
    if task is not None and found.images is None:
        show_audit(found, task)
