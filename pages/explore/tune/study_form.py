"""The study that is asked for: a preset, what varies, and how it is searched."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.specs import (
    HOML,
    SEARCHES,
    Experiment,
    Kind,
    Sampler,
    StudySpec,
    study_presets,
    suggest_vary,
)
from pages.components.fields import show_fields
from pages.components.layout import show_question
from pages.explore.tune.study_vary import show_vary
from pages.session import state

OWN = "Own"


def study_of(experiment: Experiment) -> StudySpec:
    """The study of this session, about the experiment as it is now."""
    asked = state.draft().study
    if asked is None:
        return StudySpec(experiment=experiment, vary=tuple(map(suggest_vary, SEARCHES["Usual"])))
    return asked.but(experiment=experiment)


def show_form(dataset: Dataset, kind: Kind, asked: StudySpec) -> StudySpec:
    """Show what varies and how it is searched; returns the changed study.

    Raises
    ------
    UserError
        If a value is not one that the setting can have.
    """
    top = st.container()
    try:
        asked = asked.but(vary=show_vary(dataset, kind, asked))
        asked = _show_search(asked)
        state.change(study=asked)
    finally:
        # Last, so that the mark knows the fields; also where one of them is refused.
        with top:
            _show_presets(dataset, asked)
    return asked


def _show_presets(dataset: Dataset, asked: StudySpec) -> None:
    """Searches to start from; the one in use is marked."""
    presets = study_presets(asked, images=dataset.images is not None)
    current = next((title for title, preset in presets.items() if preset == asked), OWN)
    note = f" {HOML} also sets network, training and validation share to the book’s."
    chosen = st.segmented_control(
        "Preset",
        [*presets, OWN],
        default=current,
        required=True,
        help="What varies, to start from; change it below." + (note if HOML in presets else ""),
        # The mark follows what the fields below have become.
        key=state.key(f"study-preset-{current}"),
    )
    if chosen not in (current, OWN):
        preset = presets[chosen]
        state.renew(
            study=preset,
            network=preset.experiment.network,
            training=preset.experiment.training,
            split=preset.experiment.split,
        )
        st.rerun()


def _show_search(asked: StudySpec) -> StudySpec:
    show_question(
        "How is it searched?",
        "Rows of the test part stay sealed. Every configuration is evaluated on the same folds, "
        "with one network for each fold and seed.",
    )
    changed = show_fields(asked, "sampler", "trials", "folds", "minutes")
    with st.expander("Seeds, ranking, giving up early, nesting"):
        changed = show_fields(changed, "seeds", "measure", "seed")
        changed = show_fields(changed, "halving", "nested")
    if changed.sampler is Sampler.GRID and changed.combinations > changed.trials:
        st.caption(
            f"The grid has {changed.combinations:,} combinations; {changed.trials:,} of them "
            f"{'is' if changed.trials == 1 else 'are'} tried, drawn at random."
        )
    return changed
