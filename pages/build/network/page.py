"""The page Network: layers, training settings, diagram."""

from __future__ import annotations

import streamlit as st

from dnn_core.errors import UserError
from dnn_core.specs import Part
from pages.build.network.code import show_code
from pages.build.network.encoding_editor import show_encoding
from pages.build.network.layer_editor import show_layers, show_presets
from pages.build.network.network_view import show_network
from pages.build.network.training_editor import show_training
from pages.components.layout import next_page, show_empty, show_header, side_by_side
from pages.session import data_cache, draft_cache, state
from pages.session.task import task_of

draft = state.draft()
dataset = data_cache.dataset(draft)
task = None if dataset is None else task_of(draft, dataset)
actions = [] if task is None else [next_page("train", "Train")]
show_header("Network", "Start from a preset, then change single layers.", *actions)
if dataset is None or task is None:
    show_empty(
        "There is nothing to predict yet",
        "Choose the data, then the outcome and its predictors. It takes two minutes.",
        page="data" if dataset is None else "variables",
        action="Choose data" if dataset is None else "Choose the outcome",
    )
else:
    try:
        sizes = draft_cache.sizes(dataset, task, draft)
    except UserError:
        if dataset.images is None:
            # A setting of the encoding may be why; it can be taken back only here.
            show_encoding(dataset, task)
            if state.draft().encoding != draft.encoding:
                st.rerun()
        raise
    editor, view = side_by_side("network", 1.6, 1)
    with editor:
        top = st.container()
        try:
            show_layers()
            show_training(sizes.target.kind)
            if dataset.images is None:
                show_encoding(dataset, task)
        finally:
            # Last, so that the mark knows the fields; also where one of them is refused.
            with top:
                show_presets(dataset, sizes.cases[Part.TRAINING])
        # How answers are encoded has just been asked, too.
        sizes = draft_cache.sizes(dataset, task, state.draft())
        show_code(dataset, task, sizes)
    with view:
        show_network(task, sizes)
