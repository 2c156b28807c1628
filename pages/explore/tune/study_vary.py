"""The settings that a study varies, and the values of each among which is searched."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError
from dnn_core.specs import (
    EncodingSpec,
    HiddenLayer,
    Kind,
    Setting,
    StudySpec,
    Vary,
    hyperparameters,
    setting_of,
    suggest_vary,
)
from pages.components.layout import show_question
from pages.components.text import escape
from pages.session import state


def show_vary(dataset: Dataset, kind: Kind, asked: StudySpec) -> tuple[Vary, ...]:
    """Show what varies; returns the settings with their values.

    Raises
    ------
    UserError
        If nothing varies, or a value is not one that the setting can have.
    """
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
