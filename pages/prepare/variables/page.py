"""The page Variables: the outcome, its predictors and the split."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.components.edits import show_undo
from pages.components.layout import next_page, show_empty, show_header, side_by_side
from pages.components.leakage_checks import show_audit
from pages.components.missing_codes import show_codes
from pages.prepare.variables.bulk_edit import show_ticked
from pages.prepare.variables.codebook import show_codebook
from pages.prepare.variables.outcome import show_distribution, show_outcome
from pages.prepare.variables.reduced_model import show_reduced_model
from pages.prepare.variables.sampling import show_sampling
from pages.prepare.variables.splitting import show_split
from pages.prepare.variables.variable_editor import show_editor
from pages.session import data_cache, state
from pages.session.task import task_of

dataset = data_cache.dataset(state.draft())
actions: list[Callable[[], None]] = []
if dataset is not None:
    actions = [partial(show_codebook, dataset), next_page("network", "Network")]
show_header("Variables", "Say what is to be predicted, and from what.", *actions)
if dataset is None:
    show_empty(
        "There are no variables yet",
        "Choose data first: a file of your own, a sample, or MNIST. It takes a minute.",
        page="data",
        action="Choose data",
    )
else:
    table, side = side_by_side("variables", 1.9, 1)
    with table:
        show_undo()
        show_codes(dataset)
        show_editor(dataset)
        below = st.container()
    dataset = data_cache.chosen_dataset(state.draft())
    task = task_of(state.draft(), dataset)
    with side:
        if ticked := state.ticked():
            show_ticked(dataset, ticked, below)
        else:
            task, place = show_outcome(dataset, task)
            if task is not None:
                task = show_reduced_model(dataset, task)
                task = show_sampling(dataset, task)
                show_split(dataset, task)
                with place:
                    show_distribution(dataset, task)
    if task is not None and dataset.images is None:
        show_audit(dataset, task)
