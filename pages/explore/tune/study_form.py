"""What a study is to vary, and how it searches."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError
from dnn_core.specs import (
    HOML,
    SEARCHES,
    EncodingSpec,
    Experiment,
    HiddenLayer,
    Kind,
    Sampler,
    Setting,
    StudySpec,
    Vary,
    hyperparameters,
    setting_of,
    study_presets,
    suggest_vary,
)
from pages.components.fields import show_fields
from pages.components.layout import show_question
from pages.components.text import escape
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
        asked = asked.but(vary=_show_vary(dataset, kind, asked))
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


def _show_vary(dataset: Dataset, kind: Kind, asked: StudySpec) -> tuple[Vary, ...]:
    show_question(
        "What is to vary?",
        "All else stays as on Network. Ranges are those in which a search is sensible; change "
        "them as you like.",
    )
    offered = _offered(dataset, kind, len(asked.experiment.network.hidden))
    before = {vary.hyperparameter: vary for vary in asked.vary}
    chosen = st.multiselect(
        "Settings that vary",
        list(offered),
        default=[hyperparameter for hyperparameter in before if hyperparameter in offered],
        format_func=lambda hyperparameter: offered[hyperparameter].title,
        key=state.key("vary"),
        placeholder="Choose at least one",
    )
    if not chosen:
        raise UserError("Nothing varies yet.", remedy="Choose at least one setting.")
    return tuple(
        _show_one(before.get(hyperparameter) or suggest_vary(hyperparameter))
        for hyperparameter in chosen
    )


def _offered(dataset: Dataset, kind: Kind, layers: int) -> dict[str, Setting]:
    """Hyperparameters that can change anything on these data; those of single layers come last."""
    left_out = {"class_weights"} if kind.numeric else set()
    if dataset.images is not None:
        left_out |= set(EncodingSpec.model_fields)
    offered = {name: setting for name, setting in hyperparameters().items() if name not in left_out}
    if layers > 1:
        single = (f"{name} {n}" for n in range(1, layers + 1) for name in HiddenLayer.model_fields)
        offered |= {name: setting_of(name) for name in single}
    return offered


def _show_one(vary: Vary) -> Vary:
    """One setting and the values among which is searched."""
    setting = vary.setting
    name, values = st.columns([1, 2.4], vertical_alignment="center", gap="small")
    with name:
        st.markdown(f"**{escape(setting.title)}**", help=setting.help)
    with values:
        if setting.kind is bool:
            st.caption("off and on")
            return vary
        if setting.choices:
            return _show_choices(vary)
        return _show_list(vary) if vary.values else _show_range(vary)


def _show_choices(vary: Vary) -> Vary:
    chosen = st.multiselect(
        vary.setting.title,
        [choice.value for choice in vary.setting.choices],
        default=list(vary.values),
        format_func=lambda value: vary.setting.kind(value).label,
        key=state.key(f"vary-{vary.hyperparameter}"),
        label_visibility="collapsed",
    )
    return _with_values(vary, chosen)


def _show_list(vary: Vary) -> Vary:
    setting = vary.setting
    texts = [setting.show(value) for value in vary.values]
    suggested = [setting.show(value) for value in suggest_vary(vary.hyperparameter).listed]
    chosen = st.multiselect(
        setting.title,
        list(dict.fromkeys([*texts, *suggested])),
        default=texts,
        key=state.key(f"vary-{vary.hyperparameter}"),
        accept_new_options=True,
        label_visibility="collapsed",
    )
    return _with_values(vary, sorted({_number(setting, text) for text in chosen}))


def _show_range(vary: Vary) -> Vary:
    setting = vary.setting
    cast = int if setting.kind is int else float
    ends = []
    sides = st.columns(2, gap="small")
    for side, label, value in zip(sides, ("from", "to"), (vary.low, vary.high), strict=True):
        assert value is not None
        with side:
            ends.append(
                st.number_input(
                    f"{setting.title}, {label}",
                    min_value=None if setting.low is None else cast(setting.low),
                    max_value=None if setting.high is None else cast(setting.high),
                    value=cast(value),
                    step=None
                    if setting.hyperparameter.log
                    else cast(setting.hyperparameter.step or 1),
                    format=setting.hyperparameter.format,
                    key=state.key(f"vary-{vary.hyperparameter}-{label}"),
                )
            )
    return Vary.of(hyperparameter=vary.hyperparameter, low=ends[0], high=ends[1])


def _with_values(vary: Vary, values: list[Any]) -> Vary:
    if not values:
        raise UserError(
            f"“{vary.setting.title}” has no values.",
            remedy="Choose some, or remove it from the settings that vary.",
        )
    return Vary.of(hyperparameter=vary.hyperparameter, values=tuple(values))


def _number(setting: Setting, text: str) -> float | int:
    try:
        return int(text) if setting.kind is int else float(text)
    except ValueError:
        kind = "a whole number" if setting.kind is int else "a number, such as 0.01"
        raise UserError(
            f"“{setting.title}” cannot have this value.",
            expected=kind,
            received=text[:40],
            remedy="Take it out, or write it differently.",
        ) from None


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
